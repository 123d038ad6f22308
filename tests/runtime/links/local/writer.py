"""A process to be killed: `python writer.py write|consume <folder> <name>`. It tells what it has done, line by line."""

from __future__ import annotations

import sys
from itertools import count

from sls_infra.runtime.links.local import buckets, queues, tables, topics

BURIED = 5
"""Of so many messages one goes to the dead letters."""


def write(folder: str, name: str) -> None:
    """Writes to everything, for ever."""
    queue, topic = queues.Queue("q", f"{folder}/queue", {}), topics.Topic("t", f"{folder}/topic", {})
    table, bucket = tables.Table("t", f"{folder}/table", {}), buckets.Bucket("b", f"{folder}/bucket", {})
    for number in count():
        key = f"{name}-{number}"
        print("queue", queue.send(key, {}, 0, None), flush=True)
        print("topic", topic.publish(key, {}), flush=True)
        table.write([{"id": key, "part": 1}, {"id": f"{key}+", "part": 2}], [])
        print("table", key, flush=True)
        bucket.put(f"{name}/{number}", key.encode() * 5000, "text/x-own")
        print("bucket", f"{name}/{number}", flush=True)


def consume(folder: str, name: str) -> None:
    """Takes what is in the queue, for ever."""
    queue, dead = queues.Queue("q", f"{folder}/queue", {}), queues.Queue("d", f"{folder}/dead", {})
    while True:
        for message in queue.receive(5, 0.3):
            print("done", message.body, flush=True)
            if int(message.body) % BURIED == 0:
                queue.bury(message.receipt, dead, "tests", "as told")
            else:
                queue.delete(message.receipt)


if __name__ == "__main__":
    {"write": write, "consume": consume}[sys.argv[1]](*sys.argv[2:])
