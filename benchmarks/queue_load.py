"""Messages a second through the local target's queue, beside huey and litequeue, and a bare loop over SQLite.

    python -m benchmarks.queue_load        prints JSON; messages handled a second, with a handler that does nothing

Each is given a queue that holds `COUNT` messages already, and the time is taken from when it is first seen to take some
until none is left. "ours" are messages through a real gateway to a real worker: at least once, each with its own
attempts. huey (SQLite, one process worker) deletes a message before it is handled: at most once. litequeue and the bare
loop handle messages in the very process that takes them, one at a time: what no queue with workers of its own can be.
"""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sls_infra.local import control
from tests.local.events.harness import World
from tests.local.harness import Stack

COUNT = 5_000
RUNS = 3
LOOK = 0.005

HUEY = """
from huey import SqliteHuey
queue = SqliteHuey("bench", filename={path!r}, results=False)

@queue.task()
def work(text):
    pass
"""


def drained(left: Callable[[], int]) -> float:
    """Messages a second."""
    while (first := left()) == COUNT:
        time.sleep(LOOK)
    start = time.perf_counter()
    while left():
        time.sleep(LOOK)
    return first / (time.perf_counter() - start)


def ours(folder: Path, batch: int) -> float:
    """Through a gateway and its worker."""
    world = World(Stack(folder))
    world.make("queue", "work")
    world.on("queue", "work", "app:work", batch_size=batch)
    queue = world.queue("work")
    for number in range(COUNT):
        queue.send(f"message {number}", {}, 0, None)
    world.deploy("def work(message): pass")
    try:
        return drained(lambda: queue.counts().all)
    finally:
        control.stop_gateway(world.stack.root, "demo")


def huey(folder: Path) -> float:
    """Through its consumer, with one process worker."""
    (folder / "work.py").write_text(HUEY.format(path=str(folder / "huey.db")))
    fill = f"import work\nfor number in range({COUNT}): work.work(f'message {{number}}')"
    subprocess.run([sys.executable, "-c", fill], cwd=folder, check=True)
    command = [sys.executable, "-m", "huey.bin.huey_consumer", "work.queue", "-w", "1", "-k", "process", "-n"]
    command += ["-d", "0.001", "-m", "0.01", "-q"]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    consumer = subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.DEVNULL)
    with sqlite3.connect(folder / "huey.db") as connection:
        try:
            return drained(lambda: int(connection.execute("select count(*) from task").fetchone()[0]))
        finally:
            consumer.terminate()
            consumer.wait(10)


def litequeue(folder: Path) -> float:
    """Taken, handled and marked as done in one process."""
    import litequeue as library  # type: ignore[import-untyped]

    queue = library.LiteQueue(str(folder / "lite.db"))
    for number in range(COUNT):
        queue.put(f"message {number}")
    start = time.perf_counter()
    while (message := queue.pop()) is not None:
        queue.done(message.message_id)
    return COUNT / (time.perf_counter() - start)


def bare(folder: Path) -> float:
    """The least that at-least-once needs: a commit when a message is taken, another when it is done."""
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = normal")
    connection.execute("create table messages (id integer primary key, body text, taken integer default 0)")
    connection.execute("create index free on messages (taken, id)")
    connection.execute("begin")
    connection.executemany("insert into messages (body) values (?)", [(f"message {n}",) for n in range(COUNT)])
    connection.execute("commit")
    take = "update messages set taken = 1 where id = (select min(id) from messages where taken = 0) returning id, body"
    start = time.perf_counter()
    while row := connection.execute(take).fetchone():
        connection.execute("delete from messages where id = ?", (row[0],))
    elapsed = time.perf_counter() - start
    connection.close()
    return COUNT / elapsed


def measured() -> list[dict[str, object]]:
    """The median of each, taken in turns."""
    contenders: dict[str, Callable[[Path], float]] = {
        "ours, one message a call": lambda folder: ours(folder, 1),
        "ours, ten messages a call": lambda folder: ours(folder, 10),
        "huey, one process worker": huey,
        "litequeue, in its own process": litequeue,
        "floor: a bare loop over SQLite": bare,
    }
    found: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(RUNS):
        for name, run in contenders.items():
            with tempfile.TemporaryDirectory() as folder:
                found[name].append(run(Path(folder)))
    return [{"what": name, "per_second": round(statistics.median(rates))} for name, rates in found.items()]


if __name__ == "__main__":
    machine = {"python": platform.python_version(), "cpus": os.cpu_count()}
    print(json.dumps({"messages": COUNT, "rows": measured(), "machine": machine}, indent=2))
