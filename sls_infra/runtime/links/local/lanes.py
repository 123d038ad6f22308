"""A line of messages for one consumer: a queue, or what a subscriber of a topic, bucket or table has still to get.

A message that was received is out of sight until its visibility ends, or it is deleted, released or buried by the
receipt of that reception. In a FIFO lane nothing of a group is given while a message of it is out of sight.
"""

from __future__ import annotations

from json import dumps, loads
from typing import NamedTuple
from uuid import uuid4

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence
    from typing import Any

    from .store import Store

SCHEMA = (
    """CREATE TABLE IF NOT EXISTS messages (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, lane TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL,
        attributes TEXT NOT NULL, grp TEXT, sent REAL NOT NULL, due REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
        receipt TEXT UNIQUE, UNIQUE (lane, id))""",
    "CREATE INDEX IF NOT EXISTS messages_due ON messages (lane, due)",
    "CREATE INDEX IF NOT EXISTS messages_order ON messages (lane, seq, due)",
)
DEFAULT_GROUP = "default"
_DELETE = "DELETE FROM messages WHERE receipt = ?"
_RELEASE = "UPDATE messages SET due = ?, receipt = NULL, attempts = attempts - ? WHERE receipt = ?"
_HOLD = "UPDATE messages SET due = ? WHERE receipt = ?"
_ABANDON = "UPDATE messages SET due = ?, receipt = NULL, attempts = attempts - 1 WHERE lane = ? AND receipt IS NOT NULL"
_COLUMNS = "id, body, attributes, attempts, grp, receipt, sent, due"


class Received(NamedTuple):
    """A message, and how it stands."""

    id: str
    """The same each time that it is received, and in the dead-letter queue too."""
    body: str
    attributes: dict[str, str]
    attempt: int
    """How often it has been received, this time too; 0: never yet."""
    group: str | None
    receipt: str
    """Of this reception; empty where it was only looked at."""
    sent: float
    """Seconds since 1970."""
    due: float
    """From when it may be received: after its delay, or when the visibility of this reception ends."""


class Counts(NamedTuple):
    """How many messages there are."""

    visible: int
    """To be received now (in a FIFO lane, when their group's turn comes)."""
    in_flight: int
    """Received, and neither done nor given back."""
    delayed: int
    """Sent or released with a delay that has not passed."""

    @property
    def all(self) -> int:
        """All of them."""
        return sum(self)


