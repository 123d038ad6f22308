"""Messages of an SQS queue, and what they stand for (docs.aws.amazon.com/lambda/latest/dg/with-sqs.html)."""

from __future__ import annotations

from .. import log
from ..events.delivery import Delivery
from ..events.shapes import Message, Tick, Upload

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping, Sequence
    from typing import Any

FIFO = ".fifo"
"""How the ARN of a FIFO queue ends. Messages of others may have a group too, and no order: fair queues."""
PART = "#"
"""Stands between a message's id and the number of one of several uploads in it."""
REMEMBERED = 10_000
"""Messages whose calls off are remembered."""

_skipped: dict[str, int] = {}
"""Message → how often it was received and not tried, since one before it in its group had failed."""


def deliveries(name: str, described: Mapping[str, Any], record: Mapping[str, Any]) -> list[Delivery]:
    """What a message tells: mostly one event; of S3 several, or none. Raises ValueError, LookupError, TypeError or
    AttributeError for one that is not as it should be."""
    body, id = record["body"], record["messageId"]
    known = record["attributes"]
    attempt = max(1, int(known["ApproximateReceiveCount"]) - _skipped.get(id, 0))
    attributes = _attributes(record.get("messageAttributes") or {})
    group = known.get("MessageGroupId") if record["eventSourceARN"].endswith(FIFO) else None
    if described["kind"] == "upload":
        events = _uploads(described["source"], body)
        whole = len(events) == 1
        return [
            Delivery(
                id if whole else f"{id}{PART}{number}",
                upload,
                attempt=attempt,
                body=body if whole else alone,
                attributes=attributes,
            )
            for number, (upload, alone) in enumerate(events)
        ]
    event = Tick(name, _time(body)) if described["kind"] == "schedule" else Message(id, body, attributes, attempt)
    return [Delivery(id, event, attempt=attempt, group=group, body=body, attributes=attributes)]


def message_of(id: str) -> str:
    """The id of the message that a delivery came in."""
    return id.partition(PART)[0]


def remember(deliveries: Sequence[Delivery], failed: Container[str]) -> None:
    """Remembers which messages of a FIFO queue were received and not tried: SQS counts these too, and they are not to
    be given up the sooner for it. What another process held back it can't know; then they have fewer attempts."""
    broken: set[str | None] = set()
    for delivery in deliveries:
        if delivery.id not in failed:
            _skipped.pop(delivery.id, None)
        elif delivery.group in broken:
            _skipped[delivery.id] = _skipped.pop(delivery.id, 0) + 1
        else:
            broken.add(delivery.group)
    while len(_skipped) > REMEMBERED:
        del _skipped[next(iter(_skipped))]


def unreadable(name: str, record: Mapping[str, Any], error: Exception) -> None:
    """Tells of a message that is none of its source's. It fails, until SQS itself makes it a dead letter."""
    log.failure(f"a message to {name} can't be read: {record.get('messageId')}", error)


def _attributes(given: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Texts and numbers as they are; bytes, which links never send, as base64, as Lambda has them."""
    found: dict[str, str] = {}
    for name, value in given.items():
        text = value.get("stringValue")
        if text is None:
            text = value.get("binaryValue")
        if isinstance(text, str):
            found[name] = text
    return found


def _time(body: str) -> Any:
    """When a tick was due: the message's whole text, `<aws.scheduler.scheduled-time>` as Scheduler fills it in, in UTC
    (docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html)."""
    from datetime import UTC, datetime

    due = datetime.fromisoformat(body.strip().strip('"'))
    return due.replace(tzinfo=UTC) if due.tzinfo is None else due.astimezone(UTC)


def _uploads(bucket: str, body: str) -> list[tuple[Upload, str]]:
    """The uploads that a notification tells of, each with a notification of its own
    (docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html). S3 sends a test, without
    records, whenever notifications are set (ibid.). Of a bucket of somebody else's, EventBridge tells of one at a time
    (docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html)."""
    from json import dumps, loads

    told = loads(body)
    if "detail-type" in told:
        created = told["detail-type"] == "Object Created"
        return [(_bridged(bucket, told["detail"]["object"]), body)] if created else []
    if told.get("Event") == "s3:TestEvent" and "Records" not in told:
        return []
    return [
        (_upload(bucket, record["s3"]["object"]), dumps({"Records": [record]}))
        for record in told["Records"]
        if record["eventName"].startswith("ObjectCreated:")
    ]


def _upload(bucket: str, told: Mapping[str, Any]) -> Upload:
    """Keys come as in a form: percent-encoded, with '+' for a space."""
    from urllib.parse import unquote_plus

    key = unquote_plus(told["key"])
    return Upload(bucket, key, told.get("size") or 0, _content_type(bucket, key), told.get("eTag") or "")


def _bridged(bucket: str, told: Mapping[str, Any]) -> Upload:
    """As EventBridge has it: keys come as they are."""
    key = told["key"]
    if not isinstance(key, str):
        raise TypeError(f"the key of an object is text, not {key!r}"[:300])
    return Upload(bucket, key, told.get("size") or 0, _content_type(bucket, key), told.get("etag") or "")


def _content_type(bucket: str, key: str) -> Callable[[], str]:
    """Asks for it: S3 does not tell."""

    def asked() -> str:
        from .. import links
        from ..errors import NotFound

        found = links.of_event("bucket", bucket).head(key)
        if found is None:
            raise NotFound(f'bucket "{bucket}": there is no object {key!r}: it was deleted since')
        return str(found.content_type)

    return asked
