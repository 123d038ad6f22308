"""Queues: a topic of Pub/Sub with one subscription."""

from __future__ import annotations

from .topics import published

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class Queue:
    """A queue, by the name of its topic."""

    def __init__(self, name: str, address: str, described: Mapping[str, Any]) -> None:
        self._what = f'queue "{name}"'
        self._topic = address

    def send(self, body: str, attributes: Mapping[str, str], delay: int, group: str | None) -> str:
        """As `drivers.Queue.send`. ValueError for a delay: Pub/Sub has none."""
        if delay:
            raise ValueError(f"{self._what}: Google Cloud's Pub/Sub delivers at once: send without delay")
        return published(self._what, self._topic, body, attributes, group)
