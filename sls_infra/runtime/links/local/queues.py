"""Queues. A queue is one lane of messages."""

from __future__ import annotations

import time

from . import store
from .lanes import SCHEMA, Lane, Received
from .store import remove

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping
    from typing import Any

__all__ = ["RETENTION", "Queue", "Received", "create", "remove"]

RETENTION = 4 * 86400
"""Seconds, where nothing is said."""


def create(path: str, described: Mapping[str, Any] | None = None) -> list[str]:
    """Makes a queue in a folder of its own. `described`: "fifo" (False), "retention" (seconds; 4 days).

    Where it is there, it gets a new retention, which holds for the messages there too; what changed is returned, in
    words. Conflict where it is to become FIFO, or to be so no more.
    """
    wanted = {"fifo": bool((described or {}).get("fifo")), "retention": (described or {}).get("retention") or RETENTION}
    told: list[str] = []

    def apply(connection: sqlite3.Connection, before: dict[str, Any] | None) -> None:
        if before is not None:
            store.fixed(path, before, wanted, ["fifo"])
            if before["retention"] != wanted["retention"]:
                change = f"retention: {before['retention']:g} → {wanted['retention']:g} s"
                told.append(f"{change}, for messages that are there too")
        store.write_settings(connection, wanted)

    store.create(path, SCHEMA, apply)
    return told


class Queue(Lane):
    """The driver, and what the daemon, the commands and tests do with a queue (see Lane)."""

    def __init__(
        self, name: str, address: str, described: Mapping[str, Any], *, clock: Callable[[], float] = time.time
    ) -> None:
        super().__init__(store.Store(address, f'queue "{name}"', clock))
        self.name = name

    def send(self, body: str, attributes: Mapping[str, str], delay: int, group: str | None) -> str:
        """Puts a message on it, to be delivered after so many seconds; its id."""
        return self.put(body, attributes, delay=delay, group=group)