class Lane:
    """One line of messages in a store. `fifo` and `retention` (seconds) of None: as the store's settings say."""

    def __init__(self, store: Store, lane: str = "", fifo: bool | None = None, retention: float | None = None) -> None:
        self.store = store
        self.lane = lane
        self._fifo = fifo
        self._retention = retention

    @property
    def fifo(self) -> bool:
        """Whether messages of a group are given in order."""
        return bool(self.store.settings().get("fifo")) if self._fifo is None else self._fifo

    @property
    def retention(self) -> float:
        """Seconds after which a message that nobody took is dropped."""
        return float(self.store.settings()["retention"]) if self._retention is None else self._retention

    def put(
        self,
        body: str,
        attributes: Mapping[str, str] | None = None,
        *,
        delay: float = 0,
        group: str | None = None,
        id: str | None = None,
    ) -> str:
        """Adds a message, to be received after so many seconds; its id. One of that id that is there stays as it is."""
        group = group or (DEFAULT_GROUP if self.fifo else None)
        with self.store.writing() as connection:
            return insert(connection, self.store.clock(), self.lane, body, attributes or {}, delay, group, id)

    def receive(self, limit: int = 10, visibility: float = 30.0) -> list[Received]:
        """At most `limit` messages in the order they were sent, out of sight for so many seconds from now."""
        fifo, now = self.fifo, self.store.clock()
        self.purge()
        due = self.next_due()
        if due is None or due > now:  # looking takes no turn to write from anybody
            return []
        if fifo and not self.store.rows(*self._next(fifo, now, 1)):
            return []
        with self.store.writing() as connection:
            found = connection.execute(*self._next(fifo, now, limit)).fetchall()
            return [_take(connection, seq, now + visibility) for (seq,) in found]

    def delete(self, receipt: str) -> bool:
        """Done with it. False: it has been received again, deleted or dropped since, and nothing was done; likewise
        for the others."""
        return self.settle([receipt]) > 0

    def release(self, receipt: str, delay: float = 0, *, counted: bool = True) -> bool:
        """Gives it back, to be received again after so many seconds. Not `counted`: as though it had not been received
        this time."""
        return self.settle(back=[(receipt, delay, counted)]) > 0

    def extend(self, receipt: str, visibility: float) -> bool:
        """Out of sight for so many seconds from now."""
        return self.hold([receipt], visibility) > 0

    def settle(self, done: Sequence[str] = (), back: Sequence[tuple[str, float, bool]] = ()) -> int:
        """Deletes many, and releases others (receipt, delay, counted), in one transaction; how many were still this
        receipt's."""
        now = self.store.clock()
        released = [(now + delay, 0 if counted else 1, receipt) for receipt, delay, counted in back]
        with self.store.writing() as connection:
            deleted = connection.executemany(_DELETE, [(receipt,) for receipt in done]).rowcount
            return deleted + connection.executemany(_RELEASE, released).rowcount

    def hold(self, receipts: Sequence[str], visibility: float) -> int:
        """Keeps many out of sight for so many seconds from now; how many were still this receipt's."""
        due = self.store.clock() + visibility
        with self.store.writing() as connection:
            return connection.executemany(_HOLD, [(due, receipt) for receipt in receipts]).rowcount

    def abandon(self) -> int:
        """Gives back at once all that is received, as though it had not been: for the only consumer of a lane, when it
        starts, of what the one before it has left; how many."""
        with self.store.writing() as connection:
            return connection.execute(_ABANDON, (self.store.clock(), self.lane)).rowcount

    def bury(self, receipt: str, into: Lane, source: str, reason: str) -> bool:
        """Puts it into the lane of dead letters, saying which event source gave up and why, and is done with it here.
        Where this is interrupted it may be in both, under the same id, never in none."""
        from .letters import dead

        found = self.store.rows(f"SELECT {_COLUMNS} FROM messages WHERE receipt = ?", (receipt,))  # noqa: S608
        if not found:
            return False
        message = _received(found[0])
        attributes = dead(message.attributes, source, message.attempt, reason, self.store.clock())
        into.put(message.body, attributes, group=message.group, id=message.id)
        return self.delete(receipt)

    def counts(self) -> Counts:
        """How many there are now, without those that are older than the retention."""
        self.purge()
        now = self.store.clock()
        sql = """SELECT COUNT(*), 0 FROM messages WHERE lane = ? AND due <= ?
                 UNION ALL SELECT COUNT(*), COUNT(receipt) FROM messages WHERE lane = ? AND due > ?"""
        (visible, _), (waiting, in_flight) = self.store.rows(sql, (self.lane, now, self.lane, now))
        return Counts(visible, in_flight, waiting - in_flight)

    def peek(self, limit: int = 100, skip: int = 0) -> list[Received]:
        """Messages as they stand, in the order they were sent, without receiving them."""
        sql = f"SELECT {_COLUMNS} FROM messages WHERE lane = ? AND sent > ? ORDER BY seq LIMIT ? OFFSET ?"  # noqa: S608
        rows = self.store.rows(sql, (self.lane, self.store.clock() - self.retention, limit, skip))
        return [_received(row)._replace(receipt="") for row in rows]

    def next_due(self, after: float = float("-inf")) -> float | None:
        """When the next message may be received (in the past: now), seconds since 1970; None where there is none.
        `after`: of those that may not be received before that."""
        rows = self.store.rows("SELECT MIN(due) FROM messages WHERE lane = ? AND due > ?", (self.lane, after))
        return None if rows[0][0] is None else float(rows[0][0])

    def purge(self) -> int:
        """Drops what is older than the retention; how many."""
        oldest = self.store.clock() - self.retention
        first = self.store.rows("SELECT sent FROM messages WHERE lane = ? ORDER BY seq LIMIT 1", (self.lane,))
        if not first or first[0][0] > oldest:
            return 0
        with self.store.writing() as connection:
            sql = "DELETE FROM messages WHERE lane = ? AND sent <= ?"
            return connection.execute(sql, (self.lane, oldest)).rowcount

    def clear(self) -> int:
        """Drops all messages; how many there were."""
        with self.store.writing() as connection:
            return connection.execute("DELETE FROM messages WHERE lane = ?", (self.lane,)).rowcount

    def _next(self, fifo: bool, now: float, limit: int) -> tuple[str, list[Any]]:
        # "+" keeps SQLite from taking the index by `due`, by which it would have to sort all that is due
        sql, values = "SELECT seq FROM messages WHERE lane = ? AND +due <= ?", [self.lane, now]
        if fifo:
            sql += " AND grp NOT IN (SELECT grp FROM messages WHERE lane = ? AND due > ? AND grp IS NOT NULL)"
            values += [self.lane, now]
        return f"{sql} ORDER BY seq LIMIT ?", [*values, limit]


def insert(
    connection: sqlite3.Connection,
    now: float,
    lane: str,
    body: str,
    attributes: Mapping[str, str],
    delay: float = 0,
    group: str | None = None,
    id: str | None = None,
) -> str:
    """Adds a message within somebody's transaction; its id."""
    id = id or uuid4().hex
    values = (lane, id, body, dumps(dict(attributes)), group, now, now + delay)
    sql = """INSERT INTO messages (lane, id, body, attributes, grp, sent, due) VALUES (?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (lane, id) DO NOTHING"""
    connection.execute(sql, values)
    return id


def _take(connection: sqlite3.Connection, seq: int, due: float) -> Received:
    sql = f"UPDATE messages SET receipt = ?, due = ?, attempts = attempts + 1 WHERE seq = ? RETURNING {_COLUMNS}"  # noqa: S608
    return _received(connection.execute(sql, (uuid4().hex, due, seq)).fetchone())


def _received(row: Sequence[Any]) -> Received:
    id, body, attributes, attempts, group, receipt, sent, due = row
    return Received(id, body, loads(attributes), attempts, group, receipt or "", sent, due)
