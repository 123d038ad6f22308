"""Clocks: ticks that become due, each once, whatever happens to the process that waits for them.

A tick is written down in the same transaction as the time up to which ticks have been: it is delivered, retried and
buried like any other event, and no restart gives it twice. Of ticks that were due while nothing ran, the newest is
delivered late if it is at most `CATCH_UP` old; the others are not, and the log tells how many there were. EventBridge
Scheduler, which never sleeps, tries an invocation for up to 24 hours; a machine that does would be flooded by that.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ...runtime import cron
from ...runtime.links.local import store
from ...runtime.links.local.lanes import SCHEMA, Lane, insert
from ..model_events import EventSpec
from .feed import Settled, Taken
from .lanes import LaneFeed, content_of, queue

SCHEDULES = "schedules"
"""The folder of the schedules' state, below that of a gateway's events."""
CATCH_UP = timedelta(hours=1)
RETENTION = 14 * 86400
"""Seconds that a tick is tried for at most."""
LOOKED_BACK = timedelta(days=30)
"""Ticks that were missed longer ago are not told of."""
_TABLE = """CREATE TABLE IF NOT EXISTS schedules (
    name TEXT PRIMARY KEY, cron TEXT NOT NULL, timezone TEXT NOT NULL, until REAL NOT NULL) WITHOUT ROWID"""

Tell = Callable[[str], object]


def lane_of_schedule(folder: str, name: str, clock: Callable[[], float] = time.time) -> Lane:
    """Where the ticks of a schedule wait."""
    return Lane(store.Store(folder, "the schedules' state", clock), name, fifo=False, retention=RETENTION)


def create(folder: str) -> None:
    """Makes the place where the schedules of one gateway keep their state."""
    store.create(folder, (_TABLE, *SCHEMA), lambda connection, before: store.write_settings(connection, {"made": 1}))


class ScheduleFeed(LaneFeed):
    """Gives the ticks of one schedule."""

    def __init__(
        self, event: EventSpec, folder: str, tell: Tell, clock: Callable[[], float] = time.time, *, recover: bool = True
    ) -> None:
        """`folder`: what `create` has made; `tell`: takes what is to be told of ticks that were missed."""
        lane = lane_of_schedule(folder, event.name, clock)
        super().__init__(lane, event.name, queue(event.dead_letter), content_of("schedule"), recover=recover)
        self._name = event.name
        self._cron = cron.parse(event.cron)
        self._zone = ZoneInfo(event.timezone)
        self._tell = tell
        self._due: datetime | None = None
        """The next tick; None: not known yet, or there is none."""
        self._is_read = False

    def exchange(self, settled: Sequence[Settled], limit: int) -> list[Taken]:
        now = datetime.fromtimestamp(self.lane.store.clock(), UTC)
        if not self._is_read or (self._due is not None and self._due <= now):
            self._advance(now)
        return super().exchange(settled, limit)

    def due_in(self) -> float | None:
        waiting = super().due_in()
        tick = None if self._due is None else self._due.timestamp() - self.lane.store.clock()
        return min((each for each in (waiting, tick) if each is not None), default=None)

    def _advance(self, now: datetime) -> None:
        """Writes down the tick that is due, and that all ticks up to now have been."""
        with self.lane.store.writing() as connection:
            until = self._until(connection, now)
            due, missed = self._between(until, now)
            late = None if due is None else now - due
            if due is not None and late is not None and late <= CATCH_UP:
                self._write(connection, now, due)
            elif due is not None:
                missed += 1
            sql = "INSERT OR REPLACE INTO schedules VALUES (?, ?, ?, ?)"
            values = (self._name, self._cron.text, self._zone.key, max(now, until).timestamp())
            connection.execute(sql, values)
        self._is_read = True
        self._due = self._cron.next_after(max(now, until), self._zone)
        self._told(due, late, missed)

    def _until(self, connection: sqlite3.Connection, now: datetime) -> datetime:
        """Up to when ticks have been. One that is new, or has changed, begins now."""
        sql = "SELECT until FROM schedules WHERE name = ? AND cron = ? AND timezone = ?"
        row: Any = connection.execute(sql, (self._name, self._cron.text, self._zone.key)).fetchone()
        return now if row is None else datetime.fromtimestamp(row[0], UTC)

    def _between(self, until: datetime, now: datetime) -> tuple[datetime | None, int]:
        """The newest tick after `until` that is due, and how many others there were before it."""
        newest, others = None, 0
        moment = max(until, now - LOOKED_BACK).replace(second=0, microsecond=0) + timedelta(minutes=1)
        while moment <= now:
            if self._cron.due(moment, self._zone):
                others += newest is not None
                newest = moment
            moment += timedelta(minutes=1)
        return newest, others

    def _write(self, connection: sqlite3.Connection, now: datetime, due: datetime) -> None:
        at = due.strftime("%Y-%m-%dT%H:%M:%SZ")
        body = json.dumps({"scheduled_at": at})
        insert(connection, now.timestamp(), self.lane.lane, body, {}, id=f"{self._name}@{at}")

    def _told(self, due: datetime | None, late: timedelta | None, missed: int) -> None:
        if missed:
            what = "1 tick was" if missed == 1 else f"{missed} ticks were"
            newest = "" if late is None or late > CATCH_UP else f"; the newest, of {due:%Y-%m-%dT%H:%M:%SZ}, is run now"
            self._tell(f"schedule {self._name!r}: {what} missed while nothing ran{newest}")
        elif late is not None and late > timedelta(seconds=60):
            self._tell(f"schedule {self._name!r}: the tick of {due:%Y-%m-%dT%H:%M:%SZ} is run late")


def forget(folder: str, names: Sequence[str]) -> None:
    """Drops the state of all schedules but these."""
    kept = store.Store(folder, "the schedules' state")
    with kept.writing() as connection:
        for (name,) in connection.execute("SELECT name FROM schedules").fetchall():
            if name not in names:
                connection.execute("DELETE FROM schedules WHERE name = ?", (name,))
                connection.execute("DELETE FROM messages WHERE lane = ?", (name,))
    kept.close()
