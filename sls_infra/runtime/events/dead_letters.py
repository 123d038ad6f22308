"""Dead letters: events that failed for the last time, as messages of their dead-letter queue.

The body is what the platform carried; of an event that came otherwise, JSON:

    {"kind": "tick", "name": "nightly", "scheduled_at": "2026-03-29T01:00:00Z"}
    {"kind": "upload", "bucket": "receipts", "key": "a.pdf", "size": 3, "content_type": "application/pdf", "etag": "…"}
    {"kind": "change", "id": "…", "table": "orders", "change": "update", "key": {"id": "7"}, "old": {…}, "new": {…}}

where "content_type" is null if the event didn't tell it, and "old" and "new" are null if both don't fit into a message.
"""

from __future__ import annotations

from .delivery import MAX_REASON, REASON, DeadLetter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from .delivery import Delivery, Event

MAX_ATTRIBUTE = 1024
"""Bytes of the attribute that tells why: what Pub/Sub takes."""
MAX_BODY = 240 * 1024
"""Bytes of a body made here."""


def reason(error: BaseException) -> str:
    """Why an event failed: the error's class and words, at most `MAX_REASON` characters. What is no Unicode in them, as
    bytes in the names of files may become, is "?": not every platform would take it."""
    kind = type(error).__qualname__
    try:
        words = str(error)
    except Exception:
        words = ""
    text = (f"{kind}: {words}" if words else kind)[:MAX_REASON]
    return text.encode("utf-8", "replace").decode()


def letter(source: str, delivery: Delivery, attempts: int, reason: str, failed_at: str | None = None) -> DeadLetter:
    """The dead letter of an event. `source`: the event source's name; `failed_at`: ISO 8601 in UTC, default: now."""
    told = described(source, attempts, reason, failed_at or now())
    attributes = {**delivery.attributes, REASON: told}
    return DeadLetter(body(delivery.event) if delivery.body is None else delivery.body, attributes, delivery.group)


def described(source: str, attempts: int, reason: str, failed_at: str) -> str:
    """What the attribute `REASON` says: JSON in ASCII, at most 1024 bytes, for which a reason is cut."""
    from json import dumps

    while True:
        known = {"source": source, "attempts": attempts, "reason": reason, "failed_at": failed_at}
        text = dumps(known, separators=(",", ":"))
        if len(text) <= MAX_ATTRIBUTE or not reason:
            return text
        reason = reason[: len(reason) - max(1, (len(text) - MAX_ATTRIBUTE) // 12)]


def read(attributes: Mapping[str, str]) -> dict[str, Any]:
    """What a dead letter says of itself: "source", "attempts", "reason", "failed_at"; {} where it says nothing, as one
    that the platform has put there."""
    from json import loads

    try:
        known = loads(attributes.get(REASON) or "{}")
    except ValueError:
        return {}
    return known if isinstance(known, dict) else {}


def body(event: Event) -> str:
    """An event as the body of a message. A message's own is its body."""
    known = _known(event)
    if isinstance(known, str):
        return known
    from json import dumps

    text = dumps(known, separators=(",", ":"))
    if len(text) > MAX_BODY and "old" in known:
        text = dumps({**known, "old": None, "new": None}, separators=(",", ":"))
    return text


def _known(event: Any) -> dict[str, Any] | str:
    if hasattr(event, "body"):
        text: str = event.body
        return text
    if hasattr(event, "scheduled_at"):
        moment = event.scheduled_at.isoformat().replace("+00:00", "Z")
        return {"kind": "tick", "name": event.name, "scheduled_at": moment}
    if hasattr(event, "bucket"):
        told = event._content_type  # what isn't told would be asked for, and the object may be gone
        content_type = told if isinstance(told, str) else None
        known = {"kind": "upload", "bucket": event.bucket, "key": event.key, "size": event.size}
        return {**known, "content_type": content_type, "etag": event.etag}
    known = {"kind": "change", "id": event.id, "table": event.table, "change": event.kind, "key": event.key}
    return {**known, "old": event.old, "new": event.new}


def now() -> str:
    """This moment in UTC, as ISO 8601 with seconds."""
    from time import gmtime, strftime

    return strftime("%Y-%m-%dT%H:%M:%SZ", gmtime())


def bury_by(deployed: Mapping[str, Any] | None = None) -> Callable[[str, DeadLetter], None]:
    """Puts a dead letter where a deployment says (default: this function's own, `deployed.values()`): its "events" →
    event source → "dead_letter", an address that the platform in use understands. Raises ServiceError where it says
    nothing, and what the platform raises."""

    def bury(source: str, letter: DeadLetter) -> None:
        from .. import deployed as own
        from .. import services
        from ..errors import ServiceError

        known = own.values() if deployed is None else deployed
        address = ((known.get("events") or {}).get(source) or {}).get("dead_letter")
        if not address:
            raise ServiceError(f"this function was not told where dead letters of {source!r} go: deploy it again")
        services.platform().dead_letter(address, letter)

    return bury
