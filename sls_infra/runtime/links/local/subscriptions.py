"""Who is told of what happens to a resource: a lane each, filled in the transaction in which it happens.

So a subscriber that is away misses nothing that comes after its `subscribe`, and has its own position, retries and
order. A subscriber has a name that is unique for the resource, and may be of another stack.
"""

from __future__ import annotations

from json import dumps, loads

from .lanes import Lane, insert

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping
    from typing import Any

    from .store import Store

SCHEMA = ("CREATE TABLE IF NOT EXISTS subscriptions (name TEXT PRIMARY KEY, filter TEXT NOT NULL)",)


class Subscriptions:
    """Those of one resource."""

    def __init__(self, store: Store, fifo: bool, retention: float) -> None:
        self._store = store
        self._fifo = fifo
        self._retention = retention

    def subscribe(self, name: str, filter: Mapping[str, Any]) -> None:
        """From now on it is told. Where it is already, it goes on with this filter, and keeps what waits for it."""
        sql = "INSERT INTO subscriptions VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET filter = excluded.filter"
        with self._store.writing() as connection:
            connection.execute(sql, (name, dumps(dict(filter))))

    def unsubscribe(self, name: str) -> None:
        """It is told no more, and what waits for it is dropped."""
        with self._store.writing() as connection:
            connection.execute("DELETE FROM subscriptions WHERE name = ?", (name,))
            connection.execute("DELETE FROM messages WHERE lane = ?", (name,))

    def names(self) -> dict[str, dict[str, Any]]:
        """Subscriber → its filter."""
        return {name: loads(filter) for name, filter in self._store.rows("SELECT name, filter FROM subscriptions")}

    def lane(self, name: str) -> Lane:
        """What a subscriber has still to get."""
        return Lane(self._store, name, self._fifo, self._retention)


def tell(
    connection: sqlite3.Connection,
    now: float,
    body: str | Callable[[], str],
    wanted: Callable[[dict[str, Any]], bool],
    *,
    id: str,
    attributes: Mapping[str, str] | None = None,
    group: str | None = None,
) -> None:
    """Adds a message to the lane of each subscriber whose filter `wanted` accepts, within somebody's transaction."""
    for name, filter in connection.execute("SELECT name, filter FROM subscriptions").fetchall():
        if wanted(loads(filter)):
            text = body if isinstance(body, str) else body()
            insert(connection, now, name, text, attributes or {}, 0, group, id)
