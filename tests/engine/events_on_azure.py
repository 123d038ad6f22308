"""An Api of the tests with events and resources: each kind once, a bucket with three subscribers, and a circle."""

from __future__ import annotations

HANDLER = "def handle(event):\n    return None\n"
PROGRAM = """
import pulumi
from sls_infra import (
    Api, Bucket, Function, OnChange, OnMessage, OnSchedule, OnUpload, Queue, ServerlessApi, Table, Topic
)

files = Bucket("files", expire_after=30, protect=PROTECT)
items = Table("items", key="id", sort_key="at", ttl="gone", indexes={"by_mail": ("mail",)}, protect=PROTECT)
jobs, ordered = Queue("jobs"), Queue("ordered", fifo=True)
placed = Topic("placed")
resize = Function("resize", code="resize", handler="resize:handle", links=[files.read_write(), placed.publish()])
index = Function("index", code="index", handler="index:handle", links=[items.read_write(), jobs.send()])
api = Api(
    "orders",
    events=[
        OnUpload(files, resize, name="thumbnails", prefix="in/", suffix=".png"),
        OnUpload(files, resize, name="pages", suffix=".pdf"),
        OnUpload(files, index, name="all"),
        OnMessage(jobs, index, max_attempts=5),
        OnMessage(ordered, index),
        OnMessage(placed, index, attributes={"type": ["a", "b"]}),
        OnSchedule("nightly", index, cron="0 3 * * *", timezone="Europe/Berlin"),
        OnChange(items, resize),
        MORE
    ],
)
made = ServerlessApi(api, "azure")
for kind in ("functions", "queues", "topics", "buckets", "tables"):
    pulumi.export(kind, getattr(made, kind))
"""


def program(*, protect: bool = False, version: int = 1, more: str = "") -> dict[str, str]:
    """Its files. `version`: of the code of "resize"; `more`: further events."""
    return {
        "__main__.py": PROGRAM.replace("PROTECT", str(protect)).replace("MORE", more),
        "resize/resize.py": HANDLER + f"# version {version}\n",
        "index/index.py": HANDLER,
    }
