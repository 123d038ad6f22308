"""Resources of a world, and the links to them that cases use."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import import_module
from typing import Any
from uuid import uuid4

import pytest

from sls_infra.runtime.links.buckets import Bucket
from sls_infra.runtime.links.queues import Queue
from sls_infra.runtime.links.tables import Table
from sls_infra.runtime.links.topics import Topic

from .worlds.world import Kind, Made, Read, Unavailable, World

WRAPPERS: dict[Kind, Any] = {"table": Table, "bucket": Bucket, "queue": Queue, "topic": Topic}


def fresh() -> str:
    """Text that no other case uses: resources are shared, keys and prefixes are a case's own."""
    return uuid4().hex[:12]


class Making:
    """Makes resources in a world and links to them. Tables and buckets of one description are made once a session,
    queues and topics anew, as reading them needs them to be empty."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._kept: dict[str, Made] = {}
        self._made: dict[int, Made] = {}

    def table(
        self,
        key: str = "id",
        sort_key: str | None = None,
        ttl: str | None = None,
        indexes: Mapping[str, tuple[str, ...]] | None = None,
        access: str = "rw",
    ) -> Table:
        """A table as the spec describes one."""
        keys = {name: list(each) for name, each in (indexes or {}).items()}
        table: Table = self._shared("table", {"key": key, "sort_key": sort_key, "ttl": ttl, "indexes": keys}, access)
        return table

    def bucket(self, access: str = "rw") -> Bucket:
        """The bucket."""
        bucket: Bucket = self._shared("bucket", {}, access)
        return bucket

    def queue(self, fifo: bool = False, access: str = "w") -> Queue:
        """An empty queue."""
        queue: Queue = self._new("queue", {"fifo": fifo}, access)
        return queue

    def topic(self, access: str = "w") -> Topic:
        """A topic, whose one subscriber got nothing yet."""
        topic: Topic = self._new("topic", {}, access)
        return topic

    def read(self, link: Queue | Topic, count: int, timeout: float = 5.0) -> list[Read]:
        """What came of a queue or topic."""
        return self.world.read(self._made[id(link)], count, timeout)

    def link(self, kind: Kind, name: str, address: Any, described: Mapping[str, Any]) -> Any:
        """What handlers get, over the platform's driver at an address."""
        package = f"sls_infra.runtime.links.{self.world.platform}.{kind}s"
        driver = getattr(import_module(package), kind.capitalize())(name, address, described)
        return WRAPPERS[kind](driver, name, described)

    def _shared(self, kind: Kind, described: Mapping[str, Any], access: str) -> Any:
        return self.link(kind, f"the-{kind}", self._make(kind, described).address, {**described, "access": access})

    def _new(self, kind: Kind, described: Mapping[str, Any], access: str) -> Any:
        made = self._kept[f"{kind}-{fresh()}"] = self._world_makes(kind, described)
        link = self.link(kind, f"the-{kind}", made.address, {**described, "access": access})
        self._made[id(link)] = made
        self._kept[f"link-{id(link)}"] = link  # held, so that its id stays its own
        return link

    def _make(self, kind: Kind, described: Mapping[str, Any]) -> Made:
        known = f"{kind} {json.dumps(described, sort_keys=True)}"
        if known not in self._kept:
            self._kept[known] = self._world_makes(kind, described)
        return self._kept[known]

    def _world_makes(self, kind: Kind, described: Mapping[str, Any]) -> Made:
        reason = self.world.missing(kind)
        if reason is not None:
            pytest.skip(f"{self.world.platform}: {reason}")
        try:
            return self.world.make(kind, f"{kind}-{fresh()}", described)
        except Unavailable as error:
            pytest.skip(f"{self.world.platform}: {error}")
