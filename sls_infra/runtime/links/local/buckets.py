"""Buckets: plain files in the folder `files`, to look into and to drop files into; subscribers get each upload."""

from __future__ import annotations

import time

from ..drivers import Found
from . import lanes, store, subscriptions
from .store import remove

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any, BinaryIO


__all__ = ["RETENTION", "Bucket", "create", "remove"]

RETENTION = 4 * 86400
"""Seconds that an upload waits for a subscriber."""


def create(path: str, described: Mapping[str, Any] | None = None) -> list[str]:
    """Makes a bucket in a folder of its own. `described`: "expire_after" (days; None: never).

    Where it is there, it gets a new expiry, for the objects there too; what changed is returned, in words.
    """
    raise NotImplementedError


class Bucket:
    """The driver, and what the daemon, the commands and tests do with a bucket."""

    def __init__(
        self, name: str, address: str, described: Mapping[str, Any], *, clock: Callable[[], float] = time.time
    ) -> None:
        self.name = name
        self.store = store.Store(address, f'bucket "{name}"', clock)
        self._subscriptions = subscriptions.Subscriptions(self.store, fifo=False, retention=RETENTION)

    def get(self, key: str) -> bytes | None:
        """The content; None where there is none."""
        raise NotImplementedError

    def head(self, key: str) -> Found | None:
        """What is known of it; None where there is none."""
        raise NotImplementedError

    def open(self, key: str) -> BinaryIO:
        """The content as a file. NotFound where there is none."""
        raise NotImplementedError

    def put(self, key: str, content: bytes | BinaryIO, content_type: str) -> None:
        """Writes it whole or not at all."""
        raise NotImplementedError

    def delete(self, key: str) -> None:
        """Removes it, if it is there."""
        raise NotImplementedError

    def list(self, prefix: str) -> Iterator[str]:
        """All keys that start with it, in the order of their UTF-8 bytes."""
        raise NotImplementedError

    def url(self, key: str, expires: int, method: str, content_type: str) -> str:
        """An address of the local gateway, good for so many seconds. ServiceError where no gateway has told its own
        (see signing.tell_gateway)."""
        raise NotImplementedError

    def scan(self) -> Sequence[str]:
        """Finds what was put into the folder or changed there by hand, and tells subscribers; its keys. Clears up what
        interrupted writers have left."""
        raise NotImplementedError

    def expire(self) -> Sequence[str]:
        """Deletes objects that are older than the bucket keeps them; their keys."""
        raise NotImplementedError

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
