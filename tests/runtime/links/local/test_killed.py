"""kill -9 of writers and consumers at any moment: what was accepted is there, and nothing is half done."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

from sls_infra.runtime.links.local import buckets, queues, tables, topics

WRITER = Path(__file__).with_name("writer.py")
ROOT = Path(__file__).parents[4]
ROUNDS = 3
AT_ONCE = 3


def rounds(tmp_path: Path, what: str, until: float = 1.2) -> list[list[str]]:
    """What the processes said that they had done, each killed at a random time some time after it began."""
    said: list[str] = []
    chance = random.Random(7)
    for turn in range(ROUNDS):
        files = [(tmp_path / f"{what}-{turn}-{number}").open("w+") for number in range(AT_ONCE)]
        running = [
            subprocess.Popen(
                [sys.executable, str(WRITER), what, str(tmp_path), f"{turn}.{number}"], stdout=file, cwd=ROOT
            )
            for number, file in enumerate(files)
        ]
        try:
            for file, process in zip(files, running, strict=True):
                begun(file.name)
                time.sleep(chance.uniform(0.1, until) / AT_ONCE)
                assert process.poll() is None
                process.kill()
        finally:
            for process in running:
                process.kill()
                process.wait(10)
        for file in files:
            file.seek(0)
            said += file.read().splitlines(keepends=True)
            file.close()
    return [line.split() for line in said if line.endswith("\n")]  # the last one may be cut short


def begun(path: str) -> None:
    """Waits until a process has said something."""
    end = time.monotonic() + 30
    while not Path(path).stat().st_size:
        assert time.monotonic() < end
        time.sleep(0.01)


def test_what_was_accepted_is_there(tmp_path: Path) -> None:
    queues.create(str(tmp_path / "queue"))
    topics.create(str(tmp_path / "topic"))
    tables.create(str(tmp_path / "table"), {"key": "id", "indexes": {"by": ["id"]}})
    buckets.create(str(tmp_path / "bucket"))
    queue, topic = queues.Queue("q", str(tmp_path / "queue"), {}), topics.Topic("t", str(tmp_path / "topic"), {})
    table, bucket = tables.Table("t", str(tmp_path / "table"), {}), buckets.Bucket("b", str(tmp_path / "bucket"), {})
    published, changed, uploaded = topic.subscribe("s"), table.subscribe("s"), bucket.subscribe("s")
    accepted: dict[str, set[str]] = {"queue": set(), "topic": set(), "table": set(), "bucket": set()}
    for kind, id in rounds(tmp_path, "write"):
        accepted[kind].add(id)
    assert min(map(len, accepted.values())) > 20

    assert accepted["queue"] <= {message.id for message in queue.peek(1_000_000)}
    assert accepted["topic"] <= {message.id for message in published.peek(1_000_000)}
    items = {stored.item["id"] for stored in table.scan(1_000_000)}
    assert accepted["table"] <= items
    assert all((id.removesuffix("+") in items) and (id.removesuffix("+") + "+" in items) for id in items)
    assert changed.counts().visible == len(items)
    assert {row[0] for row in table.store.rows("SELECT key FROM entries")} == items
    bucket.scan(0)
    keys = set(bucket.list(""))
    assert accepted["bucket"] <= keys
    assert uploaded.counts().visible == len(keys)
    for key in keys:
        assert bucket.get(key) == key.replace("/", "-").encode() * 5000
        found = bucket.head(key)
        assert found is not None
        assert found.content_type == "text/x-own" or key not in accepted["bucket"]
    for resource in (queue, topic, table, bucket):
        assert resource.store.rows("PRAGMA integrity_check") == [("ok",)]


def test_nothing_is_lost_or_stuck_when_consumers_are_killed(tmp_path: Path) -> None:
    for name in ("queue", "dead"):
        queues.create(str(tmp_path / name))
    queue, dead = queues.Queue("q", str(tmp_path / "queue"), {}), queues.Queue("d", str(tmp_path / "dead"), {})
    with queue.store.writing() as connection:
        connection.executemany(
            "INSERT INTO messages (lane, id, body, attributes, sent, due) VALUES ('', ?, ?, '{}', ?, 0)",
            [(str(number), str(number), time.time()) for number in range(100_000)],
        )
    done = {int(body) for _, body in rounds(tmp_path, "consume", 1.0)}
    left = {int(message.body) for message in queue.peek(1_000_000)}
    buried = {int(message.body) for message in dead.peek(1_000_000)}
    assert len(done) > 30
    assert left, "all was done before anybody was killed: let there be more"
    assert done | left == set(range(100_000))
    assert (
        {number for number in done if number % 5 == 0} - left
        <= buried
        <= {number for number in done if number % 5 == 0}
    )
    time.sleep(0.3)  # until the last visibility has ended
    assert queue.counts() == (len(left), 0, 0)
