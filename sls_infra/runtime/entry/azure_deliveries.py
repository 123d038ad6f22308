"""What Azure's triggers give a function, as deliveries of the runtime's events.

The attempt is the service's own count; of timers and change feeds the host's, which it keeps in memory.
"""

from __future__ import annotations

from ..events.delivery import Delivery
from ..events.shapes import Change, Message, Tick, Upload

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from typing import Any

CREATED = "Microsoft.Storage.BlobCreated"
QUOTE = '"'
EARLY = 30
"""Seconds that a timer may be ahead of its time."""


def messages(name: str, event: Mapping[str, Any], given: Any, context: Any) -> list[Delivery]:
    """Of Service Bus, an `azure.functions.ServiceBusMessage`. One that another sender gave no id has its place in the
    queue for one."""
    body = given.get_body().decode("utf-8", "replace")
    known = given.application_properties or given.user_properties or {}
    attributes = {str(key): value if isinstance(value, str) else str(value) for key, value in known.items()}
    id = given.message_id or str(given.sequence_number)
    attempt = max(1, given.delivery_count or 1)
    group = given.session_id if event.get("fifo") else None
    message = Message(id, body, attributes, attempt)
    return [Delivery(id, message, attempt=attempt, group=group, body=body, attributes=attributes)]


def uploads(name: str, event: Mapping[str, Any], given: Any, context: Any) -> list[Delivery]:
    """Of a storage queue, an `azure.functions.QueueMessage` that holds what Event Grid says, in its own schema or as a
    CloudEvent (learn.microsoft.com/azure/event-grid/event-schema-blob-storage). Raises ValueError for another."""
    attempt = max(1, given.dequeue_count or 1)
    return [
        Delivery(str(told["id"]), _upload(event, told), attempt=attempt)
        for told in _told(given.get_body())
        if told.get("eventType", told.get("type")) == CREATED
    ]


def ticks(name: str, event: Mapping[str, Any], given: Any, context: Any) -> list[Delivery]:
    """Of a timer, an `azure.functions.TimerRequest`: none where the schedule is not due in its own time zone, since the
    timer, which knows UTC alone, runs whenever it may be.

    `scheduled_at` is the minute that was due: the first one since what the timer's own record says to be next, which
    is this call's own until it is done (TimerListener.cs in azure-webjobs-sdk-extensions). So it is the same when the
    call comes again; and where several were missed, as no instance was there, one call makes up for all of them.
    """
    from datetime import UTC, datetime, timedelta
    from zoneinfo import ZoneInfo

    from ..cron import parse

    now = datetime.now(UTC)
    latest = now + timedelta(seconds=EARLY)
    since = _moment((given.schedule_status or {}).get("Next"))
    if since is None or since > latest:  # no record, or one of another schedule: this very minute
        since = now + timedelta(seconds=1)
    before = since.replace(second=0, microsecond=0) - timedelta(seconds=1)
    due = parse(event["cron"]).next_after(before, ZoneInfo(event["timezone"]))
    if due is None or due > latest:
        return []
    return [Delivery(f"{name}@{due.isoformat()}", Tick(name, due), attempt=_attempt(context))]


def changes(name: str, event: Mapping[str, Any], given: Any, context: Any) -> list[Delivery]:
    """Of a change feed, an `azure.functions.DocumentList`: an item's latest state, whether it was inserted or updated,
    and no word of what was before or of deletes (learn.microsoft.com/azure/cosmos-db/change-feed-modes). A document
    that no link has written is its own item."""
    table = event["table"]
    names = [name for name in (table["key"], table["sort_key"]) if name is not None]
    attempt = _attempt(context)
    deliveries = []
    for document in given or ():
        known = dict(document)
        item = known.get("item")
        if not isinstance(item, dict):
            item = {name: value for name, value in known.items() if not name.startswith("_")}
        # Partition and id are the document's own, and it has another ETag with each write.
        id = f"{known.get('key', '')}/{known['id']}/{known.get('_etag', '').strip(QUOTE)}"
        key = {name: item[name] for name in names if name in item}
        deliveries.append(Delivery(id, Change("update", key, None, item, event["source"]), attempt=attempt))
    return deliveries


READERS: Mapping[str, Callable[[str, Mapping[str, Any], Any, Any], list[Delivery]]] = {
    "queue": messages, "topic": messages, "upload": uploads, "schedule": ticks, "change": changes,
}  # fmt: skip
"""By the kind of event source."""


def _attempt(context: Any) -> int:
    """By the host's count of retries of this call; 1 for the first."""
    return 1 + int(getattr(context.retry_context, "retry_count", 0) or 0)


def _told(body: bytes) -> list[dict[str, Any]]:
    """What Event Grid says: one event a message. The queue's extension has decoded it from base64, unless it was told
    that messages are plain."""
    from base64 import b64decode
    from json import loads

    text = body if body.lstrip()[:1] in (b"{", b"[") else b64decode(body, validate=True)
    told = loads(text)
    events = told if isinstance(told, list) else [told]
    if not all(isinstance(each, dict) for each in events):
        raise ValueError("the message is none of Event Grid's")
    return events


def _upload(event: Mapping[str, Any], told: Mapping[str, Any]) -> Upload:
    data = told["data"]
    content_type = data.get("contentType") or "application/octet-stream"
    etag = str(data.get("eTag") or "").strip(QUOTE)
    return Upload(event["source"], _key(told["subject"], data), int(data.get("contentLength") or 0), content_type, etag)


def _key(subject: str, data: Mapping[str, Any]) -> str:
    """The blob's name: the rest of its URL, after the container. In the subject it stands as it is, but letters beyond
    U+FFFF have been seen lost there (github.com/Azure-Samples/azure-event-grid-viewer/issues/9). What holds a letter
    that no URL holds has not been escaped."""
    from urllib.parse import unquote

    in_subject = subject.partition("/blobs/")[2]
    url = str(data.get("url") or "")
    name = url.partition("://")[2].partition("/")[2].partition("/")[2]
    if not name or not name.isascii() or not name.isprintable() or " " in name:
        return name or in_subject
    return unquote(name)


def _moment(text: Any) -> datetime | None:
    """A time as the host writes it; None where it writes none (the year 1), or it can't be read."""
    from datetime import UTC, datetime

    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return None if moment.year < 2000 else moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
