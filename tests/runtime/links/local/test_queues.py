"""Queues: visibility, receipts, retries, delays, retention, order, dead letters."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sls_infra.runtime.errors import Conflict, NotFound
from sls_infra.runtime.events.delivery import REASON
from sls_infra.runtime.links.local import letters, queues
from sls_infra.runtime.links.local.lanes import Counts, Lane

from .clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


def made(path: Path, clock: Clock, name: str = "emails", **described: object) -> queues.Queue:
    queues.create(str(path / name), described)
    return queues.Queue(name, str(path / name), {}, clock=clock)


@pytest.fixture
def queue(tmp_path: Path, clock: Clock) -> queues.Queue:
    return made(tmp_path, clock)


@pytest.fixture
def fifo(tmp_path: Path, clock: Clock) -> queues.Queue:
    return made(tmp_path, clock, "ordered", fifo=True)


def bodies(lane: Lane, limit: int = 10) -> list[str]:
    return [message.body for message in lane.receive(limit, 30)]


def test_a_received_message_is_out_of_sight_until_its_visibility_ends(queue: queues.Queue, clock: Clock) -> None:
    id = queue.send("x", {"a": "b"}, 0, None)
    first = queue.receive(10, 30)[0]
    assert (first.id, first.body, first.attributes, first.attempt, first.group) == (id, "x", {"a": "b"}, 1, None)
    assert queue.receive() == []
    assert queue.counts() == Counts(0, 1, 0)
    clock.pass_(29.9)
    assert queue.receive() == []
    clock.pass_(0.1)
    second = queue.receive(10, 30)[0]
    assert (second.id, second.attempt) == (id, 2)
    assert second.receipt != first.receipt


def test_an_old_receipt_does_nothing(queue: queues.Queue, clock: Clock) -> None:
    queue.put("x")
    old = queue.receive(1, 30)[0].receipt
    clock.pass_(30)
    new = queue.receive(1, 30)[0].receipt
    assert not queue.delete(old)
    assert not queue.release(old)
    assert not queue.extend(old, 99)
    assert queue.counts() == Counts(0, 1, 0)
    assert queue.delete(new)
    assert not queue.delete(new)
    assert queue.counts().all == 0


def test_a_late_delete_counts_where_nobody_has_received_it_again(queue: queues.Queue, clock: Clock) -> None:
    queue.put("x")
    receipt = queue.receive(1, 30)[0].receipt
    clock.pass_(31)
    assert queue.delete(receipt)
    assert queue.receive() == []


def test_visibility_is_extended_from_now(queue: queues.Queue, clock: Clock) -> None:
    queue.put("x")
    receipt = queue.receive(1, 30)[0].receipt
    clock.pass_(29)
    assert queue.extend(receipt, 30)
    clock.pass_(29)
    assert queue.receive() == []
    clock.pass_(1)
    assert bodies(queue) == ["x"]


def test_a_released_message_comes_again_after_its_delay(queue: queues.Queue, clock: Clock) -> None:
    queue.put("x")
    assert queue.release(queue.receive()[0].receipt, 5)
    assert queue.counts() == Counts(0, 0, 1)
    assert queue.next_due() == clock.now + 5
    clock.pass_(5)
    again = queue.receive()[0]
    assert again.attempt == 2
    queue.release(again.receipt, counted=False)
    assert queue.receive()[0].attempt == 2


def test_many_are_settled_at_once(queue: queues.Queue, clock: Clock) -> None:
    for body in "abcde":
        queue.put(body)
    a, b, c, d, e = (message.receipt for message in queue.receive(5, 30))
    assert queue.hold([d, "old"], 60) == 1
    assert queue.settle([a, "old"], [(b, 5, True), (c, 0, False), ("old", 0, True)]) == 3
    assert queue.counts() == Counts(1, 2, 1)
    assert [(message.body, message.attempt) for message in queue.receive()] == [("c", 1)]
    clock.pass_(30)
    assert [(message.body, message.attempt) for message in queue.receive()] == [("b", 2), ("c", 2), ("e", 2)]
    assert not queue.delete(e)
    assert queue.settle() == 0
    assert queue.hold([], 1) == 0


def test_what_a_consumer_left_is_given_to_the_next_one(queue: queues.Queue, clock: Clock) -> None:
    for body in "ab":
        queue.put(body)
    queue.release(queue.receive(1, 30)[0].receipt, 10)
    queue.receive(1, 30)
    assert queue.abandon() == 1
    assert [(message.body, message.attempt) for message in queue.receive()] == [("b", 1)]
    clock.pass_(10)
    assert [(message.body, message.attempt) for message in queue.receive()] == [("a", 2)]


def test_delays(queue: queues.Queue, clock: Clock) -> None:
    queue.send("later", {}, 900, None)
    queue.send("now", {}, 0, None)
    assert queue.counts() == Counts(1, 0, 1)
    assert bodies(queue) == ["now"]
    clock.pass_(900)
    assert "later" in bodies(queue)


def test_what_is_older_than_the_retention_is_gone(tmp_path: Path, clock: Clock) -> None:
    queue = made(tmp_path, clock, retention=60)
    queue.put("old")
    clock.pass_(59)
    queue.put("new")
    assert queue.counts().all == 2
    clock.pass_(1)
    assert queue.counts().all == 1
    assert [message.body for message in queue.peek()] == ["new"]
    assert bodies(queue) == ["new"]
    clock.pass_(60)
    assert queue.purge() == 1


def test_one_that_has_the_same_id_is_there_once(queue: queues.Queue) -> None:
    assert queue.put("x", id="7") == queue.put("y", id="7") == "7"
    assert bodies(queue) == ["x"]


def test_messages_come_in_order_and_no_more_than_asked_for(queue: queues.Queue) -> None:
    for number in range(5):
        queue.put(str(number))
    assert bodies(queue, 3) == ["0", "1", "2"]
    assert bodies(queue, 3) == ["3", "4"]


def test_looking_changes_nothing(queue: queues.Queue) -> None:
    for number in range(5):
        queue.put(str(number))
    queue.receive(1)
    seen = queue.peek(3, skip=1)
    assert [(message.body, message.attempt, message.receipt) for message in seen] == [
        ("1", 0, ""),
        ("2", 0, ""),
        ("3", 0, ""),
    ]
    assert queue.peek(1)[0].attempt == 1
    assert queue.counts() == Counts(4, 1, 0)
    assert queue.clear() == 5
    assert queue.next_due() is None


def test_nothing_of_a_group_comes_while_one_of_it_is_out_of_sight(fifo: queues.Queue, clock: Clock) -> None:
    for body in ("a1", "b1", "a2", "b2", "a3"):
        fifo.send(body, {}, 0, body[0])
    first = fifo.receive(1, 30)[0]
    assert (first.body, first.group) == ("a1", "a")
    assert bodies(fifo) == ["b1", "b2"]  # a batch may hold several of a group, in order
    assert bodies(fifo) == []
    fifo.release(first.receipt, 5)
    assert bodies(fifo) == []  # waiting for its retry, it still comes before the others
    clock.pass_(5)
    again = fifo.receive(1, 30)[0]
    assert (again.body, again.attempt) == ("a1", 2)
    fifo.delete(again.receipt)
    assert bodies(fifo) == ["a2", "a3"]


def test_a_group_goes_on_in_order_after_its_consumer_was_lost(fifo: queues.Queue, clock: Clock) -> None:
    for body in ("a1", "a2"):
        fifo.send(body, {}, 0, "a")
    assert bodies(fifo, 1) == ["a1"]
    clock.pass_(30)
    assert bodies(fifo) == ["a1", "a2"]


def test_a_buried_message_says_why_and_is_put_back_as_it_was(tmp_path: Path, queue: queues.Queue, clock: Clock) -> None:
    dead = made(tmp_path, clock, "dead")
    id = queue.send("x", {"type": "a"}, 0, None)
    clock.pass_(3)
    assert queue.bury(queue.receive()[0].receipt, dead, "emails-worker", "ValueError: " + "no " * 1000)
    assert queue.counts().all == 0
    letter = dead.peek()[0]
    assert (letter.id, letter.body, letter.attributes["type"], letter.attempt) == (id, "x", "a", 0)
    told = json.loads(letter.attributes[REASON])
    assert told["source"] == "emails-worker"
    assert told["attempts"] == 1
    assert told["failed_at"] == "2027-01-15T08:00:03Z"
    assert told["reason"].startswith("ValueError: no no")
    assert len(told["reason"]) == 800
    assert letters.redrive(dead, {"emails-worker": queue}.get) == letters.Redriven(1, 0)
    assert dead.counts().all == 0
    back = queue.receive()[0]
    assert (back.id, back.body, back.attributes, back.attempt) == (id, "x", {"type": "a"}, 1)


def test_burying_again_after_it_was_cut_short_makes_no_second_letter(
    tmp_path: Path, queue: queues.Queue, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = made(tmp_path, clock, "dead")
    queue.put("x")
    with monkeypatch.context() as patch:
        patch.setattr(Lane, "delete", lambda self, receipt: False)  # as though the process had ended just before
        queue.bury(queue.receive(1, 30)[0].receipt, dead, "s", "why")
    assert (queue.counts().all, dead.counts().all) == (1, 1)
    clock.pass_(30)
    assert queue.bury(queue.receive()[0].receipt, dead, "s", "why")
    assert (queue.counts().all, dead.counts().all) == (0, 1)
    assert not queue.bury("a receipt that is old", dead, "s", "why")
    assert dead.counts().all == 1


def test_what_can_not_be_buried_stays(tmp_path: Path, queue: queues.Queue, clock: Clock) -> None:
    dead = made(tmp_path, clock, "dead")
    queue.put("x")
    receipt = queue.receive(1, 30)[0].receipt
    queues.remove(dead.store.folder)
    with pytest.raises(NotFound, match="dead"):
        queue.bury(receipt, dead, "s", "why")
    assert queue.counts() == Counts(0, 1, 0)
    assert queue.delete(receipt)


def test_letters_of_nobody_stay(tmp_path: Path, queue: queues.Queue, clock: Clock) -> None:
    dead = made(tmp_path, clock, "dead")
    dead.put("no reason")
    dead.put("no JSON", {REASON: "{"})
    dead.put("no object", {REASON: "[]"})
    dead.put("gone", letters.dead({}, "gone", 1, "why", clock()))
    dead.put("known", letters.dead({}, "known", 1, "why", clock()))
    assert letters.redrive(dead, {"known": queue}.get) == letters.Redriven(1, 4)
    assert bodies(queue) == ["known"]
    assert [(message.body, message.attempt) for message in dead.peek()] == [
        ("no reason", 0), ("no JSON", 0), ("no object", 0), ("gone", 0),
    ]  # fmt: skip
    assert dead.counts() == Counts(4, 0, 0)


def test_only_so_many_letters_are_put_back(tmp_path: Path, queue: queues.Queue, clock: Clock) -> None:
    dead = made(tmp_path, clock, "dead")
    for number in range(5):
        dead.put(str(number), letters.dead({}, "known", 1, "why", clock()))
    assert letters.redrive(dead, {"known": queue}.get, limit=2) == letters.Redriven(2, 0)
    assert bodies(queue) == ["0", "1"]
    assert letters.redrive(dead, {"known": queue}.get) == letters.Redriven(3, 0)


def test_a_group_is_kept_by_a_dead_letter_queue_without_order(tmp_path: Path, fifo: queues.Queue, clock: Clock) -> None:
    dead = made(tmp_path, clock, "dead")
    fifo.send("x", {}, 0, "customer-7")
    fifo.bury(fifo.receive()[0].receipt, dead, "s", "why")
    letters.redrive(dead, {"s": fifo}.get)
    assert fifo.receive()[0].group == "customer-7"


def test_creating_again_says_what_it_does(tmp_path: Path, clock: Clock) -> None:
    path = str(tmp_path / "q")
    assert queues.create(path) == []
    queue = queues.Queue("q", path, {}, clock=clock)
    queue.put("kept")
    assert queues.create(path) == []
    assert queues.create(path, {"retention": 60}) == ["retention: 345600 → 60 s, for messages that are there too"]
    assert queue.retention == 60
    with pytest.raises(Conflict, match="fifo"):
        queues.create(path, {"fifo": True, "retention": 90})
    assert queue.retention == 60
    assert bodies(queue) == ["kept"]


def test_removed_is_gone_for_whoever_has_it_open(tmp_path: Path, queue: queues.Queue) -> None:
    queue.put("x")
    queues.remove(queue.store.folder)
    queues.remove(queue.store.folder)
    for call in (lambda: queue.put("y"), queue.receive, queue.counts, queue.peek, queue.purge):
        with pytest.raises(NotFound, match="emails"):
            call()
    queues.create(queue.store.folder)
    assert queue.counts().all == 0  # a new one, of which the open one knows
    queue.put("z")
    assert bodies(queue) == ["z"]
    assert [path.name for path in tmp_path.iterdir()] == ["emails"]
