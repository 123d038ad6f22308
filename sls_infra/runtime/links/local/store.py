"""One SQLite database in a resource's folder, used by several processes and threads at once.

Write-ahead logging lets readers go on while one writes; writers take turns (BEGIN IMMEDIATE), for up to `TIMEOUT`
seconds. A commit survives a kill -9 of any process; of a power cut the last moments may be lost (synchronous=NORMAL).
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import weakref
from contextlib import closing, contextmanager, suppress

from ...errors import Conflict, NotFound, ServiceError, Throttled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any

FILE = "store.db"
REMOVED = ".removed-"
"""In the name of a folder that is about to go."""
LAYOUT = 1
"""Of the tables in a database. Another one is not opened."""
TIMEOUT = 10.0
"""Seconds that a call waits for its turn to write."""
_SETTINGS = "CREATE TABLE IF NOT EXISTS settings (id INTEGER PRIMARY KEY CHECK (id = 1), value TEXT NOT NULL)"
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


class Store:
    """A database that is there. `what` is how errors call the resource: `queue "emails"`.

    NotFound where the folder, or a database in it, is not there; Throttled where no turn to write came in time;
    ServiceError where SQLite fails otherwise.
    """

    def __init__(self, folder: str, what: str, clock: Callable[[], float] = time.time) -> None:
        self.folder = folder
        self.what = what
        self.clock = clock
        """Seconds since 1970: what delays, visibility, retention and expiry go by."""
        self._path = os.path.join(folder, FILE)
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._opened: tuple[int, int, int] | None = None
        self._inherited: list[sqlite3.Connection] = []

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        """All rows of a query, as tuples."""
        with self._held() as connection:
            return connection.execute(sql, values).fetchall()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: committed at the end, undone where the block raises."""
        with self._held() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def settings(self) -> dict[str, Any]:
        """What the resource was last created with."""
        with self._held() as connection:
            return read_settings(connection)

    def stamp(self) -> tuple[int, int]:
        """Another one after every write, by this process or another: a cheap question, to be asked often."""
        with self._held() as connection:
            return connection.execute("PRAGMA data_version").fetchone()[0], connection.total_changes

    def close(self) -> None:
        """Closes the database. It is opened again where it is used again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = self._opened = None

    @contextmanager
    def _held(self) -> Iterator[sqlite3.Connection]:
        if not self._lock.acquire(timeout=TIMEOUT):
            raise Throttled(f"{self.what}: other threads kept it busy for {TIMEOUT:g} s")
        try:
            yield self._current()
        except sqlite3.Error as error:
            raise _told(self.what, error) from error
        finally:
            self._lock.release()

    def _current(self) -> sqlite3.Connection:
        """The connection to the database that is at the path now: a resource may have been removed, and made again."""
        try:
            status = os.stat(self._path)
        except OSError:
            raise NotFound(f"{self.what} is not there: there is no {self._path}") from None
        now = os.getpid(), status.st_dev, status.st_ino
        if self._connection is None or now != self._opened:
            if self._connection is not None and self._opened is not None and self._opened[0] != now[0]:
                self._inherited.append(self._connection)  # the parent's, not to be closed after a fork
            self._connection, self._opened = self._open(), now
        return self._connection

    def _open(self) -> sqlite3.Connection:
        connection = connect(self._path)
        layout = connection.execute("PRAGMA user_version").fetchone()[0]
        if layout != LAYOUT:
            connection.close()
            if layout == 0:
                raise NotFound(f"{self.what} is not there yet: {self._path} is still being made")
            raise ServiceError(f"{self.what}: {self._path} is of layout {layout}, this version reads {LAYOUT}")
        weakref.finalize(self, _close, connection, os.getpid())
        return connection


def create(
    folder: str, schema: Sequence[str], apply: Callable[[sqlite3.Connection, dict[str, Any] | None], None]
) -> None:
    """Makes folder and database, where they are not there, and calls `apply` with the settings so far (None: it is new)
    in the same transaction. Several processes may do so at once."""
    os.makedirs(folder, mode=0o700, exist_ok=True)
    try:
        with closing(connect(os.path.join(folder, FILE), mode="rwc")) as connection:
            _log_ahead(connection)
            connection.execute("BEGIN IMMEDIATE")
            for statement in (_SETTINGS, *schema):
                connection.execute(statement)
            apply(connection, read_settings(connection) or None)
            connection.execute(f"PRAGMA user_version = {LAYOUT}")
            connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise _told(folder, error) from error


def remove(folder: str) -> None:
    """Removes a resource and all that it holds, if it is there: at once for everybody else, whatever becomes of this
    process meanwhile. What such a one has left beside it is removed too."""
    from uuid import uuid4

    folder = folder.rstrip(os.sep)
    with suppress(FileNotFoundError):
        os.rename(folder, f"{folder}{REMOVED}{uuid4().hex}")
    parent = os.path.dirname(folder) or "."
    for name in os.listdir(parent) if os.path.isdir(parent) else []:
        if REMOVED in name:
            _erase(os.path.join(parent, name))


def _erase(folder: str) -> None:
    import shutil

    with suppress(OSError):
        for entry in list(os.scandir(folder)):
            if not entry.is_dir():
                os.unlink(entry.path)  # first, that nobody takes what is left for a resource
    shutil.rmtree(folder, ignore_errors=True)


def connect(path: str, mode: str = "rw") -> sqlite3.Connection:
    """A connection for any thread, which begins no transaction by itself."""
    from urllib.parse import quote

    connection = sqlite3.connect(
        f"file:{quote(path)}?mode={mode}", uri=True, timeout=TIMEOUT, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute("PRAGMA synchronous = NORMAL")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def read_settings(connection: sqlite3.Connection) -> dict[str, Any]:
    """What the resource was last created with; empty where it is new."""
    from json import loads

    row = connection.execute("SELECT value FROM settings WHERE id = 1").fetchone()
    return dict(loads(row[0])) if row else {}


def write_settings(connection: sqlite3.Connection, value: Mapping[str, Any]) -> None:
    """Puts these in their place."""
    from json import dumps

    connection.execute("INSERT OR REPLACE INTO settings VALUES (1, ?)", (dumps(dict(value)),))


def fixed(folder: str, before: Mapping[str, Any], after: Mapping[str, Any], names: Sequence[str]) -> None:
    """Conflict where a setting that can't be changed is another one."""
    for name in names:
        if before.get(name) != after.get(name):
            message = f"{name} of {folder} is {before.get(name)!r} and can't become {after.get(name)!r}"
            raise Conflict(f"{message}: remove it first, with all that it holds, or give the new one another name")


def _log_ahead(connection: sqlite3.Connection) -> None:
    """SQLite does not wait for its turn to change the journal's mode, so this does."""
    end = time.monotonic() + TIMEOUT
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in _BUSY or time.monotonic() > end:
                raise
        time.sleep(0.01)


def _close(connection: sqlite3.Connection, process: int) -> None:
    if os.getpid() == process:
        connection.close()


def _told(what: str, error: sqlite3.Error) -> Exception:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _BUSY:
        return Throttled(f"{what}: others were writing for {TIMEOUT:g} s")
    moved = getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_READONLY_DBMOVED
    if moved or code == sqlite3.SQLITE_CANTOPEN:  # removed since it was opened, or never there
        return NotFound(f"{what} is not there")
    return ServiceError(f"{what}: {type(error).__name__}: {error}")
