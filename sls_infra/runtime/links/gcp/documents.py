"""How an item lies in Firestore: one document an item, whose fields are those that are searched by, and the item itself
as JSON text.

Text, because a Firestore map has no lists in lists, no names like `__x__`, and one kind of number for 1 and 1.0
(cloud.google.com/firestore/quotas, "Limits"): so that what is read is what was put. The fields:

    key, sort      the item's key, and its sort key where the table has one
    item           the whole item, JSON
    version        text that changes with each write
    expires        a timestamp, where the item has an end: Firestore's own policy deletes it a day or so after
    a_<attribute>  for each attribute of an index, where the item has it as text
"""

from __future__ import annotations

from ..drivers import Stored

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from ..drivers import Key, Value

MAX_SECONDS = 253402300799
"""The end of the year 9999: the last that a timestamp can say."""


def document_id(key: Key) -> str:
    """A hash of the key: an id has at most 1,500 bytes and no "/", and keys in a row would be written in one place."""
    from hashlib import sha256
    from json import dumps

    parts = [part for part in key if part is not None]
    return sha256(dumps(parts, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def fields(item: Mapping[str, Value], described: Mapping[str, Any]) -> dict[str, Any]:
    """The document of an item. `described`: the table, as the manifest has it."""
    from json import dumps
    from os import urandom

    known: dict[str, Any] = {
        "key": item[described["key"]],
        "item": dumps(item, ensure_ascii=False, separators=(",", ":")),
        "version": urandom(8).hex(),
    }
    if described.get("sort_key"):
        known["sort"] = item[described["sort_key"]]
    if (end := _end(item.get(described.get("ttl") or ""))) is not None:
        known["expires"] = end
    for keys in (described.get("indexes") or {}).values():
        for name in keys:
            if isinstance(item.get(name), str):
                known[indexed(name)] = item[name]
    return known


def stored(document: Mapping[str, Any]) -> Stored:
    """The item of a document."""
    from json import loads

    return Stored(loads(document["item"]), str(document.get("version") or ""))


def has_expired(item: Mapping[str, Value], ttl: str | None) -> bool:
    """Whether its end has come, whether Firestore has deleted it yet or not."""
    from time import time

    end: Any = item.get(ttl) if ttl else None
    return _is_number(end) and bool(end <= time())


def indexed(attribute: str) -> str:
    """The field of an index's attribute."""
    return f"a_{attribute}"


def key_of(item: Mapping[str, Value], names: Sequence[str]) -> Key:
    """The key of an item."""
    return item[names[0]], item[names[1]] if len(names) > 1 else None


def following(prefix: str) -> str | None:
    """The first text, in the order of UTF-8 bytes, after all that start with the prefix; None where there is none."""
    while prefix:
        last = ord(prefix[-1])
        if last < 0x10FFFF:
            return prefix[:-1] + chr(0xE000 if last == 0xD7FF else last + 1)
        prefix = prefix[:-1]
    return None


def _end(value: Any) -> datetime | None:
    from datetime import UTC, datetime

    if not _is_number(value) or not 0 <= value <= MAX_SECONDS:
        return None
    return datetime.fromtimestamp(value, UTC)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
