"""Buckets: plain files in the folder `files`, to look into and to drop files into; subscribers get each upload."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from secrets import token_hex

from ...errors import NotFound
from ..drivers import Found
from . import lanes, objects, scanning, signing, store, subscriptions
from .files import Files, Mark, failing, gone_after, write
from .store import remove

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any, BinaryIO


__all__ = ["RETENTION", "Bucket", "create", "remove"]

RETENTION = 4 * 86400
"""Seconds that an upload waits for a subscriber."""


def create(path: str, described: Mapping[str, Any] | None = None) -> list[str]:
    """Makes a bucket in a folder of its own. `described`: "expire_after" (days; None: never), "versioned" (False), and
    "name", which its addresses call it by (the folder's).

    Where it is there, it gets the new settings, which hold for the objects there too; what changed is returned, in
    words.
    """
    given = described or {}
    name = given.get("name") or os.path.basename(os.path.normpath(path))
    wanted = {"name": name, "expire_after": given.get("expire_after"), "versioned": bool(given.get("versioned"))}
    told: list[str] = []

    def apply(connection: sqlite3.Connection, before: dict[str, Any] | None) -> None:
        secret = before["secret"] if before else token_hex(32)
        changed = [name for name in wanted if before and before[name] != wanted[name]]
        told.extend(f"{name}: {(before or {})[name]} → {wanted[name]}" for name in changed)
        Files(path).make()
        store.write_settings(connection, {**wanted, "secret": secret})

    store.create(path, (*objects.SCHEMA, *lanes.SCHEMA, *subscriptions.SCHEMA), apply)
    return told


class Bucket:
    """The driver, and what the daemon, the commands and tests do with a bucket."""

    def __init__(
        self, name: str, address: str, described: Mapping[str, Any], *, clock: Callable[[], float] = time.time
    ) -> None:
        self.name = name
        self.store = store.Store(address, f'bucket "{name}"', clock)
        self.files = Files(address)
        self._subscriptions = subscriptions.Subscriptions(self.store, fifo=False, retention=RETENTION)

    def get(self, key: str) -> bytes | None:
        """The content; None where there is none."""
        try:
            with self.open(key) as file:
                return file.read()
        except NotFound:
            self.store.settings()  # NotFound where it is the bucket that is not there
            return None

    def head(self, key: str) -> Found | None:
        """What is known of it; None where there is none."""
        known = objects.entry(self.store.rows(objects.READ, (key,)))
        path = self.files.find(key)
        with suppress(FileNotFoundError), failing(self.store.what):
            return None if path is None else objects.current(key, path, known).found()
        return None

    def open(self, key: str) -> BinaryIO:
        """The content as a file. NotFound where there is none."""
        path = self.files.find(key)
        if path is not None:
            with suppress(FileNotFoundError), failing(self.store.what):
                return open(path, "rb")
        self.store.settings()
        raise NotFound(f"{self.store.what}: there is no object {key!r}")

    def put(self, key: str, content: bytes | BinaryIO, content_type: str) -> None:
        """Writes it whole or not at all."""
        versioned, temporary = self.store.settings()["versioned"], self.files.temporary()
        with failing(self.store.what), gone_after(temporary):
            tag = write(temporary, content)
            with self.store.writing() as connection:
                if versioned:
                    self.files.keep(key, time.time_ns())
                mark = Mark.of(os.stat(self.files.place(temporary, key)))
                objects.note(connection, self.store.clock(), key, objects.Entry(mark, tag, content_type))

    def delete(self, key: str) -> None:
        """Removes it, if it is there."""
        versioned = self.store.settings()["versioned"]
        with failing(self.store.what), self.store.writing() as connection:
            if versioned:
                self.files.keep(key, time.time_ns())
            self.files.remove(key)
            objects.forget(connection, key)

    def list(self, prefix: str) -> Iterator[str]:
        """All keys that start with it, in the order of their UTF-8 bytes."""
        known = (row[0] for row in self.store.rows("SELECT key FROM objects"))
        aside = {key for key in known if key.startswith(prefix) and self.files.find(key) is not None}
        return iter(sorted({*self.files.walk(prefix), *aside}))

    def url(self, key: str, expires: int, method: str, content_type: str) -> str:
        """An address of the local gateway, good for so many seconds. ServiceError where no gateway has told its own
        (see signing.tell_gateway)."""
        grant = signing.Grant(key, method, content_type if method == "PUT" else "")
        return signing.address(self.store, grant, int(self.store.clock()) + expires)

    def scan(self, settle: float = 1.0) -> Sequence[str]:
        """Finds what was put into the folder or changed there by hand, and tells subscribers; its keys. A file that was
        modified less than `settle` seconds ago waits. Clears up what interrupted writers have left."""
        with failing(self.store.what):
            return scanning.scan(self.store, self.files, settle)

    def expire(self) -> Sequence[str]:
        """Deletes objects that are older than the bucket keeps them; their keys."""
        days = self.store.settings()["expire_after"]
        return [] if days is None else [key for key in self.list("") if self._expire(key, days * 86400)]

    def _expire(self, key: str, seconds: float) -> bool:
        path = self.files.find(key)
        try:
            status = os.stat(path or "")
        except FileNotFoundError:
            return False
        old = self.store.clock() - max(status.st_mtime, status.st_ctime) >= seconds  # a moved file keeps its mtime
        if old:
            self.delete(key)
        return old

    def subscribe(self, name: str, prefix: str = "", suffix: str = "") -> lanes.Lane:
        """From now on a subscriber of that name is told uploads of such keys; its lane. The body of each message is
        JSON: {"key": "a/b.pdf", "size": 3, "content_type": "application/pdf", "etag": "…"}."""
        self._subscriptions.subscribe(name, {"prefix": prefix, "suffix": suffix})
        return self.subscription(name)

    def unsubscribe(self, name: str) -> None:
        """Drops a subscriber, and what waits for it."""
        self._subscriptions.unsubscribe(name)

    def subscription(self, name: str) -> lanes.Lane:
        """What a subscriber has still to get."""
        return self._subscriptions.lane(name)

    def subscribers(self) -> dict[str, dict[str, Any]]:
        """Subscriber → {"prefix": …, "suffix": …}."""
        return self._subscriptions.names()
