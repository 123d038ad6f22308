"""Which file of a bucket's folder holds a key.

files/a/b.txt      the object "a/b.txt", wherever a file can have the key's name
aside/<sha256>     objects whose keys no file can have: "a" beside "a/b", "a//b", names over 255 bytes
temporary/<hex>    what is being written, until it is moved to its place
versions/<sha256>/<nanoseconds>   what was replaced or deleted, in a bucket that keeps versions
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from hashlib import md5, sha256
from typing import NamedTuple
from uuid import uuid4

from ...errors import ServiceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

LONGEST_NAME = 255
LONGEST_PATH = 3000
"""Bytes; Linux takes 4,096 with the folder's own."""
PART = 1 << 20
"""Bytes that are read at once."""


class Mark(NamedTuple):
    """What tells a file from what lay there before."""

    size: int
    modified: int
    """Nanoseconds since 1970."""
    inode: int

    @classmethod
    def of(cls, status: os.stat_result) -> Mark:
        """Of a file that is there."""
        return cls(status.st_size, status.st_mtime_ns, status.st_ino)


class Files:
    """The files of one bucket."""

    def __init__(self, folder: str) -> None:
        self.root = os.path.join(folder, "files")
        self._folder = folder

    def make(self) -> None:
        """Makes the folders."""
        for name in ("files", "aside", "temporary"):
            os.makedirs(os.path.join(self._folder, name), exist_ok=True)

    def plain(self, key: str) -> str | None:
        """The path of a key among the plain files; None where a file can't be called so."""
        parts = [part.encode() for part in key.split("/")]
        if any(part in (b"", b".", b"..") or len(part) > LONGEST_NAME or b"\0" in part for part in parts):
            return None
        return os.path.join(self.root, key) if sum(map(len, parts)) + len(parts) <= LONGEST_PATH else None

    def aside(self, key: str) -> str:
        """Where a key lies that no plain file can have."""
        return os.path.join(self._folder, "aside", sha256(key.encode()).hexdigest())

    def find(self, key: str) -> str | None:
        """The file that holds the key now. A plain one counts before one that lies aside: it came later, by hand."""
        plain = self.plain(key)
        if plain is not None and os.path.isfile(plain):
            return plain
        aside = self.aside(key)
        return aside if os.path.isfile(aside) else None

    def temporary(self) -> str:
        """A path to write to first."""
        return os.path.join(self._folder, "temporary", uuid4().hex)

    def place(self, temporary: str, key: str) -> str:
        """Moves a file that was written to where the key lies, over what is there, at once; its path."""
        plain, aside = self.plain(key), self.aside(key)
        if plain is not None and _moved(temporary, plain):
            if os.path.exists(aside):
                os.unlink(aside)
            return plain
        os.replace(temporary, aside)
        return aside

    def keep(self, key: str, now: int) -> None:
        """Keeps what the key holds among its versions, under that time (nanoseconds since 1970)."""
        path = self.find(key)
        if path is not None:
            folder = os.path.join(self._folder, "versions", sha256(key.encode()).hexdigest())
            os.makedirs(folder, exist_ok=True)
            os.link(path, os.path.join(folder, str(now)))

    def remove(self, key: str) -> None:
        """Removes what the key holds, and folders that are left empty."""
        for path in (self.plain(key), self.aside(key)):
            if path is not None and os.path.isfile(path):
                os.unlink(path)
                self._prune(os.path.dirname(path))

    def walk(self, prefix: str = "") -> Iterator[str]:
        """The keys of all plain files that start with it, in no order. Names that are not UTF-8 are no keys."""
        start = prefix.rpartition("/")[0]
        waiting = [start] if not start or self.plain(start) is not None else []
        while waiting:
            inner = waiting.pop()
            try:
                entries = list(os.scandir(os.path.join(self.root, inner)))
            except (FileNotFoundError, NotADirectoryError, ValueError):
                continue
            for entry in entries:
                key = f"{inner}/{entry.name}" if inner else entry.name
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(key)
                elif entry.is_file() and _is_text(key) and key.startswith(prefix):
                    yield key

    def leftovers(self, name: str, older_than: float) -> Iterator[str]:
        """Files in `temporary` or `aside` that nobody has touched since that time (seconds since 1970)."""
        for entry in os.scandir(os.path.join(self._folder, name)):
            with suppress(FileNotFoundError):  # moved to its place meanwhile
                if entry.is_file() and entry.stat().st_mtime < older_than:
                    yield entry.path

    def _prune(self, folder: str) -> None:
        while folder.startswith(self.root + os.sep):
            try:
                os.rmdir(folder)
            except OSError:
                return
            folder = os.path.dirname(folder)


@contextmanager
def failing(what: str) -> Iterator[None]:
    """ServiceError where the file system fails, but for a file that is not there."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ServiceError(f"{what}: {error}") from error


@contextmanager
def gone_after(temporary: str) -> Iterator[None]:
    """Removes it at the end, where it was not moved to its place."""
    try:
        yield
    finally:
        with suppress(OSError):
            os.unlink(temporary)


def write(path: str, content: bytes | BinaryIO) -> str:
    """Writes a new file, a part at a time; its MD5, in hex."""
    digest = md5(usedforsecurity=False)
    with open(path, "xb") as file:
        while part := content if isinstance(content, bytes) else content.read(PART):
            digest.update(part)
            file.write(part)
            if isinstance(content, bytes):
                break
    return digest.hexdigest()


def etag(path: str) -> str:
    """A file's MD5, in hex."""
    with open(path, "rb") as file:
        digest = md5(usedforsecurity=False)
        while part := file.read(PART):
            digest.update(part)
    return digest.hexdigest()


def guessed(key: str) -> str:
    """The content type that a key's ending tells."""
    from mimetypes import guess_type

    return guess_type(key)[0] or "application/octet-stream"


def _moved(temporary: str, path: str) -> bool:
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.replace(temporary, path)
    except (FileExistsError, NotADirectoryError, IsADirectoryError):
        return False  # "a" is a file where "a/b" needs a folder, or the other way round
    return True


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
