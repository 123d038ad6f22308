"""Where events wait: what every source looks like to who consumes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(eq=False, slots=True)
class Taken:
    """An event that was taken to be delivered: nobody else is given it until it is settled, or held no longer."""

    id: str
    """The same each time that it is taken."""
    attempt: int
    """Which delivery this is, from 1."""
    content: Mapping[str, Any]
    """The event as a worker is sent it: see `sls_infra.runtime.entry.local_events`."""
    group: str | None = None
    """Events of one group are delivered in order, one batch after the other."""
    receipt: str = ""
    """The source's own."""
    size: int = 0
    """Bytes, about."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of an event."""

    taken: Taken
    outcome: str
    """"done", "retry" (to be taken again after `delay`), "back" (the same, without this attempt having counted), or
    "bury" (into the dead-letter queue)."""
    delay: float = 0
    """Seconds."""
    reason: str = ""


class Feed(Protocol):
    """A source's events. Used by one thread; what goes wrong is an error of SQLite's or of the system's."""

    def exchange(self, settled: Sequence[Settled], limit: int) -> list[Taken]:
        """Writes down what became of events, at once, then takes at most `limit` that are due."""

    def hold(self, taken: Sequence[Taken]) -> None:
        """Keeps what was taken for longer. To be called every `HOLD` seconds."""

    def is_changed(self) -> bool:
        """Whether something may have come since this was last asked. Cheap: asked many times a second, on the loop."""

    def due_in(self) -> float | None:
        """Seconds until the next event that is known to become due; None: only a change or a look can tell."""

    def close(self) -> None:
        """Lets go of files."""


HOLD = 20.0
"""Seconds after which what was taken is held again; a feed holds it for at least three times as long."""
