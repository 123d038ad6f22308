"""The queues, topics, buckets and tables of an Api where its functions are called in process: those of this machine, in
a folder for temporary files."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ..errors import SlsError
from ..plan.manifest_events import reached, table_described
from ..plan.model import BucketPlan, FunctionPlan, Plan, QueuePlan, ResourceKind, SchedulePlan, TablePlan, TopicPlan
from ..runtime.links.buckets import Bucket
from ..runtime.links.local import buckets, queues, signing, tables, topics
from ..runtime.links.local.lanes import Lane
from ..runtime.links.queues import Queue
from ..runtime.links.tables import Table
from ..runtime.links.topics import Topic

GATEWAY = "http://testserver"
"""What addresses of objects start with. Nothing answers there."""
_DRIVERS: dict[str, Any] = {
    "queue": queues.Queue, "topic": topics.Topic, "bucket": buckets.Bucket, "table": tables.Table,
}  # fmt: skip


class Clock:
    """The time by which queues go: the machine's, put forward where only a delay is waited for."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def __call__(self) -> float:
        """Seconds since 1970."""
        return time.time() + self._ahead

    def forward(self, until: float) -> None:
        """Makes it that time at least."""
        self._ahead = max(self._ahead, until - time.time())


class Resources:
    """Those of one Api, made on first use, gone with `close`."""

    def __init__(self, plan: Plan) -> None:
        self.clock = Clock()
        self._plan = plan
        self._folder: TemporaryDirectory[str] | None = None
        self._drivers: dict[tuple[str, str], Any] = {}

    def addresses(self, function: FunctionPlan) -> dict[str, dict[str, str]]:
        """What a deployment would tell a function: kind → name → address."""
        return {
            kind: {name: self.address(kind, name) for name in names}
            for kind, names in reached(self._plan, function).items()
        }

    def address(self, kind: str, name: str) -> str:
        """Where a resource of the Api is."""
        return str(self._root() / f"{kind}s" / name)

    def driver(self, kind: str, name: str) -> Any:
        """The one driver of a resource, made by its first use. Raises SlsError where the Api has no such resource."""
        if (kind, name) not in self._drivers:
            self._known(kind, name)
            self._root()
            self._drivers[kind, name] = self._made(_DRIVERS[kind], kind, name)
        return self._drivers[kind, name]

    def ticks(self, schedule: str) -> Lane:
        """What waits to be handled of a schedule."""
        if ("tick", schedule) not in self._drivers:
            self._root()
            self._drivers["tick", schedule] = self._made(queues.Queue, "tick", schedule)
        lane: Lane = self._drivers["tick", schedule]
        return lane

    def close(self) -> None:
        """Removes them, and all that they hold."""
        for driver in self._drivers.values():
            driver.store.close()
        self._drivers.clear()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _known(self, kind: str, name: str) -> None:
        has = [each.name for each in getattr(self._plan, f"{kind}s")]
        if name not in has:
            raise SlsError(f"the Api has no {kind} {name!r}: it has {', '.join(has) or 'none'}")

    def _made(self, driver: Callable[..., Any], kind: str, name: str) -> Any:
        clock: Callable[[], float] = self.clock if kind in ("queue", "tick") else time.time
        return driver(name, self.address(kind, name), {}, clock=clock)

    def _root(self) -> Path:
        if self._folder is None:
            self._folder = TemporaryDirectory(prefix="sls-infra-testing-", ignore_cleanup_errors=True)
            self._create()
        return Path(self._folder.name)

    def _create(self) -> None:
        for resource in (*self._plan.queues, *self._plan.topics, *self._plan.buckets, *self._plan.tables):
            match resource:
                case QueuePlan():
                    described = {"fifo": resource.fifo, "retention": resource.retention}
                    queues.create(self.address("queue", resource.name), described)
                case TopicPlan():
                    topics.create(self.address("topic", resource.name))
                case BucketPlan():
                    buckets.create(self.address("bucket", resource.name), {"expire_after": resource.expire_after})
                    signing.tell_gateway(self.address("bucket", resource.name), GATEWAY)
                case TablePlan():
                    tables.create(self.address("table", resource.name), table_described(resource))
        for event in self._plan.events:
            if isinstance(event, SchedulePlan):
                queues.create(self.address("tick", event.name))


class Links:
    """All resources of an Api, by the interface that handlers have, and with every right."""

    def __init__(self, plan: Plan, resources: Resources) -> None:
        self._plan = plan
        self._resources = resources

    def table(self, name: str) -> Table:
        """The table of that name in the spec. Raises SlsError where there is none; likewise for the others."""
        return Table(self._resources.driver("table", name), name, self._described("table", name))

    def bucket(self, name: str) -> Bucket:
        """The bucket of that name."""
        return Bucket(self._resources.driver("bucket", name), name, self._described("bucket", name))

    def queue(self, name: str) -> Queue:
        """The queue of that name."""
        return Queue(self._resources.driver("queue", name), name, self._described("queue", name))

    def topic(self, name: str) -> Topic:
        """The topic of that name."""
        return Topic(self._resources.driver("topic", name), name, self._described("topic", name))

    def _described(self, kind: ResourceKind, name: str) -> Mapping[str, Any]:
        resource = self._plan.resource(kind, name)
        if isinstance(resource, TablePlan):
            return {"access": "rw", **table_described(resource)}
        return {"access": "rw", "fifo": isinstance(resource, QueuePlan) and resource.fifo}
