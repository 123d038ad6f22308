"""This machine: the gateway's consumer of an event source, over lanes in a folder, and a worker of its own protocol."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sls_infra.local.events import consuming
from sls_infra.local.events.feed import Settled, Taken
from sls_infra.local.events.lanes import LaneFeed, content_of
from sls_infra.local.model_events import EventSpec
from sls_infra.plan.model import EventPlan, FunctionPlan, Plan
from sls_infra.providers.local.events import event_of
from sls_infra.runtime.links.local import queues

from .local_worker import Asked, working
from .process import make_resources, process, read_letter, seen, write_bundle
from .world import AGAIN, DONE, Due, Happened, Outcome, Put, Sent, Written

TIMEOUT = 30.0
"""Seconds for what is to be delivered."""
VISIBILITY = 60.0


class Silent:
    """A journal that nobody reads."""

    def __getattr__(self, name: str) -> Any:
        return lambda *args: None


class Once:
    """A feed that gives each event once, and notices when all of them are settled, or can't be."""

    def __init__(self, feed: LaneFeed, count: int) -> None:
        self._feed = feed
        self._left = count
        self._open = 0
        self.over = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def exchange(self, settled: Sequence[Settled], limit: int) -> list[Taken]:
        """As the feed, for so many events."""
        try:
            taken = self._feed.exchange(settled, min(limit, self._left))
        except Exception:
            self._end()
            raise
        self._left -= len(taken)
        self._open += len(taken) - len(settled)
        if not (self._open or (taken and self._left)):
            self._end()
        return taken

    def _end(self) -> None:
        self._left = 0
        self._loop.call_soon_threadsafe(self.over.set)

    def hold(self, taken: Sequence[Taken]) -> None:
        self._feed.hold(taken)

    def is_changed(self) -> bool:
        return self._feed.is_changed()

    def due_in(self) -> float | None:
        return self._feed.due_in()

    def close(self) -> None:
        self._feed.close()


class LocalServed:
    """The worker, and where things wait."""

    def __init__(self, worker: Asked, plan: Plan, folder: Path) -> None:
        self._worker = worker
        self._plan = plan
        self._folder = folder
        self._count = 0
        self._graves = folder / "queues"
        for queue in plan.queues:
            queues.create(str(self._graves / queue.name), {"fifo": queue.fifo})

    @property
    def seen(self) -> list[Any]:
        return seen()

    def deliver(self, source: str, events: Sequence[Happened], attempt: int = 1) -> list[Outcome]:
        (event,) = (each for each in self._plan.events if each.name == source)
        return self._deliver(self._spec(event), events, attempt)

    def break_graves(self) -> None:
        for queue in self._plan.queues:
            queues.remove(str(self._graves / queue.name))

    def stray(self) -> bool:
        (event,) = (each for each in self._plan.events if each.name == "messages")
        known = {**self._spec(event).to_json(), "name": "of-somebody-else"}
        return self._deliver(EventSpec.from_json(known), [Sent(body="x")], 1) == [AGAIN]

    def _spec(self, event: EventPlan) -> EventSpec:
        """As the deployment writes it for the gateway."""
        refs = {
            f"{kind}s": {
                each.name: str(self._folder / f"{kind}s" / each.name) for each in getattr(self._plan, f"{kind}s")
            }
            for kind in ("queue", "topic", "bucket", "table")
        }
        by_kind = {kind.removesuffix("s"): names for kind, names in refs.items()}
        subscribers = {each.name: f"events/{each.name}" for each in self._plan.events}
        return EventSpec.from_json(event_of(event, by_kind, subscribers))

    def _deliver(self, spec: EventSpec, events: Sequence[Happened], attempt: int) -> list[Outcome]:
        """From a lane of its own, whose messages have been received so often already."""
        self._count += 1
        path = str(self._folder / f"lane-{self._count}")
        ordered = spec.kind == "change" or any(isinstance(event, Sent) and event.group for event in events)
        queues.create(path, {"fifo": ordered})
        lane = queues.Queue("lane", path, {})
        for event in events:
            _put(lane, event)
        for _ in range(attempt - 1):
            for received in lane.receive(len(events), VISIBILITY):
                lane.release(received.receipt)
        asyncio.run(self._consumed(spec, lane, len(events)))
        waiting = {message.id for message in lane.peek()}
        lane.store.close()
        dead = self._dead(spec)
        return [AGAIN if event.id in waiting else dead.get(event.id, DONE) for event in events]

    async def _consumed(self, spec: EventSpec, lane: queues.Queue, count: int) -> None:
        bury = queues.Queue("dead letters", spec.dead_letter, {})
        feed = Once(LaneFeed(lane, spec.name, bury, content_of(spec.kind), recover=False), count)
        consumption = consuming.Consumption(spec, feed, self._worker.call, Silent(), 1)
        consumption.start()
        try:
            await asyncio.wait_for(feed.over.wait(), TIMEOUT)
        finally:
            await consumption.stop()

    def _dead(self, spec: EventSpec) -> dict[str, Outcome]:
        """Id → what its dead letter says; they are taken away."""
        if not Path(spec.dead_letter).exists():
            return {}
        queue = queues.Queue("dead letters", spec.dead_letter, {})
        found = {each.id: Outcome("dead", read_letter(each.body, each.attributes)) for each in queue.peek()}
        queue.clear()
        queue.store.close()
        return found


def _put(lane: queues.Queue, event: Happened) -> None:
    """As the drivers and clocks of this machine write it down."""
    match event:
        case Sent():
            lane.put(event.body, event.attributes, group=event.group, id=event.id)
        case Put():
            told = {"key": event.key, "size": event.size, "content_type": event.content_type, "etag": event.etag}
            lane.put(json.dumps(told), {}, id=event.id)
        case Written():
            change = {"kind": event.kind, "key": {"id": event.key}, "old": event.old, "new": event.new}
            lane.put(json.dumps(change), {}, group=json.dumps([event.key, ""]), id=event.id)
        case Due():
            lane.put(json.dumps({"scheduled_at": f"{event.at:%Y-%m-%dT%H:%M:%SZ}"}), {}, id=event.id)


class World:
    """A gateway's consumers."""

    platform = "local"
    lacking: Mapping[str, str] = {"garbled": "what waits is written by its own drivers alone"}

    @contextmanager
    def serve(
        self, plan: Plan, function: FunctionPlan, deployed: Mapping[str, Any], folder: Path, code: str
    ) -> Iterator[LocalServed]:
        """Starts the worker. What its rendering tells it are paths of a stack: here they are the folder's."""
        manifest = write_bundle(plan, function, folder, code)
        addresses = make_resources(plan, folder)
        told = {kind: {name: addresses[kind][name] for name in names} for kind, names in deployed.items()}
        with process(folder, told), pytest.MonkeyPatch.context() as patch:
            patch.setattr(consuming, "TROUBLE", 0.01)
            with working(manifest) as worker:
                yield LocalServed(worker, plan, folder)
