"""What resources need while a gateway runs: expired items, old messages and old objects go, dropped files are found."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Iterator
from functools import partial

from ...runtime.links.local import buckets, queues, tables, topics
from ..journal import Journal
from ..model_events import KeptSpec
from .lanes import name_of

TURN = 5.0
"""Seconds between two looks at tables, queues and topics: as long as an expired item may still be in its table."""
HOURLY = 60.0
"""Seconds between two looks for objects that are too old."""


QUIET = 1200
"""Milliseconds that a bucket's folder must be quiet before what was put into it by hand is looked for: a file that was
written to within the last second waits, for it may not be whole."""
BUSY = 10.0
"""Seconds after which it is looked for in one that is never quiet."""


class Upkeep:
    """Looks after the resources of one gateway."""

    def __init__(self, kept: KeptSpec, journal: Journal) -> None:
        self.kept = kept
        self._journal = journal
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._told: set[str] = set()

    def start(self) -> None:
        """Begins, in threads."""
        create = asyncio.get_running_loop().create_task
        self._tasks = [create(self._each(TURN, self._purges)), create(self._each(HOURLY, self._expiries))]
        self._tasks += [create(self._follow(path)) for path in self.kept.buckets]

    async def stop(self) -> None:
        """Ends it."""
        self._stopping.set()
        await asyncio.gather(*self._tasks)

    async def _each(self, seconds: float, works: Callable[[], Iterator[Callable[[], object]]]) -> None:
        while not self._stopping.is_set():
            for work in works():
                await self._done(work)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), seconds)

    def _purges(self) -> Iterator[Callable[[], object]]:
        for path in self.kept.tables:
            yield partial(_purge_table, path)
        for path in self.kept.queues:
            yield partial(_purge_queue, path)
        for path in self.kept.topics:
            yield partial(_purge_topic, path)

    def _expiries(self) -> Iterator[Callable[[], object]]:
        for path in self.kept.buckets:
            yield partial(_expire, path)

    async def _done(self, work: Callable[[], object]) -> None:
        """Does it in a thread. What goes wrong is told once, not each time."""
        try:
            await asyncio.to_thread(work)
        except Exception as error:
            said = f"upkeep: {type(error).__name__}: {error}"
            if said not in self._told:
                self._told.add(said)
                self._journal.event("warning", said)

    async def _follow(self, path: str) -> None:
        """Finds what is put into a bucket's folder by hand: at the start, once it is quiet there, and now and then."""
        from watchfiles import awatch

        bucket = buckets.Bucket(name_of(path), path, {})
        options = {"step": 50, "rust_timeout": QUIET, "yield_on_timeout": True, "watch_filter": None}
        loop = asyncio.get_running_loop()
        since: float | None = loop.time()
        """When the first change was seen that was not looked for yet."""
        while not self._stopping.is_set() and os.path.isdir(bucket.files.root):
            async for changes in awatch(bucket.files.root, stop_event=self._stopping, **options):  # type: ignore[arg-type]
                if since is not None and (not changes or loop.time() - since > BUSY):
                    await self._done(bucket.scan)
                    since = None
                if changes and since is None:
                    since = loop.time()
        bucket.store.close()


def _purge_table(path: str) -> None:
    table = tables.Table(name_of(path), path, {})
    table.purge()
    for name in table.subscribers():
        table.subscription(name).purge()
    table.store.close()


def _purge_queue(path: str) -> None:
    queue = queues.Queue(name_of(path), path, {})
    queue.purge()
    queue.store.close()


def _purge_topic(path: str) -> None:
    topic = topics.Topic(name_of(path), path, {})
    for name in topic.subscribers():
        topic.subscription(name).purge()
    topic.store.close()


def _expire(path: str) -> None:
    bucket = buckets.Bucket(name_of(path), path, {})
    bucket.expire()
    bucket.store.close()
