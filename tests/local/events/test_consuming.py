"""How an event source is consumed: batches, windows, concurrency, delays, visibility, reloads."""

from __future__ import annotations

import json
import time

import pytest

from sls_infra.cli.main import main
from sls_infra.local import redriving
from sls_infra.local.events.batches import Batches
from sls_infra.local.events.consuming import retry_delay
from sls_infra.local.events.feed import Taken
from sls_infra.local.events.lanes import VISIBILITY
from tests.local.events.harness import CODE, World, emptied
from tests.local.harness import eventually, get

MARKED = """
import threading
def work(m):
    start = time.time()
    time.sleep(0.15)
    note([m.body, start, time.time()])
"""


def most_at_once(world: World) -> int:
    """How many calls overlapped at the most."""
    times = sorted([(start, 1) for _, start, _ in world.out()] + [(end, -1) for _, _, end in world.out()])
    running = most = 0
    for _, step in times:
        running += step
        most = max(most, running)
    return most


def test_no_more_calls_at_once_than_concurrency_says(world: World) -> None:
    world.make("queue", "work")
    world.on("queue", "work", "app:work", concurrency=2)
    for number in range(16):
        world.queue("work").send(str(number), {}, 0, None)
    world.deploy(CODE + MARKED, min_instances=4)
    world.come(16)
    assert most_at_once(world) == 2


def test_without_it_calls_go_to_as_many_workers_as_there_may_be(world: World) -> None:
    world.make("queue", "work")
    world.on("queue", "work", "app:work")
    for number in range(16):
        world.queue("work").send(str(number), {}, 0, None)
    world.deploy(CODE + MARKED, min_instances=3, max_instances=3)
    world.come(16)
    assert most_at_once(world) == 3


def test_a_batch_waits_for_its_window_and_is_no_larger_than_it_may_be(world: World) -> None:
    world.make("queue", "work")
    world.on("queue", "work", "app:work", batch_size=4, batch_window=1, concurrency=1)
    deployed = world.deploy(CODE + "def work(m): note(m.body)")
    sent = time.time()
    for number in range(6):
        world.queue("work").send(str(number), {}, 0, None)
    assert world.come(6) == [str(number) for number in range(6)]
    assert time.time() - sent >= 0.9
    counts = eventually(lambda: [c for line in deployed.log() if (c := line.get("count"))][:2] == [4, 2])
    assert counts


def test_what_is_delayed_comes_when_it_is_due(world: World) -> None:
    world.make("queue", "work")
    world.on("queue", "work", "app:work")
    world.deploy(CODE + "def work(m): note([m.body, time.time()])")
    sent = time.time()
    world.queue("work").send("later", {}, 1, None)
    world.queue("work").send("now", {}, 0, None)
    (first, _), (second, at) = world.come(2)
    assert (first, second) == ("now", "later")
    assert at - sent >= 1


def test_what_is_being_handled_is_out_of_sight_for_others(world: World) -> None:
    world.make("queue", "work")
    world.on("queue", "work", "app:work")
    world.deploy(CODE + "def work(m):\n    note('begun')\n    time.sleep(1)\n    note('done')")
    world.queue("work").send("x", {}, 0, None)
    world.come(1)
    counts = world.queue("work").counts()
    assert (counts.visible, counts.in_flight) == (0, 1)
    [taken] = world.queue("work").peek()
    assert 0 < taken.due - time.time() <= VISIBILITY
    assert world.come(2) == ["begun", "done"]
    emptied(world.queue("work"))


def test_a_reload_drops_nothing_and_handles_nothing_twice(world: World) -> None:
    world.make("queue", "work")
    world.on("queue", "work", "app:work", batch_size=3, max_attempts=1, concurrency=2)
    world.routes.append(get("/version", "app:version"))
    code = CODE + "def work(m):\n    time.sleep(0.02)\n    note([m.body, VERSION])\ndef version(r): return VERSION\n"
    world.deploy(code + "VERSION = 'one'")
    for number in range(300):
        world.queue("work").send(str(number), {}, 0, None)
    world.come(20)
    world.stage(code + "VERSION = 'two'")
    world.reload()
    world.specs[0] = type(world.specs[0]).from_json({**world.specs[0].to_json(), "batch_size": 7})
    world.reload()
    emptied(world.queue("work"))
    assert sorted(int(body) for body, _ in world.out()) == list(range(300))
    assert {version for _, version in world.out()} == {"one", "two"}
    assert world.dead("work") == []


