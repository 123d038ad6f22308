"""What a platform does for links: one driver a kind, in `links/<platform>/{tables,buckets,queues,topics}.py`, each a
module with a class `Table`, `Bucket`, `Queue` or `Topic`. Nothing that costs a cold start imports this one: it is for
type checkers to read.

What users call are the classes of `links/{tables,buckets,queues,topics}.py`. They check rights, sizes, names and
values, so that a driver is given nothing that only some platforms take, and they make one interface of what it returns:
of any tuple that has the order of `Stored` or `Found`. A driver is made once a process, may be called from several
threads, imports its SDK on first use, and raises `NotFound`, `Conflict`, `Throttled`, `TooLarge` or `ServiceError` (of
`runtime.errors`), never an error of an SDK.

Each is made by `Class(name, address, described)`: the resource's name in the spec; what the deployment told of it
(`SLS_DEPLOYED`), text or a JSON object, of the platform's own; what the manifest says of it (see `plan.manifest`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO, NamedTuple, Protocol

Value = Any
"""None, bool, int (at most 2^53 either way), float (finite), str, and lists and dicts (of str) of those."""
Key = tuple[str, str | None]
"""The key, and the sort key where the table has one."""


class Stored(NamedTuple):
    """An item and its version: text that changes with every write."""

    item: dict[str, Value]
    version: str


class Table(Protocol):
    """Items by key. `item`s hold their key's attributes, and nothing of the driver's own. Expired items (`ttl`) are
    never given, whether the platform has removed them yet or not."""

    def get(self, key: Key) -> Stored | None:
        """The item, read consistently; None where there is none."""

    def put(self, item: Mapping[str, Value], if_absent: bool, if_version: str | None) -> str:
        """Writes the whole item; its new version. Conflict where one of that key is there (`if_absent`; one that has
        expired is not), or is of another version or not there (`if_version`)."""

    def update(self, key: Key, changes: Mapping[str, Value], remove: Sequence[str], if_version: str | None) -> Stored:
        """Sets and removes top-level attributes, at once; the item as it then is. NotFound where there is none,
        Conflict where it is of another version."""

    def delete(self, key: Key, if_version: str | None) -> None:
        """Removes the item, if it is there. Conflict where it is of another version, or (`if_version`) not there."""

    def query(
        self, key: str, index: str | None, begins_with: str, limit: int, cursor: Mapping[str, Any] | None, reverse: bool
    ) -> tuple[list[Stored], Mapping[str, Any] | None]:
        """At most `limit` items of that key (of the index, where one is named), by the sort key in the order of its
        UTF-8 bytes, and where to go on; None at the end. `cursor` is what an earlier call gave, as JSON carries it."""

    def write(self, put: Sequence[Mapping[str, Value]], delete: Sequence[Key]) -> None:
        """Many at once, in no order and not atomic; no key twice. Throttled where some are left undone."""


class Found(NamedTuple):
    """What is known of an object."""

    size: int
    content_type: str
    etag: str
    """Without quotes."""


class Bucket(Protocol):
    """Objects (bytes) by key."""

    def get(self, key: str) -> bytes | None:
        """The content; None where there is none."""

    def head(self, key: str) -> Found | None:
        """What is known of it; None where there is none."""

    def open(self, key: str) -> BinaryIO:
        """The content as a file to be read, not all at once. NotFound where there is none."""

    def put(self, key: str, content: bytes | BinaryIO, content_type: str) -> None:
        """Writes it whole or not at all, over one that may be there. A file is read to its end, a part at a time."""

    def delete(self, key: str) -> None:
        """Removes it, if it is there."""

    def list(self, prefix: str) -> Iterator[str]:
        """All keys that start with it, in the order of their UTF-8 bytes."""

    def url(self, key: str, expires: int, method: str, content_type: str) -> str:
        """An address under which anybody can GET the object, or PUT one of that type, for so many seconds."""


class Queue(Protocol):
    """Messages to one consumer."""

    def send(self, body: str, attributes: Mapping[str, str], delay: int, group: str | None) -> str:
        """Puts a message on it, to be delivered after so many seconds; its id. `group`: of a FIFO queue, always there,
        of others never. ValueError where the platform has no delays."""


class Topic(Protocol):
    """Messages to all subscribers."""

    def publish(self, body: str, attributes: Mapping[str, str]) -> str:
        """Sends it to every subscriber; its id."""
