"""How many calls a client has in a calendar window, kept on disk: neither a restart nor a kill gives any back.

Each call is written before it goes to its function: one commit to SQLite's write-ahead log, about 11 µs, which outlives
this process however it ends. (Only a power failure may lose the last calls: the log is not synced at each one.)
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from time import time

from ..errors import LocalError
from .files import make_folder
from .model import QuotaSpec

QUOTAS = "quotas"
"""Folder of a stack: a file a gateway, named by its urn, which outlives the gateway's own folder: that one is made anew
after a kill."""

_TABLE = """
create table if not exists used (
    client text, per text, start integer, calls integer, primary key (client, per)
) without rowid
"""
_WRITE = (
    "insert into used values (?, ?, ?, ?)"
    " on conflict (client, per) do update set start = excluded.start, calls = excluded.calls"
)


class Quotas:
    """What clients have used, of their windows of now. A clock that goes back begins no window anew."""

    def __init__(self, file: Path | None, clock: Callable[[], float] = time) -> None:
        """`file`: where they are kept, made with the first call that is counted; None: in memory alone. Raises
        LocalError where it can't be read."""
        self._path = file
        self._clock = clock
        self._file: sqlite3.Connection | None = None
        self._used: dict[tuple[str, str], tuple[int, int]] = {}
        self._ends: dict[str, tuple[int, int]] = {}
        """Period → start and end of its window of now."""
        if file is not None and file.exists():
            try:
                rows = self._open(file).execute("select client, per, start, calls from used")
                self._used = {(client, per): (start, calls) for client, per, start, calls in rows}
            except sqlite3.Error as error:
                raise LocalError(
                    f"the quotas in {file} can't be read: {error}; remove that file to begin anew"
                ) from error

    def wait(self, client: str, spec: QuotaSpec) -> int:
        """Seconds until the client may call again; 0: it may now."""
        now = self._clock()
        start, end = self._window(spec.per, now)
        began, calls = self._used.get((client, spec.per), (0, 0))
        if began < start or calls < spec.requests:
            return 0
        return max(1, int(end - now) + 1)

    def charge(self, client: str, per: str) -> None:
        """Counts a call. Raises LocalError where it can't be written down: then it must not pass."""
        start, _ = self._window(per, self._clock())
        began, calls = self._used.get((client, per), (0, 0))
        used = (start, 1) if began < start else (began, calls + 1)
        if self._path is not None:
            try:
                (self._file or self._open(self._path)).execute(_WRITE, (client, per, *used))
            except (sqlite3.Error, OSError) as error:
                raise LocalError(f"the quota of {client!r} can't be written: {error}") from error
        self._used[client, per] = used

    def keep(self, clients: frozenset[str]) -> None:
        """Forgets clients that there are no more."""
        gone = [key for key in self._used if key[0] not in clients]
        for key in gone:
            del self._used[key]
        if gone and self._file is not None:
            self._file.executemany("delete from used where client = ? and per = ?", gone)

    def close(self) -> None:
        """Closes the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _open(self, file: Path) -> sqlite3.Connection:
        make_folder(file.parent)
        # Autocommit: each write is a transaction of its own. It is used by the loop's thread alone.
        self._file = sqlite3.connect(file, isolation_level=None)
        self._file.execute("pragma journal_mode = wal")
        self._file.execute("pragma synchronous = normal")
        self._file.execute(_TABLE)
        return self._file

    def _window(self, per: str, now: float) -> tuple[int, int]:
        known = self._ends.get(per)
        if known is None or not known[0] <= now < known[1]:
            known = self._ends[per] = window(per, now)
        return known


def window(per: str, now: float) -> tuple[int, int]:
    """Start and end, in seconds since 1970, of the day, week (from Monday) or month in UTC that `now` is in."""
    today = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    match per:
        case "day":
            start, end = today, today + timedelta(days=1)
        case "week":
            start = today - timedelta(days=today.weekday())
            end = start + timedelta(days=7)
        case _:
            start = today.replace(day=1)
            end = (start + timedelta(days=31)).replace(day=1)
    return int(start.timestamp()), int(end.timestamp())


def quotas_file(root: Path, urn: str) -> Path:
    """Where the quotas of the gateway of that urn are kept."""
    return root / QUOTAS / f"{sha256(urn.encode()).hexdigest()[:16]}.db"


def remove_quotas(root: Path, urn: str) -> None:
    """Forgets them."""
    file = quotas_file(root, urn)
    for suffix in ("", "-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # not empty, or not there
        file.parent.rmdir()
