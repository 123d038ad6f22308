"""A lane of a resource, or of a schedule, as a feed."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...runtime.links.local import buckets, queues, tables, topics
from ...runtime.links.local.lanes import Lane, Received
from ...runtime.links.local.store import FILE
from ..model_events import EventSpec
from .feed import HOLD, Settled, Taken

VISIBILITY = 3 * HOLD
"""Seconds for which what was taken is out of sight; it is held again before that. However long a function may take, it
is out of sight meanwhile, and soon in sight again after a power failure."""
UNBURIED = 60.0
"""Seconds until an event is tried again whose dead-letter queue is not to be had."""
YOUNG = 0.02
"""Seconds: file systems tell times no finer than this, so that a write just after a look would be missed."""


class LaneFeed:
    """Gives what waits in a lane."""

    def __init__(
        self, lane: Lane, event: str, bury: Lane, content: Callable[[Received], Mapping[str, Any]], *, recover: bool
    ) -> None:
        """`event`: the event source's name, for its dead letters; `bury`: where they go; `recover`: whether what was
        taken before is given again at once."""
        self.lane = lane
        self._event = event
        self._bury = bury
        self._content = content
        self._fifo: bool | None = None
        self._recover = recover
        self._log = f"{os.path.join(lane.store.folder, FILE)}-wal"
        self._seen: tuple[int, int] | None = None
        self._next: float | None = None
        """When the next message becomes due, as far as is known; seconds since 1970."""

    def exchange(self, settled: Sequence[Settled], limit: int) -> list[Taken]:
        self._seen = self._stamp()
        if self._fifo is None:
            self._fifo = self.lane.fifo
        if self._recover:
            # What was taken by a process that is gone before it settled it was no attempt of the message's own.
            self.lane.abandon()
            self._recover = False
        self._settle([each for each in settled if each.outcome != "bury"])
        self._bury_all([each for each in settled if each.outcome == "bury"])
        if not limit:
            return []
        taken = [self._taken(message) for message in self.lane.receive(limit, VISIBILITY)]
        self._next = self.lane.next_due(after=self.lane.store.clock())
        return taken

    def hold(self, taken: Sequence[Taken]) -> None:
        if taken:
            self.lane.hold([each.receipt for each in taken], VISIBILITY)

    def is_changed(self) -> bool:
        stamp = self._stamp()
        if stamp == self._seen:
            return False
        if stamp is None or time.time_ns() - stamp[0] > YOUNG * 1e9:
            self._seen = stamp
        return True

    def due_in(self) -> float | None:
        return None if self._next is None else self._next - self.lane.store.clock()

    def close(self) -> None:
        self.lane.store.close()
        self._bury.store.close()

    def _bury_all(self, settled: Sequence[Settled]) -> None:
        """Puts them into the dead-letter queue. Where that is not to be had they stay, to be tried again later."""
        for each in settled:
            try:
                self.lane.bury(each.taken.receipt, self._bury, self._event, each.reason)
            except Exception:
                self._settle([Settled(each.taken, "back", UNBURIED) for each in settled])
                raise

    def _settle(self, settled: Sequence[Settled]) -> None:
        if not settled:
            return
        done = [each.taken.receipt for each in settled if each.outcome == "done"]
        back = [(each.taken.receipt, each.delay, each.outcome != "back") for each in settled if each.outcome != "done"]
        self.lane.settle(done, back)

    def _taken(self, message: Received) -> Taken:
        group = message.group if self._fifo else None
        return Taken(message.id, message.attempt, self._content(message), group, message.receipt, len(message.body))

    def _stamp(self) -> tuple[int, int] | None:
        try:
            status = os.stat(self._log)
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size


def feed_of(event: EventSpec, *, recover: bool) -> LaneFeed:
    """What a queue, topic, bucket or table gives to an event source; nothing is opened yet."""
    return LaneFeed(lane_of(event), event.name, queue(event.dead_letter), content_of(event.kind), recover=recover)


def lane_of(event: EventSpec) -> Lane:
    """Where the events of a queue, topic, bucket or table wait."""
    match event.kind:
        case "topic":
            return topics.Topic(name_of(event.source), event.source, {}).subscription(event.subscription)
        case "upload":
            return buckets.Bucket(name_of(event.source), event.source, {}).subscription(event.subscription)
        case "change":
            return tables.Table(name_of(event.source), event.source, {}).subscription(event.subscription)
        case _:
            return queue(event.source)


def queue(path: str) -> queues.Queue:
    """The queue at that path."""
    return queues.Queue(name_of(path), path, {})


def name_of(path: str) -> str:
    """What errors call the resource at a path."""
    return os.path.basename(path)


def content_of(kind: str) -> Callable[[Received], Mapping[str, Any]]:
    """What of a message goes to the function."""
    return _message if kind in ("queue", "topic") else _described


def _message(message: Received) -> Mapping[str, Any]:
    return {"body": message.body, "attributes": message.attributes}


def _described(message: Received) -> Mapping[str, Any]:
    described: Mapping[str, Any] = json.loads(message.body)
    return described
