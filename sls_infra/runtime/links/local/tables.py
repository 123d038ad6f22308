"""Tables: items by key, with versions, indexes and expiry; subscribers get each change, in order for each key."""

from __future__ import annotations

import time

from ..drivers import Stored
from . import items, lanes, store, subscriptions
from .items import Layout
from .store import remove

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from ..drivers import Key, Value


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
        raise NotImplementedError

    def put(self, item: Mapping[str, Value], if_absent: bool, if_version: str | None) -> str:
        """Writes the whole item; its new version."""
        raise NotImplementedError

    def update(self, key: Key, changes: Mapping[str, Value], remove: Sequence[str], if_version: str | None) -> Stored:
        """Sets and removes attributes; the item as it then is."""
        raise NotImplementedError

    def delete(self, key: Key, if_version: str | None) -> None:
        """Removes the item, if it is there."""
        raise NotImplementedError

    def query(
        self, key: str, index: str | None, begins_with: str, limit: int, cursor: Mapping[str, Any] | None, reverse: bool
    ) -> tuple[list[Stored], Mapping[str, Any] | None]:
        """At most `limit` items of that key, by the sort key, and where to go on."""
        raise NotImplementedError

    def write(self, put: Sequence[Mapping[str, Value]], delete: Sequence[Key]) -> None:
        """Many at once; here all of them or none."""
        raise NotImplementedError

    def scan(self, limit: int = 100, skip: int = 0) -> list[Stored]:
        """Items in the order of their keys, expired ones left out."""
        raise NotImplementedError

    def purge(self) -> int:
        """Deletes what has expired, which subscribers are told; how many there were."""
        raise NotImplementedError

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
