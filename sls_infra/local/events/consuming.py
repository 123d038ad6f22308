"""One event source, consumed: takes what is due, sends it to the function in batches, and settles what became of it.

At least once: an event is settled after its function has answered. What a worker had begun when it crashed or took too
long has failed, and is tried again by itself. Of a group, what comes after an event that failed waits for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from ..call import Answer, Lost
from ..journal import Journal
from ..model_events import EventSpec
from .batches import Batches
from .feed import HOLD, Feed, Settled, Taken

T = TypeVar("T")
Call = Callable[[str, str, bytes], Awaitable[Answer]]
"""Sends a batch to a function: the function's name, the event source's name, JSON. Raises Lost."""

LOOK = 0.025
"""Seconds between two looks whether something has come."""
REST = 0.5
"""Seconds after which a source is asked even where nothing seems to have come: what was delayed may be due."""
TROUBLE = 1.0
"""Seconds until it is tried again to reach a source that could not be."""
FIRST_RETRY, LONGEST_RETRY = 0.5, 60.0
"""Seconds until an event that has failed comes again: at first, twice as many each time, and at the most."""
PATIENCE = 3
"""Times that it is tried to settle the last events at a source that is not to be had."""
AT_ONCE = 500
"""Events that are taken at once, at most."""
MAX_TAKEN = 32 << 20
"""Bytes of events that wait to be sent; no more are taken then."""
AHEAD = 2
"""Batches that are taken for each call that may be made at once, so that no worker waits for the source."""


def retry_delay(attempt: int) -> float:
    """Seconds until an event comes again after its n-th attempt."""
    return min(LONGEST_RETRY, FIRST_RETRY * 2.0 ** min(attempt - 1, 20))


class Consumption:
    """The life of one event source within a gateway. `start` begins it."""

    def __init__(self, spec: EventSpec, feed: Feed, call: Call, journal: Journal, calls: int) -> None:
        """`calls`: at once, at most."""
        self.spec = spec
        self._feed = feed
        self._call = call
        self._journal = journal
        self.calls = calls
        self._batches = Batches(spec.batch_size, spec.batch_window)
        self._running: dict[asyncio.Task[None], Sequence[Taken]] = {}
        self._settled: list[Settled] = []
        self._thread = ThreadPoolExecutor(1, f"event {spec.name}")
        self._woken = asyncio.Event()
        self._stopping = False
        self._is_quiet = False
        self._loop = asyncio.get_running_loop()
        self._held = 0.0
        self._trouble = ""
        self._failures = 0
        """Exchanges that went wrong, in a row."""
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Takes events from now on."""
        self._task = self._loop.create_task(self._run())

    async def stop(self) -> None:
        """Takes no more, waits for what is on its way, and gives back what is not."""
        self._stopping = True
        self._woken.set()
        if self._task is not None:
            await self._task
        await self._in_thread(self._feed.close)
        self._thread.shutdown(wait=False)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is due, taken or on its way, as far as is known."""
        return self._is_quiet and not (self._running or self._settled or len(self._batches))

    async def _run(self) -> None:
        while True:
            if self._stopping:
                self._give_back(self._batches.drain())
                if not (self._running or self._settled):
                    return
            taken = await self._exchanged()
            now = self._loop.time()
            self._batches.add(taken, now)
            self._send(now)
            if not (self._settled or (taken and self._wanted())):
                await self._wait()

    def _give_back(self, taken: Sequence[Taken]) -> None:
        self._settled += [Settled(each, "back") for each in taken]

    def _wanted(self) -> int:
        """How many more events are to be taken."""
        if self._stopping or self._batches.bytes > MAX_TAKEN:
            return 0
        batches = self.calls * AHEAD - len(self._running)
        return min(AT_ONCE, max(0, batches * self.spec.batch_size - len(self._batches)))

    async def _exchanged(self) -> list[Taken]:
        """What is newly taken. What could not be settled stays to be, and is tried again."""
        settled, self._settled = self._settled, []
        wanted = self._wanted()
        try:
            if self._loop.time() - self._held > HOLD:
                self._held = self._loop.time()
                await self._in_thread(partial(self._feed.hold, [*self._all(), *(each.taken for each in settled)]))
            if not settled and not wanted:
                return []
            taken = await self._in_thread(partial(self._feed.exchange, settled, wanted))
        except Exception as error:
            await self._failed(settled, f"event {self.spec.name!r}: {type(error).__name__}: {error}")
            return []
        self._is_quiet, self._trouble, self._failures = not taken and wanted > 0, "", 0
        return taken

    async def _failed(self, settled: list[Settled], said: str) -> None:
        """Tells what is wrong with the source once, and waits. While it comes to its end, it does so a few times."""
        self._failures += 1
        if not (self._stopping and self._failures > PATIENCE):
            self._settled = settled + self._settled
        if said != self._trouble:
            self._trouble = said
            self._journal.event("error", said)
        await asyncio.sleep(TROUBLE)

    def _all(self) -> list[Taken]:
        return [*self._batches.waiting, *(taken for batch in self._running.values() for taken in batch)]

    def _send(self, now: float) -> None:
        """Sends what may be sent."""
        while len(self._running) < self.calls and not self._stopping:
            batch = self._batches.next(now)
            if not batch:
                return
            task = self._loop.create_task(self._deliver(batch))
            self._running[task] = batch
            task.add_done_callback(self._delivered)

    def _delivered(self, task: asyncio.Task[None]) -> None:
        del self._running[task]
        self._woken.set()

    async def _deliver(self, batch: Sequence[Taken]) -> None:
        began = self._loop.time()
        body = json.dumps({"deliveries": [_wire(taken) for taken in batch]}).encode()
        lost: Lost | None = None
        try:
            answer = await self._call(self.spec.function, self.spec.name, body)
            reasons = _failures(answer)
        except Lost as error:
            lost = error
            reasons = {taken.id: error.detail for taken in batch}
        if lost is not None and (lost.status == 503 or self._stopping):  # not begun, or not for a fault of its own
            self._settled += [Settled(taken, "back", FIRST_RETRY) for taken in batch]
            self._batches.answered(batch, batch)
            return
        failed = [taken for taken in batch if taken.id in reasons]
        self._settle(batch, reasons, whole=lost is not None)
        self._give_back(self._batches.answered(batch, failed, lost=lost is not None))
        told = [(taken.id, reasons[taken.id]) for taken in failed]
        self._journal.handled(self.spec.name, self.spec.function, len(batch), told, self._loop.time() - began)

    def _settle(self, batch: Sequence[Taken], reasons: dict[str, str], *, whole: bool) -> None:
        """`whole`: the batch failed as a whole: all of it was tried, as far as is known."""
        blocked: set[str] = set()
        """Groups in which one has failed: the rest of them was not tried."""
        for taken in batch:
            reason = reasons.get(taken.id)
            if reason is None:
                self._settled.append(Settled(taken, "done"))
            elif taken.group is not None and taken.group in blocked:
                self._settled.append(Settled(taken, "back"))
            elif taken.attempt >= self.spec.max_attempts:
                self._batches.forget(taken)
                self._settled.append(Settled(taken, "bury", reason=reason))
                self._journal.event("error", f"event {self.spec.name!r}: {taken.id} is a dead letter: {reason}")
            else:
                self._settled.append(Settled(taken, "retry", retry_delay(taken.attempt), reason))
            if reason is not None and taken.group is not None and not whole:
                blocked.add(taken.group)

    async def _wait(self) -> None:
        """Until something is to be done: a call has ended, a batch is due, or something may have come."""
        began = self._loop.time()
        until = began + min(REST, self._feed_due())
        ready = self._batches.ready_in(began) if len(self._running) < self.calls else None
        if ready is not None:
            until = min(until, began + max(ready, LOOK))
        while not self._woken.is_set() and (left := until - self._loop.time()) > 0:
            if self._wanted() and self._feed.is_changed():
                return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), min(LOOK, left))
        self._woken.clear()

    def _feed_due(self) -> float:
        due = self._feed.due_in()
        return REST if due is None else max(0.001, due)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await self._loop.run_in_executor(self._thread, work)


def _wire(taken: Taken) -> dict[str, Any]:
    return {**taken.content, "id": taken.id, "attempt": taken.attempt, "group": taken.group}


def _failures(answer: Answer) -> dict[str, str]:
    """Id → reason, of those that failed. Raises Lost where the answer is none."""
    try:
        found = json.loads(answer.body)
        if answer.status == 200:
            return {str(each["id"]): str(each["reason"]) for each in found["failures"]}
        reason = str(found["error"])
    except (ValueError, KeyError, TypeError):
        reason = "the function sent what is no answer"
    raise Lost(502, reason)
