"""Events of the local target: what the gateway sends to a worker, and what the worker answers.

    {"deliveries": [{"id": …, "attempt": 1, "group": null, …}, …]}        {"failures": [{"id": …, "reason": …}, …]}

Besides, a delivery of a message has "body" and "attributes"; of an upload "key", "size", "content_type" and "etag"; of
a change "kind", "key", "old" and "new"; of a tick "scheduled_at".
"""

from __future__ import annotations

from json import dumps, loads

from ..events.delivery import Delivery
from ..events.shapes import Change, Message, Tick, Upload

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ..dispatch import Dispatcher
    from ..events.delivery import Event


def answer(dispatcher: Dispatcher, name: str, events: Mapping[str, Any], body: bytes) -> tuple[int, bytes]:
    """Status and body of the answer: 200, or 404 for an event source that this function does not have. `events`: the
    manifest's."""
    consumer = dispatcher.consumer
    if consumer is None or name not in events:
        error = f"the function's bundle knows no event source {name!r}: deploy it again"
        return 404, dumps({"error": error}).encode()
    known = events[name]
    deliveries = [_delivery(known, name, each) for each in loads(body)["deliveries"]]
    failures = consumer.consume(name, deliveries)
    told = [{"id": failure.id, "reason": failure.reason} for failure in failures]
    return 200, dumps({"failures": told}).encode()


def _delivery(known: Mapping[str, Any], name: str, told: Mapping[str, Any]) -> Delivery:
    return Delivery(told["id"], _event(known, name, told), attempt=told["attempt"], group=told["group"])


def _event(known: Mapping[str, Any], name: str, told: Mapping[str, Any]) -> Event:
    match known["kind"]:
        case "schedule":
            from datetime import datetime

            return Tick(name, datetime.fromisoformat(told["scheduled_at"].replace("Z", "+00:00")))
        case "upload":
            return Upload(known["source"], told["key"], told["size"], told["content_type"], told["etag"])
        case "change":
            return Change(told["kind"], told["key"], told["old"], told["new"], known["source"])
        case _:
            return Message(told["id"], told["body"], told["attributes"], told["attempt"])
