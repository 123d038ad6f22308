"""All event sources of a gateway, consumed while it runs; replaced one by one as its spec changes."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Mapping
from pathlib import Path
from typing import Any

from ..journal import Journal
from ..model_events import EventSpec, KeptSpec
from . import schedules
from .consuming import Call, Consumption
from .feed import Feed
from .lanes import feed_of
from .schedules import SCHEDULES
from .upkeep import Upkeep


class Consumers:
    """Those of one gateway."""

    def __init__(self, folder: Path | None, call: Call, journal: Journal) -> None:
        """`folder`: where the state of schedules is kept; None: nowhere, for a gateway that has none."""
        self._folder = folder
        self._call = call
        self._journal = journal
        self._running: dict[str, Consumption] = {}
        self._upkeep: Upkeep | None = None
        self._wanted: dict[str, EventSpec] = {}
        self._ends: dict[str, asyncio.Task[None]] = {}
        """Name → the end of the one that was consumed under it."""
        self._known: set[tuple[str, str]] = set()
        """Sources that were consumed by this process before: what is taken there is not abandoned."""
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is due, taken or on its way, as far as is known."""
        return all(each.is_idle for each in self._running.values())

    async def apply(self, events: Iterable[EventSpec], kept: KeptSpec, calls: Mapping[str, int]) -> None:
        """Consumes these from now on. `calls`: function → how many calls may be made at once. What has not changed
        goes on; what has, begins when the one before it has come to its end. Raises what goes wrong with the state of
        schedules."""
        wanted = {event.name: event for event in events}
        timed = [event.name for event in wanted.values() if event.kind == "schedule"]
        if timed or self._has_state():
            await asyncio.to_thread(self._prepare, timed)
        self._wanted = wanted
        for name, running in list(self._running.items()):
            event = wanted.get(name)
            if event is None or running.spec != event or running.calls != _calls(event, calls):
                self._end(name)
        for name, event in wanted.items():
            if name in self._ends:
                self._after(name, event, calls)
            elif name not in self._running:
                self._begin(event, calls)
        if self._upkeep is None or self._upkeep.kept != kept:
            if self._upkeep is not None:
                self._later(self._upkeep.stop())
            self._upkeep = Upkeep(kept, self._journal)
            self._upkeep.start()

    async def close(self) -> None:
        """Takes no more events, and waits for those on their way."""
        self._wanted = {}
        stopping = [running.stop() for running in self._running.values()]
        self._running = {}
        if self._upkeep is not None:
            stopping.append(self._upkeep.stop())
        await asyncio.gather(*stopping, *self._tasks)

    def _has_state(self) -> bool:
        return self._folder is not None and (self._folder / SCHEDULES).exists()

    def _prepare(self, timed: list[str]) -> None:
        assert self._folder is not None
        place = str(self._folder / SCHEDULES)
        schedules.create(place)
        schedules.forget(place, timed)

    def _begin(self, event: EventSpec, calls: Mapping[str, int]) -> None:
        place = event.source, event.subscription or event.name
        feed = self._feed(event, place not in self._known)
        self._known.add(place)
        running = Consumption(event, feed, self._call, self._journal, _calls(event, calls))
        self._running[event.name] = running
        running.start()

    def _end(self, name: str) -> None:
        stopping = self._running.pop(name).stop()
        self._ends[name] = self._later(stopping)

    def _after(self, name: str, event: EventSpec, calls: Mapping[str, int]) -> None:
        """Begins once the one of that name before it has come to its end, unless things have changed by then."""
        before = self._ends[name]

        async def begin() -> None:
            await asyncio.wait([before])
            if self._ends.get(name) is before:
                del self._ends[name]
                if self._wanted.get(name) is event:
                    self._begin(event, calls)

        self._later(begin())

    def _later(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _feed(self, event: EventSpec, is_first: bool) -> Feed:
        if event.kind != "schedule":
            return feed_of(event, recover=is_first)
        assert self._folder is not None
        loop = asyncio.get_running_loop()

        def tell(message: str) -> None:  # called by the feed's thread
            loop.call_soon_threadsafe(self._journal.event, "warning", message)

        return schedules.ScheduleFeed(event, str(self._folder / SCHEDULES), tell, recover=is_first)


def _calls(event: EventSpec, calls: Mapping[str, int]) -> int:
    return event.concurrency or calls[event.function]
