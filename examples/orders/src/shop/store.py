"""Where orders are kept: one SQLite file, which all worker processes of a machine share.

ORDERS_DB names the file; without it, it is one of the user's own in the folder for temporary files. An instance in a
cloud has a disk of its own, so there each would keep orders of its own, for as long as it lives: good enough to look
at, not to sell tea by. This module is all there is to replace once tables can be linked.

Every write is a single statement, so that two processes can't both believe that they changed the same version.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from json import dumps, loads
from pathlib import Path
from typing import Any

Order = dict[str, Any]
"""id, owner, customer, status, currency, items, note, total, created_at, updated_at, version. Times are UTC, ISO 8601,
all of one length: they sort as text."""

BUSY = 10
"""Seconds to wait for another process's write."""

_TABLE = """
CREATE TABLE IF NOT EXISTS orders (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, customer TEXT NOT NULL, status TEXT NOT NULL, created_at TEXT NOT NULL,
    version INTEGER NOT NULL, content TEXT NOT NULL
)
"""
_INDEX = "CREATE INDEX IF NOT EXISTS newest ON orders (created_at DESC, id DESC)"

_CONDITIONS = {
    "owner": "owner = ?",
    "customer": "customer = ?",
    "status": "status = ?",
    "since": "created_at >= ?",
    "before": "created_at < ?",
}
"""What `page` can filter by."""


def insert(order: Order) -> None:
    """Keeps a new order."""
    with _database() as db:
        db.execute("INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?, ?)", _row(order))


def get(id: str) -> Order | None:
    """The order of that id; None where there is none."""
    with _database() as db:
        row = db.execute("SELECT content FROM orders WHERE id = ?", (id,)).fetchone()
    return None if row is None else loads(row[0])


def page(filters: Mapping[str, str], limit: int, after: tuple[str, str] | None) -> list[Order]:
    """At most `limit` orders that all of `filters` let through, newest first, from behind `after`: the creation time
    and id of the last one seen, so that orders placed meanwhile neither repeat nor hide any."""
    conditions = [_CONDITIONS[name] for name in filters]
    values: list[str | int] = list(filters.values())
    if after is not None:
        conditions.append("(created_at, id) < (?, ?)")
        values.extend(after)
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    with _database() as db:
        rows = db.execute(
            f"SELECT content FROM orders {where} ORDER BY created_at DESC, id DESC LIMIT ?", (*values, limit)
        ).fetchall()
    return [loads(content) for (content,) in rows]


def replace(order: Order, version: int) -> bool:
    """Keeps `order` instead of that version of it; False, and nothing done, where it has another version by now."""
    id, *row = _row(order)
    with _database() as db:
        changed = db.execute(
            "UPDATE orders SET owner = ?, customer = ?, status = ?, created_at = ?, version = ?, content = ?"
            " WHERE id = ? AND version = ?",
            (*row, id, version),
        )
        return changed.rowcount == 1


def remove(id: str, version: int) -> bool:
    """Deletes that version of an order; False, and nothing done, where it has another version or is gone by now."""
    with _database() as db:
        return db.execute("DELETE FROM orders WHERE id = ? AND version = ?", (id, version)).rowcount == 1


def ready() -> None:
    """Raises sqlite3.Error where orders can't be reached."""
    with _database() as db:
        db.execute("SELECT 1 FROM orders LIMIT 1")


def _row(order: Order) -> tuple[str | int, ...]:
    columns = ("id", "owner", "customer", "status", "created_at", "version")
    return (*(order[name] for name in columns), dumps(order))


@contextmanager
def _database() -> Iterator[sqlite3.Connection]:
    """A connection for one use: each statement is a transaction of its own."""
    db = sqlite3.connect(_file(), timeout=BUSY, isolation_level=None)
    try:
        db.execute(_TABLE)
        db.execute(_INDEX)
        yield db
    finally:
        db.close()


def _file() -> Path:
    if named := os.environ.get("ORDERS_DB"):
        return Path(named)
    # A folder that is the user's alone: other users of the machine must not read orders, or put a file of theirs there.
    folder = Path(tempfile.gettempdir()) / f"shop-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise PermissionError(f"{folder} is another user's: set ORDERS_DB to a file to use instead")
    return folder / "orders.db"
