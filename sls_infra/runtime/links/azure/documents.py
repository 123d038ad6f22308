"""An item as Cosmos DB keeps it: an envelope, so that no attribute of the user's is one of the service's own ("id",
"ttl", "_etag"), and whatever is asked for by order is text that every collation orders alike.

    {"id": "<SHA-256 of the sort key, of the key where there is none>", "key": "ann", "sort": "323032362d30312d3031",
     "expires": 1767225600, "ttl": 86400, "indexes": {"by_status": {"key": "open", "sort": "3230….9f86d081"}},
     "item": {"id": "ann", "day": "2026-01-01", "status": "open"}}

- `id` may hold neither "/", "\\", "?" nor "#", and 1,023 bytes at the most: a digest always fits.
- `key` is the partition key (version 2: up to 2 KiB, of which all counts).
- `sort` is hexadecimal of the key's UTF-8: what Cosmos DB orders strings by is not documented, and of these any order
  is that of the bytes. In an index an item's own digest ends it, so that no two are equal and a page ends between two.
- `expires` is the time to live's attribute, absolute, for queries; `ttl` what the service counts itself, seconds from
  the last write. It needs the container's own `defaultTtl` to be on (-1).

Limits: learn.microsoft.com/azure/cosmos-db/concepts-limits; time to live: …/nosql/time-to-live.
"""

from __future__ import annotations

from hashlib import sha256
from math import ceil

from ..limits import MAX_KEY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ..drivers import Key

MAX_TTL = 2**31 - 1
"""Seconds: the service takes no longer time to live. What is to live longer is kept."""


class Layout:
    """How one table's items lie in its container, by what the manifest says of the table."""

    def __init__(self, described: Mapping[str, Any]) -> None:
        self.key: str = described["key"]
        self.sort_key: str | None = described.get("sort_key")
        self.ttl: str | None = described.get("ttl")
        self.indexes: Mapping[str, list[str]] = described.get("indexes") or {}

    def key_of(self, item: Mapping[str, Any]) -> Key:
        """The key of an item, which holds it."""
        return item[self.key], None if self.sort_key is None else item[self.sort_key]

    def document(self, item: Mapping[str, Any], now: float) -> dict[str, Any]:
        """The item in its envelope, written at that time."""
        key = self.key_of(item)
        document: dict[str, Any] = {"id": identity(key), "key": key[0], "sort": hexadecimal(key[1] or "")}
        expires = self._expires(item)
        if expires is not None:
            document["expires"] = expires
            if expires - now <= MAX_TTL:
                document["ttl"] = max(1, ceil(expires - now))
        if found := {name: entry for name in self.indexes if (entry := self._entry(name, item, key))}:
            document["indexes"] = found
        document["item"] = dict(item)
        return document

    def _expires(self, item: Mapping[str, Any]) -> float | None:
        value = None if self.ttl is None else item.get(self.ttl)
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None

    def _entry(self, name: str, item: Mapping[str, Any], key: Key) -> dict[str, str] | None:
        """Where the item is in an index; None where it is not, as it lacks an attribute, or has it as no key."""
        values: list[Any] = [item.get(attribute) for attribute in self.indexes[name]]
        if not all(map(_is_key, values)):
            return None
        sort = hexadecimal(values[1]) if len(values) > 1 else ""
        whose = "\0".join(part for part in key if part is not None)
        return {"key": values[0], "sort": f"{sort}.{_digest(whose)}"}


def identity(key: Key) -> str:
    """The `id` of the document with that key: unique within its partition."""
    return _digest(key[0] if key[1] is None else key[1])


def is_live(document: Mapping[str, Any], now: float) -> bool:
    """Whether it has not expired: the service's own clock may be behind."""
    return bool(document.get("expires", now + 1) > now)


def hexadecimal(text: str) -> str:
    """Text whose order, by whatever rule, is that of the other's UTF-8 bytes."""
    return text.encode().hex()


def _is_key(value: Any) -> bool:
    """Whether an index takes it: text of as many bytes as keys have."""
    return isinstance(value, str) and 0 < len(value.encode()) <= MAX_KEY


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
