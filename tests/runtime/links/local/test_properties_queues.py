"""Queues against a model in plain Python: any calls in any order."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, precondition, rule

from sls_infra.runtime.links.local import queues
from sls_infra.runtime.links.local.lanes import Counts

from .clock import Clock

RETENTION = 1000


@dataclass
class Known:
    """A message, as the model has it."""

    id: str
    body: str
    group: str
    sent: float
    due: float
    attempt: int = 0
    receipt: str | None = None
    attributes: dict[str, str] = field(default_factory=dict)


class Queues(RuleBasedStateMachine):
    """One queue; receipts are kept after they have become old."""

    receipts: Bundle[str] = Bundle("receipts")

    @initialize(fifo=st.booleans())
    def start(self, fifo: bool) -> None:
        self.folder = tempfile.TemporaryDirectory()
        queues.create(f"{self.folder.name}/q", {"fifo": fifo, "retention": RETENTION})
        self.clock = Clock()
        self.queue = queues.Queue("q", f"{self.folder.name}/q", {}, clock=self.clock)
        self.fifo = fifo
        self.known: list[Known] = []

    def teardown(self) -> None:
        if hasattr(self, "queue"):
            self.queue.store.close()
            self.folder.cleanup()

    @rule(body=st.text(max_size=5), group=st.sampled_from("abc"), delay=st.sampled_from([0, 0, 0, 7]))
    def send(self, body: str, group: str, delay: int) -> None:
        delay = 0 if self.fifo else delay
        id = self.queue.send(body, {"n": body}, delay, group if self.fifo else None)
        now = self.clock()
        self.known.append(Known(id, body, group if self.fifo else "", now, now + delay, attributes={"n": body}))

    @rule(target=receipts, limit=st.integers(1, 4), visibility=st.sampled_from([5, 30]))
    def receive(self, limit: int, visibility: int) -> Any:
        got = self.queue.receive(limit, visibility)
        expected = self._next()[:limit]
        assert [(m.id, m.body, m.attributes, m.group or "") for m in got] == [
            (m.id, m.body, m.attributes, m.group) for m in expected
        ]
        for message, known in zip(got, expected, strict=True):
            known.due, known.receipt = self.clock() + visibility, message.receipt
            known.attempt += 1
            assert message.attempt == known.attempt
        return got[0].receipt if got else "none"

    @rule(receipt=consumes(receipts))
    def delete(self, receipt: str) -> None:
        found = self._of(receipt)
        assert self.queue.delete(receipt) is bool(found)
        self.known = [known for known in self.known if known not in found]

    @rule(receipt=receipts, delay=st.sampled_from([0, 3]), counted=st.booleans())
    def release(self, receipt: str, delay: int, counted: bool) -> None:
        found = self._of(receipt)
        assert self.queue.release(receipt, delay, counted=counted) is bool(found)
        for known in found:
            known.due, known.receipt = self.clock() + delay, None
            known.attempt -= 0 if counted else 1

    @rule(receipt=receipts, visibility=st.sampled_from([5, 30]))
    def extend(self, receipt: str, visibility: int) -> None:
        found = self._of(receipt)
        assert self.queue.extend(receipt, visibility) is bool(found)
        for known in found:
            known.due = self.clock() + visibility

    @rule(seconds=st.sampled_from([1, 5, 30, 400]))
    def wait(self, seconds: int) -> None:
        self.clock.pass_(seconds)
        self.queue.purge()
        self.known = [known for known in self.known if self.clock() - known.sent < RETENTION]

    @rule()
    def open_again(self) -> None:
        self.queue = queues.Queue("q", f"{self.folder.name}/q", {}, clock=self.clock)

    @precondition(lambda self: hasattr(self, "queue"))
    @invariant()
    def counts(self) -> None:
        now = self.clock()
        waiting = [known for known in self.known if known.due > now]
        in_flight = sum(known.receipt is not None for known in waiting)
        assert self.queue.counts() == Counts(len(self.known) - len(waiting), in_flight, len(waiting) - in_flight)
        assert [message.id for message in self.queue.peek(1000)] == [known.id for known in self.known]

    def _next(self) -> list[Known]:
        now = self.clock()
        blocked = {known.group for known in self.known if known.due > now} if self.fifo else set()
        return [known for known in self.known if known.due <= now and known.group not in blocked]

    def _of(self, receipt: str) -> list[Known]:
        return [known for known in self.known if known.receipt == receipt]


TestQueues = Queues.TestCase
TestQueues.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
