"""What links offer, as types. Never imported when a handler runs: type checkers alone read it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol


class Table(Protocol):
    """Items by key. A table with a sort key takes it as the second argument."""

    def get(self, key: str, sort: str | None = None) -> dict[str, Any] | None:
        """The item, or None where there is none."""

    def put(self, item: Mapping[str, Any]) -> None:
        """Writes the whole item, which holds its key, over one that may be there."""

    def delete(self, key: str, sort: str | None = None) -> None:
        """Removes the item, if it is there."""

    def update(self, key: str, changes: Mapping[str, Any], sort: str | None = None) -> dict[str, Any]:
        """Sets these attributes of the item and gives it as it then is."""

    def query(self, key: str, *, index: str | None = None) -> Iterator[dict[str, Any]]:
        """Every item of that key, in the order of the sort key."""


class Bucket(Protocol):
    """Objects (bytes) by key."""

    def get(self, key: str) -> bytes | None:
        """The object's content, or None where there is none."""

    def put(self, key: str, content: bytes | str, *, content_type: str | None = None) -> None:
        """Writes the object over one that may be there."""

    def delete(self, key: str) -> None:
        """Removes the object, if it is there."""

    def list(self, prefix: str = "") -> Iterable[str]:
        """Keys that start with the prefix, sorted."""

    def url(self, key: str, *, expires: int = 3600) -> str:
        """An address under which anyone can read the object for so many seconds."""


class Queue(Protocol):
    """Messages to the one consumer of a queue."""

    def send(self, body: Any, *, delay: int = 0) -> None:
        """Puts a message on the queue, to be delivered after so many seconds."""


class Topic(Protocol):
    """Messages to all subscribers of a topic."""

    def publish(self, body: Any) -> None:
        """Sends a message to every subscriber."""
