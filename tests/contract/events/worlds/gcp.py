"""Google Cloud: pushes of Pub/Sub and Eventarc, one event each. The next message of an ordering key is pushed once the
one before it was acknowledged (cloud.google.com/pubsub/docs/ordering)."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from sls_infra.plan.model import FunctionPlan, Plan
from tests.runtime.entry.test_gcp import event as documented
from tests.runtime.entry.test_gcp import flask_request

from .process import Graves, entered, load_entry, one_by_one, read_letter, seen
from .world import AGAIN, DONE, Due, Garbled, Happened, Outcome, Put, Sent, Written


class GcpServed:
    """The entry module, and who brings which event."""

    def __init__(self, entry: ModuleType, told: Mapping[str, Any], graves: Graves) -> None:
        self._entry = entry
        self._told = told
        self._graves = graves

    @property
    def seen(self) -> list[Any]:
        return seen()

    def deliver(self, source: str, events: Sequence[Happened], attempt: int = 1) -> list[Outcome]:
        known = self._told["events"][source]

        def handled(event: Happened) -> Outcome:
            if self._pushed(source, event, attempt, known["source"]) != 204:
                return AGAIN
            if not self._graves.letters:
                return DONE
            ((address, letter),) = self._graves.letters
            assert address == known["dead_letter"]
            return Outcome("dead", read_letter(letter.body, letter.attributes))

        return one_by_one(events, self._graves, handled)

    def break_graves(self) -> None:
        self._graves.broken = True

    def stray(self) -> bool:
        return self._pushed("of-somebody-else", Sent(body="x"), 1, self._told["events"]["messages"]["source"]) != 204

    def _pushed(self, source: str, event: Happened, attempt: int, account: str) -> int:
        """The answer's status."""
        file, body = _brought(event, attempt)
        claims = urlsafe_b64encode(json.dumps({"sub": account}).encode()).decode().rstrip("=")
        headers = {name: value for name, value in documented(file)["headers"] if name != "ce-id"}
        headers["Authorization"] = f"Bearer e30.{claims}.SIGNATURE_REMOVED_BY_GOOGLE"
        if isinstance(event, Written):
            headers["ce-id"] = event.id
        content = json.dumps(body).encode()
        request = flask_request(f"/_sls/events/{source}", list(headers.items()), "POST", content)
        _, status, _ = self._entry.handle(request)
        assert isinstance(status, int)
        return status


def _brought(event: Happened, attempt: int) -> tuple[str, dict[str, Any]]:
    """Which documented request it is, and its body."""
    if isinstance(event, Written):
        told = {"value": _document(event.new), "oldValue": _document(event.old)}
        return "change-documented", {name: value for name, value in told.items() if value is not None}
    file = "upload-documented" if isinstance(event, Put | Garbled) else "push-documented"
    if isinstance(event, Due):
        file = "schedule-documented"
    body: dict[str, Any] = documented(file)["body"]
    message = body["message"]
    message |= {"messageId": event.id, "message_id": event.id}
    body["deliveryAttempt"] = attempt
    match event:
        case Sent():
            message.pop("orderingKey", None)
            message |= {"attributes": dict(event.attributes), "data": _data(event.body)}
            message |= {"orderingKey": event.group} if event.group else {}
        case Put():
            message["attributes"] |= {"objectId": event.key}
            stored = {"name": event.key, "size": str(event.size), "etag": event.etag, "contentType": event.content_type}
            message["data"] = _data(json.dumps(stored))
        case Garbled():
            message["data"] = _data("{")
        case Due():
            message["publishTime"] = message["publish_time"] = f"{event.at:%Y-%m-%dT%H:%M:%S}.412Z"
    return file, body


def _document(item: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """As the driver of tables writes one."""
    if item is None:
        return None
    name = "projects/p/databases/d/documents/items/9f86d0"
    return {"name": name, "fields": {"item": {"stringValue": json.dumps(item)}}}


def _data(text: str) -> str:
    return b64encode(text.encode()).decode()


class World:
    """A function behind Cloud Run's check of who calls."""

    platform = "gcp"
    lacking: Mapping[str, str] = {}

    @contextmanager
    def serve(
        self, plan: Plan, function: FunctionPlan, deployed: Mapping[str, Any], folder: Path, code: str
    ) -> Iterator[GcpServed]:
        """Imports the entry module."""
        load = partial(load_entry, "gcp")
        with entered("gcp", plan, function, deployed, folder, code, load) as (entry, graves):
            yield GcpServed(entry, deployed, graves)
