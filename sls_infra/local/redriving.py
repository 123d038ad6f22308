"""Dead letters of this machine: listed, and put back to the event source where they failed, whoever consumes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ..runtime.links.local.lanes import Lane
from ..runtime.links.local.letters import Redriven, reason_of, redrive
from .events.lanes import lane_of, queue
from .events.schedules import SCHEDULES, lane_of_schedule
from .model import EventSpec

Place = Callable[[], Lane]
"""Opens the lane that letters of an event source go back to."""
ALL = 1_000_000


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter, to be shown."""

    id: str
    body: str
    source: str
    """The event source that gave up."""
    attempts: int
    reason: str
    failed_at: str


def places(events: Iterable[EventSpec], state: Path) -> dict[str, Place]:
    """Event source → where its letters go back to. `state`: the gateway's folder of events."""
    found: dict[str, Place] = {}
    for event in events:
        timed = partial(lane_of_schedule, str(state / SCHEDULES), event.name)
        found[event.name] = timed if event.kind == "schedule" else partial(lane_of, event)
    return found


def letters(path: str) -> list[Letter]:
    """The letters in the queue at that path, oldest first. NotFound where there is no queue."""
    found = []
    for message in queue(path).peek(ALL):
        told = reason_of(message)
        source, reason = str(told.get("source", "unknown")), str(told.get("reason", "it tells no reason"))
        failed_at = str(told.get("failed_at", ""))
        found.append(Letter(message.id, message.body, source, int(told.get("attempts", 0)), reason, failed_at))
    return found


def put_back(path: str, sources: Mapping[str, Place]) -> Redriven:
    """Puts the letters in the queue at that path back. NotFound where there is none."""
    opened: dict[str, Lane] = {}

    def lane(source: str) -> Lane | None:
        if source not in opened and source in sources:
            opened[source] = sources[source]()
        return opened.get(source)

    return redrive(queue(path), lane)
