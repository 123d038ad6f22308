"""Finding what was put into a bucket's folder by hand, and clearing up what interrupted writers have left."""

from __future__ import annotations

import os
import time
from contextlib import suppress

from . import objects
from .files import Mark

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .files import Files
    from .store import Store

LEFT = 86400.0
"""Seconds after which a half-written file is nobody's any more."""


def scan(store: Store, files: Files, settle: float) -> list[str]:
    """Notes files that are new or changed, and forgets those that are gone; the keys of the former. One that was
    modified less than `settle` seconds ago may still be being written, and waits."""
    known = {row[0]: Mark(*row[1:]) for row in store.rows("SELECT key, size, modified, inode FROM objects")}
    found = [key for key in sorted(files.walk()) if _news(store, files, key, known.get(key), settle)]
    gone = [key for key in known if files.find(key) is None]
    if gone:
        with store.writing() as connection:
            for key in gone:
                if files.find(key) is None:
                    objects.forget(connection, key)
    _clear(store, files)
    return found


def _news(store: Store, files: Files, key: str, known: Mark | None, settle: float) -> bool:
    path = files.plain(key)
    try:
        if path is None or (mark := Mark.of(os.stat(path))) == known:
            return False
        if 0 <= time.time() - mark.modified / 1e9 < settle:
            return False
        entry = objects.current(key, path, objects.entry(store.rows(objects.READ, (key,))))
        with store.writing() as connection:
            before = objects.entry(connection.execute(objects.READ, (key,)).fetchall())
            if Mark.of(os.stat(path)) != mark or (before is not None and before.mark == mark):
                return False  # written again meanwhile, by hand or by a put, which has told of it
            objects.note(connection, store.clock(), key, entry._replace(mark=mark))
    except FileNotFoundError:
        return False
    if os.path.exists(aside := files.aside(key)):
        os.unlink(aside)
    return True


def _clear(store: Store, files: Files) -> None:
    old = time.time() - LEFT
    for path in [*files.leftovers("temporary", old)]:
        with suppress(FileNotFoundError):
            os.unlink(path)
    asides = [*files.leftovers("aside", old)]
    if asides:
        with store.writing() as connection:
            keys = [row[0] for row in connection.execute("SELECT key FROM objects")]
            for path in {*asides} - {files.aside(key) for key in keys}:
                os.unlink(path)
