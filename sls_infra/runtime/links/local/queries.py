"""Reading items in the order of a sort key, a page at a time."""

from __future__ import annotations

from json import loads

from ..drivers import Stored

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_ALIVE = "(items.expires IS NULL OR items.expires > ?)"
_Kind = tuple[str, str, tuple[str, ...], tuple[str, ...]]
_OF_TABLE: _Kind = ("items", "items.key", ("items.sort",), ("sort",))
_OF_INDEX: _Kind = (
    "entries JOIN items ON items.key = entries.key AND items.sort = entries.sort",
    "entries.index_key",
    ("entries.index_sort", "entries.key", "entries.sort"),  # several items may have one index key: in a fixed order
    ("sort", "key", "item_sort"),
)


class Query:
    """The SQL of a query, and the cursors of its pages. ValueError where the cursor is none of such a query."""

    def __init__(
        self, key: str, index: str | None, begins_with: str, cursor: Mapping[str, Any] | None, reverse: bool, now: float
    ) -> None:
        tables, key_column, self._order, self._cursor = _OF_TABLE if index is None else _OF_INDEX
        self._direction = "DESC" if reverse else "ASC"
        where, self.values = [f"{key_column} = ?", _ALIVE], [key, now]
        if index is not None:
            where.append("entries.name = ?")
            self.values.append(index)
        if begins_with:
            where.append(f"{self._order[0]} >= ?")
            self.values.append(begins_with)
            after = following(begins_with)
            if after is not None:
                where.append(f"{self._order[0]} < ?")
                self.values.append(after)
        if cursor is not None:
            marks = ", ".join("?" * len(self._order))
            where.append(f"({', '.join(self._order)}) {'<' if reverse else '>'} ({marks})")
            self.values += self._checked(cursor)
        columns = ", ".join(("items.item", "items.version", *self._order))
        order = ", ".join(f"{column} {self._direction}" for column in self._order)
        self.sql = f"SELECT {columns} FROM {tables} WHERE {' AND '.join(where)} ORDER BY {order} LIMIT ?"  # noqa: S608

    def page(self, rows: list[Any], limit: int) -> tuple[list[Stored], dict[str, str] | None]:
        """Of `limit` rows and one more, if there was one."""
        found = [Stored(loads(row[0]), row[1]) for row in rows[:limit]]
        more = len(rows) > limit
        return found, dict(zip(self._cursor, rows[limit - 1][2:], strict=True)) if more else None

    def _checked(self, cursor: Mapping[str, Any]) -> list[str]:
        values = [cursor.get(name) for name in self._cursor]
        if len(cursor) != len(values) or not all(isinstance(value, str) for value in values):
            raise ValueError("the cursor is not one that a query of this kind gave")
        return [str(value) for value in values]


def following(prefix: str) -> str | None:
    """The first text, by UTF-8 bytes, that comes after all which start with this one; None where none does."""
    while prefix:
        last = ord(prefix[-1]) + 1
        if last == 0xD800:
            last = 0xE000  # surrogates are no characters of UTF-8
        if last <= 0x10FFFF:
            return prefix[:-1] + chr(last)
        prefix = prefix[:-1]
    return None
