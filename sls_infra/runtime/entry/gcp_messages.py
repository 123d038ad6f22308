"""What Pub/Sub pushes, as events: a message that is wrapped (cloud.google.com/pubsub/docs/push, "wrapped").

    {"message": {"data": "<base64>", "attributes": {"key": "value"}, "messageId": "2070443601311540",
                 "publishTime": "2021-02-26T19:13:55.749Z", "orderingKey": "…"},
     "subscription": "projects/myproject/subscriptions/mysubscription", "deliveryAttempt": 1}

Queues, topics, uploads and schedules all come so. `deliveryAttempt` is there where the subscription has a dead-letter
policy, and is a good guess, not a promise ("Handle message failures").
"""

from __future__ import annotations

from ..events.delivery import Delivery
from ..events.shapes import Message, Tick, Upload

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Any

    from ..cron import Cron

LATE = 15
"""Minutes that a schedule's message may be published after it was due: Cloud Scheduler tries for ten."""
_CREATED = "OBJECT_FINALIZE"


def delivery(described: Mapping[str, Any], name: str, envelope: Mapping[str, Any]) -> Delivery | None:
    """The event of that name that was pushed; None where it tells of nothing that the spec asked for.

    `described`: what the manifest says of it. What is no UTF-8 in a body is replaced by U+FFFD. Raises KeyError,
    TypeError or ValueError for what Pub/Sub does not send.
    """
    message = envelope["message"]
    id, body = str(message["messageId"]), _text(message.get("data", ""))
    attributes = {str(key): str(value) for key, value in (message.get("attributes") or {}).items()}
    attempt = envelope.get("deliveryAttempt")
    if attempt is not None and (not isinstance(attempt, int) or attempt < 1):
        raise ValueError(f"{attempt!r} is no number of attempts")
    event: Message | Upload | Tick | None
    match described["kind"]:
        case "queue" | "topic":
            event = Message(id, body, attributes, attempt or 1)
        case "upload":
            event = _upload(described["source"], attributes, body)
        case "schedule":
            event = _tick(described, name, message["publishTime"])
        case kind:
            raise ValueError(f"no {kind} comes by Pub/Sub")
    if event is None:
        return None
    group = message.get("orderingKey") or None
    return Delivery(id, event, attempt=attempt, group=group, body=body, attributes=attributes)


def _text(data: str) -> str:
    from base64 import b64decode

    return b64decode(data, validate=True).decode("utf-8", "replace")


def _upload(bucket: str, attributes: Mapping[str, str], body: str) -> Upload | None:
    """Of a notification of Cloud Storage: which object in its attributes, the object itself as JSON
    (cloud.google.com/storage/docs/pubsub-notifications, "Attributes" and "Payload")."""
    from json import loads

    if attributes["eventType"] != _CREATED:
        return None
    found = loads(body)
    size, content_type = int(found["size"]), found.get("contentType") or "application/octet-stream"
    return Upload(bucket, attributes["objectId"], size, content_type, found.get("etag", ""))


def _tick(described: Mapping[str, Any], name: str, published: str) -> Tick | None:
    from ..cron import parse

    cron = parse(described["cron"])
    moment = due(cron, described["timezone"], _moment(published))
    return None if moment is None else Tick(name, moment)


def _moment(text: str) -> datetime:
    from datetime import datetime

    return datetime.fromisoformat(f"{text[:19]}+00:00")


def due(cron: Cron, timezone: str, published: datetime) -> datetime | None:
    """When the schedule was due whose message was published then: the message itself does not say it.

    It is the last due time of the fifteen minutes before. Cloud Scheduler goes by the clock on the wall, and may run a
    job in an hour that the clock shows for the second time, or for one that it skips ("Cron job format and time zone"):
    such a run is none, as on every cloud. Any other that is not due was started by hand, and has the minute in which it
    was; one of a schedule by date or weekday is run each day, and let through here on the days that it is due.
    """
    from datetime import timedelta
    from zoneinfo import ZoneInfo

    zone = ZoneInfo(timezone)
    minute = published.replace(second=0, microsecond=0)
    local = minute.astimezone(zone)
    if local.fold and cron.matches(local):
        return None
    for late in range(LATE + 1):
        if cron.due(minute - timedelta(minutes=late), zone):
            return minute - timedelta(minutes=late)
    turned = local.utcoffset() != (minute - timedelta(hours=3)).astimezone(zone).utcoffset()
    return None if turned or cron.either_day else minute
