"""A function's worker processes: who gets which request, when more are started, and what happens when one ends."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from ..errors import LocalError
from .call import Answer, Call, Lost
from .launch import START_TIMEOUT, Launch
from .worker import Worker

TICK = 0.015
"""Seconds between two looks at workers that have something to do."""

PATIENCE = 0.1
"""Seconds that a request waits before another worker is started although none is stalled."""

HUNG = 3
"""Looks that find every worker on the same request before more are started."""

MAX_WAIT = 30.0
"""Seconds that a request waits for a worker before it is 503: as long as an API Gateway waits for an answer."""

IDLE = 60.0
"""Seconds without work after which a worker beyond the minimum is let go."""

GRACE = 2.0
"""Seconds in which a worker whose connection is closed must be gone."""

Printed = Callable[[str, int, str, str], None]
"""Takes what a worker printed: function, pid, "stdout" or "stderr", line."""


class Pool:
    """The workers of one revision of a function."""

    def __init__(self, launch: Launch, printed: Printed) -> None:
        self.launch = launch
        self.workers: list[Worker] = []
        self.users = 0
        """Sites that serve it; who takes the last one away closes it."""
        self._printed = printed
        self._waiting: deque[Call] = deque()
        self._starting: set[asyncio.Task[None]] = set()
        self._first: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0
        """When the next look is due: a gateway that is late for it is busy itself, and judges nobody by it."""
        self._failures = 0
        """Workers that ended without having served anything, in a row."""
        self._not_before = 0.0
        """No worker is started before this, by the loop's clock."""
        self._closed = False
        self._ending: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Starts the minimum of workers. Raises LocalError, and leaves none, where one does not start."""
        self._loop = asyncio.get_running_loop()
        self._first = self._loop.create_future()
        try:
            for _ in range(self.launch.min_workers):
                await self._spawn()
            async with asyncio.timeout(START_TIMEOUT):
                await self._first
        except TimeoutError:
            await self.close()
            raise LocalError(
                f"function {self.launch.function!r}: its handlers were not imported within {START_TIMEOUT:.0f} s"
            ) from None
        except BaseException:
            await self.close()
            raise
        finally:
            self._first = None

    def submit(self, head: bytes, body: bytes, *, patient: bool = False) -> asyncio.Future[Answer]:
        """Sends a request to a worker; the future raises Lost where no answer comes. `patient`: waits for a worker as
        long as it takes."""
        now = self._loop.time()
        answer: asyncio.Future[Answer] = self._loop.create_future()
        call = Call(head, body, answer, now, patient)
        if self._closed:
            call.fail(Lost(503, "the function is being replaced", retry_after=1))
            return answer
        worker = None if self._waiting else self._freest()
        if worker is None:
            self._waiting.append(call)
        else:
            worker.give(call, now)
        if self._timer is None:
            self._look_again(TICK)
        return answer

    async def close(self) -> None:
        """Ends every worker, and returns when they are gone. Requests must have been waited for before."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._fail_waiting(Lost(503, "the gateway is closing", retry_after=1))
        for worker in list(self.workers):
            self._let_go(worker)
        while self._starting or self._ending:
            await asyncio.wait([*self._starting, *self._ending])

    # What workers tell

    def ready(self, worker: Worker) -> None:
        """It has imported its handlers."""
        if self._first and not self._first.done() and sum(w.is_ready for w in self.workers) >= self.launch.min_workers:
            self._first.set_result(None)
        self.progressed(worker)

    def progressed(self, worker: Worker) -> None:
        """It has room again."""
        waiting = self._waiting
        if waiting:
            now = self._loop.time()
            while waiting and worker.room() > 0:
                call = waiting.popleft()
                if not call.answer.done():
                    worker.give(call, now)

    def ended(self, worker: Worker, unbegun: list[Call]) -> None:
        """Its process is gone, or as good as gone."""
        if worker in self.workers:
            self.workers.remove(worker)
        self._reap(worker)
        self._waiting.extendleft(reversed(unbegun))
        if self._closed:
            self._fail_waiting(Lost(503, "the gateway is closing", retry_after=1))
            return
        reason = worker.error or "its process ended while its handlers were imported"
        if self._first and not self._first.done():
            self._first.set_exception(LocalError(f"function {self.launch.function!r} does not start:\n{reason}"))
            return
        self._failures = 0 if worker.served else self._failures + 1
        if worker.was_ready:
            delay = min(0.25, 0.02 * self._failures)
        else:
            delay = min(5.0, 0.1 * 2**self._failures)
            self._printed(self.launch.function, worker.pid, "stderr", f"worker does not start: {reason}")
            if not any(other.is_ready for other in self.workers):
                self._fail_waiting(Lost(502, "the function does not start"))
        self._not_before = self._loop.time() + delay
        for other in self.workers:
            self.progressed(other)
        self._look_again(delay)

    def printed(self, worker: Worker, stream: str, line: str) -> None:
        """It has printed a line."""
        self._printed(self.launch.function, worker.pid, stream, line)

    # Starting and ending

    async def _spawn(self) -> None:
        worker = Worker(self.launch, self)
        try:
            await worker.start()
        except OSError as error:
            raise LocalError(f"function {self.launch.function!r}: no process could be started: {error}") from error
        if worker.is_lost:  # on a busy machine, its whole life may pass before this goes on
            return
        worker.progress = self._loop.time()
        self.workers.append(worker)
        if self._closed:
            self._let_go(worker)
        elif worker.is_ready:
            self.ready(worker)

    def _more(self) -> None:
        async def start() -> None:
            try:
                await self._spawn()
            except LocalError as error:
                self._not_before = self._loop.time() + 1.0
                self._printed(self.launch.function, 0, "stderr", str(error))

        task = self._loop.create_task(start())
        self._starting.add(task)
        task.add_done_callback(self._starting.discard)

    def _let_go(self, worker: Worker) -> None:
        if worker in self.workers:
            self.workers.remove(worker)
        worker.close()
        self._reap(worker)

    def _reap(self, worker: Worker) -> None:
        """Sees to it that the process ends soon."""

        async def gone() -> None:
            try:
                async with asyncio.timeout(GRACE):
                    await asyncio.shield(worker.exited)
            except TimeoutError:
                worker.kill()
                await worker.exited

        task = self._loop.create_task(gone())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    # Choosing

    def _freest(self) -> Worker | None:
        best, most = None, 0
        for worker in self.workers:
            room = worker.room()
            if room > most:
                best, most = worker, room
        return best

    def _fail_waiting(self, lost: Lost) -> None:
        while self._waiting:
            self._waiting.popleft().fail(lost)

    def _fail_late(self, now: float) -> None:
        """Those who have waited for too long are told so: they are the first ones, but for the patient."""
        late = []
        for call in self._waiting:
            if not call.patient:
                if now - call.since <= MAX_WAIT:
                    break
                late.append(call)
        for call in late:
            self._waiting.remove(call)
            call.fail(Lost(503, "every instance of the function is busy", retry_after=1))

    def _tick(self) -> None:
        """While there is work: timeouts, stalls, and whether more workers are needed."""
        self._timer = None
        now = self._loop.time()
        late = now - self._due > TICK
        for worker in list(self.workers):
            self._look_at(worker, now, late)
        self._fail_late(now)
        while self._waiting and (free := self._freest()):
            self.progressed(free)
        if not late:
            self._grow(now)
        if self._waiting or any(worker.inflight for worker in self.workers):
            self._look_again(TICK)
        elif len(self.workers) != self.launch.min_workers:
            self._look_again(0.5)

    def _look_again(self, delay: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._due = self._loop.time() + delay
        self._timer = None if self._closed else self._loop.call_later(delay, self._tick)

    def _look_at(self, worker: Worker, now: float, late: bool) -> None:
        if not worker.is_ready:
            if now - worker.progress > START_TIMEOUT:
                worker.error = f"its handlers were not imported within {START_TIMEOUT:.0f} s"
                worker.kill()
            return
        if not late:
            worker.look()
        if worker.stalled:
            self._waiting.extendleft(reversed(worker.take_back()))
        overdue = worker.overdue(now)
        if overdue is not None:
            worker.inflight.pop(overdue).fail(Lost(504, f"the function took longer than {self.launch.timeout:g} s"))
            worker.retire()
        elif not worker.inflight and len(self.workers) > self.launch.min_workers and now - worker.progress > IDLE:
            self._let_go(worker)

    def _grow(self, now: float) -> None:
        """Starts workers: up to the minimum; as many as there are while all hang; one where requests wait too long."""
        if self._closed or now < self._not_before:
            return
        total = len(self.workers) + len(self._starting)
        ready = [worker for worker in self.workers if worker.is_ready]
        starting = total - len(ready)
        wanted = self.launch.min_workers - total
        if self._waiting and not starting:
            if not ready or now - self._waiting[0].since > PATIENCE:
                wanted = max(wanted, 1)
            if all(worker.looks >= HUNG for worker in ready):
                wanted = max(wanted, min(len(self._waiting), len(ready)))
        for _ in range(min(wanted, self.launch.max_workers - total)):
            self._more()
