"""Writing items in one transaction, and telling the table's subscribers of each change in the same one."""

from __future__ import annotations

from json import dumps
from uuid import uuid4

from . import items
from .items import Layout
from .store import read_settings
from .subscriptions import tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping
    from typing import Any


class Writer:
    """What one transaction does to a table."""

    def __init__(self, connection: sqlite3.Connection, now: float) -> None:
        self.layout = Layout.of(read_settings(connection))  # each time: a deployment may just have added an index
        self._connection = connection
        self._now = now

    def find(self, place: tuple[str, str]) -> items.Row | None:
        """The item of that place. One that has expired is deleted on the way."""
        row = items.read(self._connection, place)
        if row is None or row.expires is None or row.expires > self._now:
            return row
        self.erase(place, row)
        return None

    def write(self, item: Mapping[str, Any], before: items.Row | None) -> str:
        """Puts an item in the place of the one before; its version."""
        version = uuid4().hex
        items.write(self._connection, self.layout, item, before, version)
        self._tell(self.layout.place(item), None if before is None else before.item, item)
        return version

    def erase(self, place: tuple[str, str], before: items.Row) -> None:
        """Removes the item that is there."""
        items.erase(self._connection, place)
        self._tell(place, before.item, None)

    def _tell(self, place: tuple[str, str], old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> None:
        kind = "insert" if old is None else "delete" if new is None else "update"

        def body() -> str:
            return dumps({"kind": kind, "key": self.layout.names(*place), "old": old, "new": new})

        def wanted(filter: dict[str, Any]) -> bool:
            return kind in filter["kinds"]

        tell(self._connection, self._now, body, wanted, id=uuid4().hex, group=dumps(place))
