"""Tables: items by key, with versions, indexes and expiry; subscribers get each change, in order for each key."""

from __future__ import annotations

import time
from contextlib import contextmanager
from json import loads

from ...errors import Conflict, NotFound, ServiceError
from ..drivers import Stored
from . import items, lanes, store, subscriptions
from .changes import Writer
from .items import Layout
from .queries import Query
from .store import remove

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any

    from ..drivers import Key, Value
    from .items import Row


__all__ = ["RETENTION", "Table", "create", "remove"]

RETENTION = 86400
"""Seconds that a change waits for a subscriber, as in DynamoDB's streams."""
PURGED = 500
"""Expired items that one transaction deletes."""


def create(path: str, described: Mapping[str, Any]) -> list[str]:
    """Makes a table in a folder of its own. `described`, as in a manifest: "key", and "sort_key", "ttl" (None) and
    "indexes" ({}: name → [key] or [key, sort key]).

    Where it is there, it gets the new ttl and indexes, for the items there too; what changed is returned, in words.
    Conflict where another key is wanted.
    """
    wanted = Layout.of(described)
    told: list[str] = []

    def apply(connection: sqlite3.Connection, before: dict[str, Any] | None) -> None:
        if before is not None:
            store.fixed(path, before, wanted.settings(), ["key", "sort_key"])
            told.extend(wanted.differences(Layout.of(before)))
            if told:
                items.rebuild(connection, wanted)
        store.write_settings(connection, wanted.settings())

    store.create(path, (*items.SCHEMA, *lanes.SCHEMA, *subscriptions.SCHEMA), apply)
    return told


class Table:
    """The driver, and what the daemon, the commands and tests do with a table."""

    def __init__(
        self, name: str, address: str, described: Mapping[str, Any], *, clock: Callable[[], float] = time.time
    ) -> None:
        self.name = name
        self.store = store.Store(address, f'table "{name}"', clock)
        self._subscriptions = subscriptions.Subscriptions(self.store, fifo=True, retention=RETENTION)

    def get(self, key: Key) -> Stored | None:
        """The item; None where there is none."""
        sql = "SELECT item, version FROM items WHERE key = ? AND sort = ? AND (expires IS NULL OR expires > ?)"
        rows = self.store.rows(sql, (*_place(key), self.store.clock()))
        return Stored(loads(rows[0][0]), rows[0][1]) if rows else None

    def put(self, item: Mapping[str, Value], if_absent: bool, if_version: str | None) -> str:
        """Writes the whole item; its new version."""
        with self._writing() as writer:
            place = writer.layout.place(item)
            before = writer.find(place)
            if if_absent and before is not None:
                raise Conflict(f"{self._named(writer, place)} is there already")
            self._expect(writer, place, before, if_version)
            return writer.write(item, before)

    def update(self, key: Key, changes: Mapping[str, Value], remove: Sequence[str], if_version: str | None) -> Stored:
        """Sets and removes attributes; the item as it then is."""
        with self._writing() as writer:
            before = writer.find(_place(key))
            if before is None:
                raise NotFound(f"{self._named(writer, _place(key))} is not there")
            self._expect(writer, _place(key), before, if_version)
            kept = {name: value for name, value in before.item.items() if name not in remove}
            item = items.checked({**kept, **changes}, self._named(writer, _place(key)))
            return Stored(item, writer.write(item, before))

    def delete(self, key: Key, if_version: str | None) -> None:
        """Removes the item, if it is there."""
        with self._writing() as writer:
            before = writer.find(_place(key))
            self._expect(writer, _place(key), before, if_version)
            if before is not None:
                writer.erase(_place(key), before)

    def query(
        self, key: str, index: str | None, begins_with: str, limit: int, cursor: Mapping[str, Any] | None, reverse: bool
    ) -> tuple[list[Stored], Mapping[str, Any] | None]:
        """At most `limit` items of that key, by the sort key, and where to go on."""
        if index is not None and index not in self.store.settings()["indexes"]:
            raise ServiceError(f"{self.store.what} has no index {index!r}: it was deployed without it")
        query = Query(key, index, begins_with, cursor, reverse, self.store.clock())
        return query.page(self.store.rows(query.sql, (*query.values, limit + 1)), limit)

    def write(self, put: Sequence[Mapping[str, Value]], delete: Sequence[Key]) -> None:
        """Many at once; here all of them or none."""
        with self._writing() as writer:
            for item in put:
                writer.write(item, writer.find(writer.layout.place(item)))
            for key in delete:
                before = writer.find(_place(key))
                if before is not None:
                    writer.erase(_place(key), before)

    def scan(self, limit: int = 100, skip: int = 0) -> list[Stored]:
        """Items in the order of their keys, expired ones left out."""
        sql = """SELECT item, version FROM items WHERE expires IS NULL OR expires > ?
                 ORDER BY key, sort LIMIT ? OFFSET ?"""
        return [
            Stored(loads(item), version) for item, version in self.store.rows(sql, (self.store.clock(), limit, skip))
        ]

    def purge(self) -> int:
        """Deletes what has expired, which subscribers are told; how many there were."""
        sql, gone = "SELECT key, sort FROM items WHERE expires <= ? LIMIT ?", 0
        while places := self.store.rows(sql, (self.store.clock(), PURGED)):
            with self._writing() as writer:
                for place in places:
                    writer.find(place)  # deletes it, unless it has been written again meanwhile
            gone += len(places)
        return gone

    @contextmanager
    def _writing(self) -> Iterator[Writer]:
        with self.store.writing() as connection:
            yield Writer(connection, self.store.clock())

    def _expect(self, writer: Writer, place: tuple[str, str], before: Row | None, if_version: str | None) -> None:
        if if_version is None or (before is not None and before.version == if_version):
            return
        how = "is not there" if before is None else "is of another version"
        raise Conflict(f"{self._named(writer, place)} {how}")

    def _named(self, writer: Writer, place: tuple[str, str]) -> str:
        return f"{self.store.what}: the item {writer.layout.names(*place)}"

    def subscribe(self, name: str, kinds: Sequence[str] = ("insert", "update", "delete")) -> lanes.Lane:
        """From now on a subscriber of that name is told changes of these kinds; its lane. It is FIFO, a group
        a key; the body of each message is JSON: {"kind": "update", "key": {"id": "7"}, "old": {…} | null,
        "new": {…} | null}."""
        self._subscriptions.subscribe(name, {"kinds": list(kinds)})
        return self.subscription(name)

    def unsubscribe(self, name: str) -> None:
        """Drops a subscriber, and what waits for it."""
        self._subscriptions.unsubscribe(name)

    def subscription(self, name: str) -> lanes.Lane:
        """What a subscriber has still to get."""
        return self._subscriptions.lane(name)

    def subscribers(self) -> dict[str, dict[str, Any]]:
        """Subscriber → {"kinds": […]}."""
        return self._subscriptions.names()


def _place(key: Key) -> tuple[str, str]:
    return key[0], key[1] or ""
