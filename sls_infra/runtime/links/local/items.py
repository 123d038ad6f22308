"""How rows of a table's database hold items, index entries and changes."""

from __future__ import annotations

from json import dumps, loads
from typing import NamedTuple

from ...errors import ServiceError, TooLarge
from ..limits import MAX_ITEM, MAX_KEY

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping
    from typing import Any

SCHEMA = (
    """CREATE TABLE IF NOT EXISTS items (
        key TEXT NOT NULL, sort TEXT NOT NULL, item TEXT NOT NULL, version TEXT NOT NULL, expires REAL,
        PRIMARY KEY (key, sort)) WITHOUT ROWID""",
    "CREATE INDEX IF NOT EXISTS items_expires ON items (expires) WHERE expires IS NOT NULL",
    """CREATE TABLE IF NOT EXISTS entries (
        name TEXT NOT NULL, index_key TEXT NOT NULL, index_sort TEXT NOT NULL, key TEXT NOT NULL, sort TEXT NOT NULL,
        PRIMARY KEY (name, index_key, index_sort, key, sort)) WITHOUT ROWID""",
    "CREATE INDEX IF NOT EXISTS entries_of ON entries (key, sort)",
)
"""`sort` is empty where the table has no sort key, `index_sort` where the index has none. Texts are UTF-8, compared by
their bytes."""


class Layout(NamedTuple):
    """A table's settings."""

    key: str
    sort_key: str | None
    ttl: str | None
    indexes: dict[str, list[str]]

    @classmethod
    def of(cls, described: Mapping[str, Any]) -> Layout:
        """From a manifest, or the settings of a table that is there."""
        indexes = {name: list(keys) for name, keys in (described.get("indexes") or {}).items()}
        return cls(described["key"], described.get("sort_key"), described.get("ttl"), indexes)

    def settings(self) -> dict[str, Any]:
        """As JSON."""
        return self._asdict()

    def differences(self, before: Layout) -> list[str]:
        """What is another than before, in words."""
        told = []
        if self.ttl != before.ttl:
            told.append(f"ttl: {before.ttl} → {self.ttl}, for items that are there too")
        for name in sorted({*self.indexes, *before.indexes}):
            now, then = self.indexes.get(name), before.indexes.get(name)
            if now != then:
                what = "dropped" if now is None else f"made of {', '.join(now)}, with the items that are there"
                told.append(f"index {name}: {what}")
        return told

    def names(self, key: str, sort: str) -> dict[str, str]:
        """The key's attributes."""
        return {self.key: key} if self.sort_key is None else {self.key: key, self.sort_key: sort}

    def place(self, item: Mapping[str, Any]) -> tuple[str, str]:
        """Where an item lies: key and sort. ServiceError where it lacks them: who wrote it thinks of another table."""
        key, sort = item.get(self.key), "" if self.sort_key is None else item.get(self.sort_key)
        if not isinstance(key, str) or not isinstance(sort, str):
            keys = self.key if self.sort_key is None else f"{self.key} and {self.sort_key}"
            raise ServiceError(f"the table's key is {keys}, which the item lacks: it was deployed with another key")
        return key, sort

    def expires(self, item: Mapping[str, Any]) -> float | None:
        """When it expires, seconds since 1970; None: never, or it says no number."""
        value = None if self.ttl is None else item.get(self.ttl)
        return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


class Row(NamedTuple):
    """An item that is there."""

    item: dict[str, Any]
    version: str
    expires: float | None


def read(connection: sqlite3.Connection, place: tuple[str, str]) -> Row | None:
    """The item of that place, expired or not."""
    sql = "SELECT item, version, expires FROM items WHERE key = ? AND sort = ?"
    row = connection.execute(sql, place).fetchone()
    return None if row is None else Row(loads(row[0]), row[1], row[2])


def write(
    connection: sqlite3.Connection, layout: Layout, item: Mapping[str, Any], before: Row | None, version: str
) -> None:
    """Puts an item, and its entries in the indexes, in the place of the one before."""
    place, text = layout.place(item), dumps(item)
    connection.execute(
        "INSERT OR REPLACE INTO items VALUES (?, ?, ?, ?, ?)", (*place, text, version, layout.expires(item))
    )
    if layout.indexes:
        _enter(connection, layout, item, place, fresh=before is None)


def erase(connection: sqlite3.Connection, place: tuple[str, str]) -> None:
    """Removes an item and its entries."""
    connection.execute("DELETE FROM items WHERE key = ? AND sort = ?", place)
    connection.execute("DELETE FROM entries WHERE key = ? AND sort = ?", place)


def rebuild(connection: sqlite3.Connection, layout: Layout) -> None:
    """Makes the indexes and times of expiry anew, of the items that are there."""
    connection.execute("DELETE FROM entries")
    for key, sort, text in connection.execute("SELECT key, sort, item FROM items").fetchall():
        item = loads(text)
        sql = "UPDATE items SET expires = ? WHERE key = ? AND sort = ?"
        connection.execute(sql, (layout.expires(item), key, sort))
        _enter(connection, layout, item, (key, sort), fresh=True)


def is_indexed(value: Any) -> bool:
    """Whether an index takes it as a key: text of as many bytes as keys have everywhere."""
    return isinstance(value, str) and 0 < len(value.encode()) <= MAX_KEY


def checked(item: dict[str, Any], what: str) -> dict[str, Any]:
    """TooLarge where an item has grown over the limit that holds everywhere."""
    size = len(dumps(item, ensure_ascii=False, separators=(",", ":")).encode())
    if size > MAX_ITEM:
        raise TooLarge(f"{what} would have {size} bytes as JSON, over {MAX_ITEM}")
    return item


def _enter(
    connection: sqlite3.Connection, layout: Layout, item: Mapping[str, Any], place: tuple[str, str], fresh: bool
) -> None:
    if not fresh:
        connection.execute("DELETE FROM entries WHERE key = ? AND sort = ?", place)
    for name, attributes in layout.indexes.items():
        values = [item.get(attribute) for attribute in attributes]
        if all(map(is_indexed, values)):  # an item without them is not in the index
            index_sort = values[1] if len(values) > 1 else ""
            connection.execute("INSERT INTO entries VALUES (?, ?, ?, ?, ?)", (name, values[0], index_sort, *place))