def test_an_event_source_that_is_gone_takes_nothing_more(world: World) -> None:
    world.make("queue", "work")
    world.on("queue", "work", "app:work")
    world.deploy(CODE + "def work(m): note(m.body)")
    world.queue("work").send("first", {}, 0, None)
    emptied(world.queue("work"))
    world.specs.clear()
    world.reload()
    world.queue("work").send("second", {}, 0, None)
    time.sleep(1)
    assert world.out() == ["first"]
    assert world.queue("work").counts().visible == 1


def test_dead_letters_put_back_are_handled_once_the_reason_is_gone(world: World) -> None:
    world.make("queue", "work")
    spec = world.on("queue", "work", "app:work", max_attempts=1)
    world.make("table", "orders")
    change = world.on("change", "orders", "app:changed", max_attempts=1)
    code = "def work(m):\n    if BROKEN: raise OSError('down')\n    note([m.body, dict(m.attributes)])\n"
    code += "def changed(c):\n    if BROKEN: raise OSError('down')\n    note(c.new)\n"
    world.deploy(CODE + "BROKEN = True\n" + code)
    world.queue("work").send("hello", {"a": "b"}, 0, None)
    world.table("orders").put({"id": "7"}, False, None)
    eventually(lambda: world.dead("work") and world.dead("orders"))
    [letter] = redriving.letters(spec.dead_letter)
    assert (letter.source, letter.attempts, letter.reason) == ("work", 1, "OSError: down")
    world.stage(CODE + "BROKEN = False\n" + code)
    world.reload()
    places = redriving.places([spec, change], world.stack.root)
    assert redriving.put_back(spec.dead_letter, places) == (1, 0)
    assert redriving.put_back(change.dead_letter, places) == (1, 0)
    assert sorted(map(json.dumps, world.come(2))) == ['["hello", {"a": "b"}]', '{"id": "7"}']
    assert world.dead("work") == world.dead("orders") == []


def test_dead_letters_of_a_deployed_queue_are_put_back_by_its_ref(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.make("topic", "placed")
    spec = world.on("topic", "placed", "app:heard", name="heard", max_attempts=1)
    code = (
        "def heard(m):\n    note(m.body)\n    if not os.path.exists(os.environ['OUT'] + '/up'): raise OSError('down')"
    )
    world.deploy(CODE + code)
    world.topic("placed").publish("hello", {})
    eventually(lambda: world.dead("heard"))
    assert main(["redrive", "--ref", spec.dead_letter, "--list"]) == 0
    listed = capsys.readouterr().out
    assert "heard-dead: 1 dead letter\n" in listed
    assert "heard, after 1 attempt: OSError: down\n" in listed
    assert len(world.dead("heard")) == 1
    (world.stack.folder / "up").touch()
    assert main(["redrive", "--ref", spec.dead_letter]) == 0
    assert capsys.readouterr().out.endswith("heard-dead: 1 put back\n")
    assert world.come(2) == ["hello", "hello"]
    emptied(world.topic("placed").subscription(spec.subscription))
    assert world.dead("heard") == []


def test_a_resource_that_is_gone_is_told_and_the_others_go_on(world: World) -> None:
    world.make("queue", "gone")
    world.make("queue", "work")
    world.on("queue", "gone", "app:work")
    world.on("queue", "work", "app:work")
    deployed = world.deploy(CODE + "def work(m): note(m.body)")
    from sls_infra.runtime.links.local.store import remove

    remove(world.paths["queue gone"])
    world.queue("work").send("x", {}, 0, None)
    assert world.come(1) == ["x"]
    eventually(lambda: any("is not there" in line.get("message", "") for line in deployed.log()))


def test_delays_between_attempts_grow_to_a_minute() -> None:
    assert [retry_delay(attempt) for attempt in (1, 2, 3, 8, 1000)] == [0.5, 1, 2, 60, 60]


def taken(id: str, group: str | None = None) -> Taken:
    return Taken(id, 1, {}, group)


def test_of_a_group_no_two_batches_are_on_their_way() -> None:
    batches = Batches(2, 0)
    a, b, c, d = taken("a", "x"), taken("b", "x"), taken("c", "x"), taken("d", "y")
    batches.add([a, b, c, d], 0)
    assert batches.next(0) == [a, b]
    assert batches.next(0) == [d]
    assert batches.next(0) == []
    assert batches.answered([a, b], [b]) == [c]
    assert batches.waiting == []


def test_a_batch_without_an_answer_is_tried_one_by_one() -> None:
    batches = Batches(3, 0)
    events = [taken("a"), taken("b"), taken("c")]
    batches.add(events, 0)
    assert batches.next(0) == events
    batches.answered(events, events, lost=True)
    batches.add([*events, taken("d")], 0)
    assert [[each.id for each in batches.next(0)] for _ in range(4)] == [["a"], ["b"], ["c"], ["d"]]
