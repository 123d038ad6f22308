"""What handlers of events are given: `Message → None`, `Upload → None`, `Change → None`, `Tick → None`.

Every one comes at least once: a handler may see the same message, upload, change or tick again, also after it has
succeeded. One that must act once wears `idempotent`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from typing import Any, BinaryIO


class Message:
    """A message of a queue or topic. `attempt` counts from 1."""

    __slots__ = ("attempt", "attributes", "body", "id")

    def __init__(self, id: str, body: str, attributes: Mapping[str, str] | None = None, attempt: int = 1) -> None:
        self.id = id
        """The same each time that it comes."""
        self.body = body
        """Its text, as it was sent."""
        self.attributes: Mapping[str, str] = dict(attributes or {})
        self.attempt = attempt

    def json(self) -> Any:
        """The body as JSON. Raises ValueError where it is none."""
        from json import loads

        return loads(self.body)

    def __repr__(self) -> str:
        return f"Message(id={self.id!r}, attempt={self.attempt})"


class Upload:
    """An object that was put into a bucket. It may have been replaced or deleted since."""

    __slots__ = ("_content_type", "_open", "bucket", "etag", "key", "size")

    def __init__(
        self,
        bucket: str,
        key: str,
        size: int,
        content_type: str | Callable[[], str] = "application/octet-stream",
        etag: str = "",
        *,
        open: Callable[[], BinaryIO] | None = None,
    ) -> None:
        self.bucket = bucket
        """The bucket's name in the spec."""
        self.key = key
        self.size = size
        """Bytes."""
        self.etag = etag
        """Changes with the content; without quotes."""
        self._content_type = content_type
        self._open = open

    @property
    def content_type(self) -> str:
        """As it was put; where the event does not say it, asked for on first use."""
        if not isinstance(self._content_type, str):
            self._content_type = self._content_type()
        return self._content_type

    def open(self) -> BinaryIO:
        """The content, to be read and closed: `with upload.open() as file`. Raises NotFound where it is gone."""
        if self._open is None:
            from .. import links

            return links.of_event("bucket", self.bucket).open(self.key)  # type: ignore[no-any-return]
        return self._open()

    def __repr__(self) -> str:
        return f"Upload(bucket={self.bucket!r}, key={self.key!r}, size={self.size})"


class Change:
    """An item of a table that was inserted, updated or deleted."""

    __slots__ = ("id", "key", "kind", "new", "old", "table")

    def __init__(
        self,
        kind: str,
        key: Mapping[str, str],
        old: Mapping[str, Any] | None,
        new: Mapping[str, Any] | None,
        table: str = "",
        id: str = "",
    ) -> None:
        self.kind = kind
        """"insert", "update" or "delete"."""
        self.key = dict(key)
        """The key's attributes: `{"id": "7"}`, with the sort key where the table has one."""
        self.old = None if old is None else dict(old)
        """As it was; None for an insert, and where the cloud does not tell it (`sls-infra plan` says so)."""
        self.new = None if new is None else dict(new)
        """As it is; None for a delete."""
        self.table = table
        """The table's name in the spec."""
        self.id = id
        """The platform's, of this one change: the same each time that it comes."""

    def __repr__(self) -> str:
        return f"Change(kind={self.kind!r}, key={self.key!r})"


class Tick:
    """A schedule is due."""

    __slots__ = ("name", "scheduled_at")

    def __init__(self, name: str, scheduled_at: datetime) -> None:
        self.name = name
        """The schedule's name in the spec."""
        self.scheduled_at = scheduled_at
        """When it was due, in UTC: the same each time that this tick comes, whenever that is."""

    def __repr__(self) -> str:
        return f"Tick(name={self.name!r}, scheduled_at={self.scheduled_at.isoformat()})"
