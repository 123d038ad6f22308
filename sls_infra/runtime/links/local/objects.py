"""What a bucket's database knows of its objects, and telling the bucket's subscribers of an upload.

The files are what counts: an entry holds for the file that it was made for (`Mark`), and no longer.
"""

from __future__ import annotations

import os
from json import dumps
from typing import NamedTuple
from uuid import uuid4

from ..drivers import Found
from .files import Mark, etag, guessed
from .subscriptions import tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from typing import Any

SCHEMA = (
    """CREATE TABLE IF NOT EXISTS objects (
        key TEXT PRIMARY KEY, size INTEGER NOT NULL, modified INTEGER NOT NULL, inode INTEGER NOT NULL,
        etag TEXT NOT NULL, content_type TEXT NOT NULL) WITHOUT ROWID""",
)
READ = "SELECT size, modified, inode, etag, content_type FROM objects WHERE key = ?"


class Entry(NamedTuple):
    """What is known of an object."""

    mark: Mark
    etag: str
    content_type: str

    def found(self) -> Found:
        """As the driver tells it."""
        return Found(self.mark.size, self.content_type, self.etag)


def entry(rows: Sequence[Any]) -> Entry | None:
    """Of the rows of `READ`."""
    return Entry(Mark(*rows[0][:3]), *rows[0][3:]) if rows else None


def current(key: str, path: str, known: Entry | None) -> Entry:
    """What holds for the file that is there: what is known, where that is of this file, else what the file tells."""
    mark = Mark.of(os.stat(path))
    if known is not None and known.mark == mark:
        return known
    tag = etag(path)
    same = known is not None and known.etag == tag
    return Entry(mark, tag, known.content_type if known is not None and same else guessed(key))


def note(connection: sqlite3.Connection, now: float, key: str, entry: Entry) -> None:
    """Writes down an object that was put, and tells subscribers, within somebody's transaction."""
    values = (key, *entry.mark, entry.etag, entry.content_type)
    connection.execute("INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?, ?)", values)
    told = {"key": key, "size": entry.mark.size, "content_type": entry.content_type, "etag": entry.etag}

    def wanted(filter: dict[str, Any]) -> bool:
        return key.startswith(filter["prefix"]) and key.endswith(filter["suffix"])

    tell(connection, now, dumps(told), wanted, id=uuid4().hex)


def forget(connection: sqlite3.Connection, key: str) -> None:
    """Removes what is known of an object that is gone."""
    connection.execute("DELETE FROM objects WHERE key = ?", (key,))
