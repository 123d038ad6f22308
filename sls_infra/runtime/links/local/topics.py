"""Topics: what is published is told every subscriber."""

from __future__ import annotations

import time
from uuid import uuid4

from . import lanes, store, subscriptions
from .store import remove

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

__all__ = ["RETENTION", "Topic", "create", "remove"]

RETENTION = 4 * 86400
"""Seconds that a message waits for a subscriber."""


def create(path: str, described: Mapping[str, Any] | None = None) -> list[str]:
    """Makes a topic in a folder of its own. Where it is there, nothing happens; no settings can change."""
    store.create(
        path, (*lanes.SCHEMA, *subscriptions.SCHEMA), lambda connection, _: store.write_settings(connection, {})
    )
    return []


class Topic:
    """The driver, and what the daemon, the commands and tests do with a topic."""

    def __init__(
        self, name: str, address: str, described: Mapping[str, Any], *, clock: Callable[[], float] = time.time
    ) -> None:
        self.name = name
        self.store = store.Store(address, f'topic "{name}"', clock)
        self._subscriptions = subscriptions.Subscriptions(self.store, fifo=False, retention=RETENTION)

    def publish(self, body: str, attributes: Mapping[str, str]) -> str:
        """Sends it to every subscriber; its id. All of them get it, or, where this fails, none."""
        id = uuid4().hex

        def wanted(filter: dict[str, Any]) -> bool:
            return all(attributes.get(name) in values for name, values in filter.items())

        with self.store.writing() as connection:
            subscriptions.tell(connection, self.store.clock(), body, wanted, id=id, attributes=attributes)
        return id

    def subscribe(self, name: str, attributes: Mapping[str, Any] | None = None) -> lanes.Lane:
        """From now on a subscriber of that name gets messages that have, for each of these attributes, one of its
        values; its lane. Where it is there, it goes on with this filter, and keeps what waits for it."""
        self._subscriptions.subscribe(name, {key: list(values) for key, values in (attributes or {}).items()})
        return self.subscription(name)

    def unsubscribe(self, name: str) -> None:
        """Drops a subscriber, and what waits for it."""
        self._subscriptions.unsubscribe(name)

    def subscription(self, name: str) -> lanes.Lane:
        """What a subscriber has still to get."""
        return self._subscriptions.lane(name)

    def subscribers(self) -> dict[str, dict[str, Any]]:
        """Subscriber → the attributes that it wants."""
        return self._subscriptions.names()
