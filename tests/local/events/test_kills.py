"""What was accepted is handled, whatever is killed: none lost, none stuck, dead letters only for what truly failed."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sls_infra.local import control
from tests.local.events.harness import CODE, World, emptied
from tests.local.harness import Deployed, children, eventually

COUNT = 10_000
HANDLER = """
def work(m):
    number = int(m.body.split()[-1])
    if number % 1000 == 7:
        raise ValueError("a bad one")
    note(m.body)
"""


@contextmanager
def killing(deployed: Deployed, seed: int, every: float = 0.3) -> Iterator[list[int]]:
    """Kills one of the gateway's workers again and again."""
    killed: list[int] = []
    done, chance = threading.Event(), random.Random(seed)  # which ones does not matter

    def kill() -> None:
        while not done.wait(every * (0.5 + chance.random())):
            workers = children(deployed.state.pid)
            if workers:
                with suppress(ProcessLookupError):
                    os.kill(chance.choice(workers), signal.SIGKILL)
                    killed.append(1)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield killed
    finally:
        done.set()
        thread.join()


def test_ten_thousand_messages_come_through_killed_workers_and_a_killed_daemon(world: World) -> None:
    world.make("queue", "work")
    # A message that is being handled when its worker is killed has failed once: no kill makes it fail so often.
    world.on("queue", "work", "app:work", batch_size=10, max_attempts=5)
    queue = world.queue("work")
    deployed = world.deploy(CODE + HANDLER)
    with killing(deployed, seed=1) as killed:
        for number in range(COUNT // 2):
            queue.send(f"m {number}", {}, 0, None)
        os.kill(deployed.state.pid, signal.SIGKILL)
        for number in range(COUNT // 2, COUNT):
            queue.send(f"m {number}", {}, 0, None)
    eventually(lambda: control.read_gateway(world.stack.root, "demo") is None)
    again = Deployed(world.stack, "demo", control.reload_gateway(world.stack.root, "demo", None))
    with killing(again, seed=2, every=0.05) as more:
        deadline = time.monotonic() + 20
        while queue.counts().all > 100 and time.monotonic() < deadline:
            time.sleep(0.1)
    emptied(queue, 90)
    assert killed
    assert more
    bad = {f"m {number}" for number in range(COUNT) if number % 1000 == 7}
    handled = Counter(world.out())
    assert set(handled) == {f"m {number}" for number in range(COUNT)} - bad
    assert sorted(letter.body for letter in world.dead("work")) == sorted(bad)
    assert set(world.reasons("work")) <= {"ValueError: a bad one", "the function's process ended before it answered"}


def test_the_order_of_each_group_is_kept_while_workers_are_killed(world: World) -> None:
    world.make("queue", "steps", fifo=True)
    world.on("queue", "steps", "app:step", batch_size=5, max_attempts=50)
    queue = world.queue("steps")
    for number in range(600):
        queue.send(f"{number}", {}, 0, f"group {number % 7}")
    code = "def step(m):\n    if int(m.body) % 100 == 3 and m.attempt == 1: raise ValueError('once')\n    note(m.body)"
    deployed = world.deploy(CODE + code)
    with killing(deployed, seed=3):
        emptied(queue, 60)
    groups: dict[int, list[int]] = defaultdict(list)
    for body in world.out():
        number = int(body)
        # One that was done when its worker was killed may come again, but nothing after it may have come before.
        if not groups[number % 7] or groups[number % 7][-1] != number:
            groups[number % 7].append(number)
    for group, numbers in groups.items():
        firsts = list(dict.fromkeys(numbers))
        assert firsts == [number for number in range(600) if number % 7 == group]
    assert world.dead("steps") == []


def test_a_message_that_kills_its_worker_dies_alone(world: World) -> None:
    world.make("queue", "work")
    world.on("queue", "work", "app:work", batch_size=10, max_attempts=2)
    for number in range(10):
        world.queue("work").send("poison" if number == 4 else f"{number}", {}, 0, None)
    world.deploy(CODE + "def work(m):\n    if m.body == 'poison': os._exit(3)\n    note(m.body)")
    emptied(world.queue("work"))
    assert {*world.out()} == {f"{number}" for number in range(10) if number != 4}
    assert [letter.body for letter in world.dead("work")] == ["poison"]
    assert world.reasons("work") == ["the function's process ended before it answered"]


def test_one_that_takes_too_long_has_failed_and_the_next_one_has_not(world: World) -> None:
    world.make("queue", "work")
    world.on("queue", "work", "app:work", max_attempts=1, concurrency=1)
    for body in ("slow", "fast"):
        world.queue("work").send(body, {}, 0, None)
    world.deploy(CODE + "def work(m):\n    if m.body == 'slow': time.sleep(60)\n    note(m.body)", timeout=1)
    assert world.come(1) == ["fast"]
    emptied(world.queue("work"))
    assert world.reasons("work") == ["the function took longer than 1 s"]
