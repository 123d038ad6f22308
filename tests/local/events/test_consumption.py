"""One event source against a feed of the test's own: what is asked of it, and what is not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

import pytest

from sls_infra.local.call import Answer, Lost
from sls_infra.local.events import consuming
from sls_infra.local.events.batches import MAX_BYTES, Batches
from sls_infra.local.events.consuming import Consumption
from sls_infra.local.events.feed import Settled, Taken
from sls_infra.local.journal import Lines
from sls_infra.local.model import EventSpec

DONE = Answer(200, [], b'{"failures": []}')


class Feed:
    """Holds events, and notes what is asked of it."""

    def __init__(self, *events: Taken) -> None:
        self.events = list(events)
        self.settled: list[tuple[str, str]] = []
        self.held: list[str] = []
        self.broken = False

    def exchange(self, settled: Sequence[Settled], limit: int) -> list[Taken]:
        if self.broken:
            raise OSError("the disk is full")
        self.settled += [(each.taken.id, each.outcome) for each in settled]
        taken, self.events = self.events[:limit], self.events[limit:]
        return taken

    def hold(self, taken: Sequence[Taken]) -> None:
        self.held += [each.id for each in taken]

    def is_changed(self) -> bool:
        return bool(self.events)

    def due_in(self) -> float | None:
        return None

    def close(self) -> None: ...


def consume(feed: Feed, answers: object, seconds: float = 1.0, **options: object) -> list[str]:
    """Consumes for so long; what the log says. `answers`: seconds, an error, or the answer itself."""
    lines: list[str] = []

    async def call(function: str, event: str, body: bytes) -> Answer:
        if isinstance(answers, float):
            await asyncio.sleep(answers)
        if isinstance(answers, Exception):
            raise answers
        return answers if isinstance(answers, Answer) else DONE

    async def run() -> None:
        known = {"batch_size": 1, "max_attempts": 1, **options}
        spec = EventSpec(kind="queue", name="e", function="f", source="q", dead_letter="d", **known)  # type: ignore[arg-type]
        journal = Lines(lines.append)
        consumption = Consumption(spec, feed, call, journal, 1)
        consumption.start()
        await asyncio.sleep(seconds)
        await consumption.stop()
        journal.flush()

    asyncio.run(run())
    return [json.loads(line).get("message", "") for text in lines for line in text.splitlines()]


def event(id: str, group: str | None = None, size: int = 1) -> Taken:
    return Taken(id, 1, {}, group, id, size)


def test_what_takes_long_is_held_as_long_as_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consuming, "HOLD", 0.2)
    monkeypatch.setattr(consuming, "REST", 0.1)
    feed = Feed(event("a"), event("b"), event("c"), event("d"))
    consume(feed, 1.2, seconds=0.1)
    assert feed.held.count("a") >= 3
    assert feed.settled[0] == ("b", "back"), "what was not begun goes back at once"
    assert ("a", "done") in feed.settled


def test_an_answer_that_never_came_because_nobody_was_there_is_no_attempt() -> None:
    feed = Feed(event("a"))
    consume(feed, Lost(503, "the function is being replaced"), seconds=0.2)
    assert feed.settled == [("a", "back")]


@pytest.mark.parametrize("body", [b"", b"[]", b'{"failures": 3}', b'{"failures": [{}]}'])
def test_an_answer_that_is_none_is_a_failure(body: bytes) -> None:
    feed = Feed(event("a"))
    said = consume(feed, Answer(200, [], body), seconds=0.2)
    assert feed.settled == [("a", "bury")]
    assert "the function sent what is no answer" in said[0]


def test_what_is_wrong_with_a_source_is_told_once_and_no_end_waits_for_it_for_good(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(consuming, "TROUBLE", 0.02)
    feed = Feed(event("a"))
    feed.broken = True
    assert consume(feed, DONE, seconds=0.3) == ["event 'e': OSError: the disk is full"]


def test_a_batch_is_no_larger_than_a_call_may_be() -> None:
    batches = Batches(10, 60)
    batches.add([event("a", size=MAX_BYTES - 1), event("b", size=2), event("c", size=1)], 0)
    assert [each.id for each in batches.next(0)] == ["a"]
    assert batches.next(0) == []
    assert batches.bytes == 3
    assert [each.id for each in batches.next(60)] == ["b", "c"]


def test_none_goes_before_one_of_its_group_that_is_to_be_tried_alone() -> None:
    batches = Batches(3, 0)
    first = [event("a", "x"), event("b", "y")]
    batches.add(first, 0)
    batches.answered(batches.next(0), first, lost=True)
    batches.add([event("c", "z"), *first, event("d", "y"), event("e", "z")], 0)
    assert [[each.id for each in batches.next(0)] for _ in range(4)] == [["c", "e"], ["a"], ["b"], []]
