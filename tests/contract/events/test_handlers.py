"""What a handler may be, and what it may use."""

from __future__ import annotations

from pathlib import Path

import pytest

from sls_infra.runtime.links.local.buckets import Bucket

from .conftest import Serve
from .test_failures import SOURCES, event_of
from .worlds.world import AGAIN, DONE, Put, Sent

ONCE = """
@idempotent(table="handled")
{how} handle(event):
    note(event)
    if len(seen) <= {failures}:
        raise OSError("not yet")
"""
AWAITED = """
import asyncio

async def handle(event):
    await asyncio.sleep(0)
    note(event)
    if "bad" in text_of(event):
        raise ValueError("no such address")
"""
SLOW = """
import asyncio

def handle(event):
    return asyncio.sleep(0, note(event))
"""
OBJECT = """
class Handler:
    def __call__(self, event):
        note(event)

handle = Handler()
"""
LINKED = """
def handle(event):
    table = links.table("handled")
    table.put({"id": event.body, "ü": 1})
    note(table.get("x"))
"""


@pytest.mark.parametrize("source", SOURCES)
def test_one_that_is_async(serve: Serve, source: str) -> None:
    served = serve(AWAITED.replace('"bad"', '"no such"'))
    assert served.deliver(source, [event_of(source)]) == [DONE]
    assert len(served.seen) == 1


def test_one_that_is_async_and_fails(serve: Serve) -> None:
    served = serve(AWAITED)
    batch = [Sent(body="good"), Sent(body="bad")]
    for attempt in (1, 2):
        assert served.deliver("messages", batch, attempt) == [DONE, AGAIN]
    last = served.deliver("messages", batch, 3)[1].letter
    assert last is not None
    assert last.reason == "ValueError: no such address"


@pytest.mark.parametrize("code", [SLOW, OBJECT, "handle = note", "handle = lambda event, more=1: note(event)"])
def test_other_callables(serve: Serve, code: str) -> None:
    served = serve(code)
    assert served.deliver("messages", [Sent(body="x")]) == [DONE]
    assert len(served.seen) == 1


@pytest.mark.parametrize(
    "value", ["False", "0", "{'batchItemFailures': [{'itemIdentifier': event.id}]}", "object()", "(b'', 500)", "event"]
)
def test_what_it_returns_means_nothing(serve: Serve, value: str) -> None:
    served = serve(f"def handle(event):\n    note(event)\n    return {value}")
    assert served.deliver("messages", [Sent(body="x"), Sent(body="y")]) == [DONE, DONE]
    assert len(served.seen) == 2


@pytest.mark.parametrize("how", ["def", "async def"])
@pytest.mark.parametrize("source", SOURCES)
def test_an_idempotent_one_handles_an_event_once(serve: Serve, source: str, how: str) -> None:
    served = serve(ONCE.format(how=how, failures=0))
    event = event_of(source)
    for _ in range(3):
        assert served.deliver(source, [event]) == [DONE]
    assert len(served.seen) == 1


def test_and_one_that_failed_again(serve: Serve) -> None:
    served = serve(ONCE.format(how="def", failures=1))
    sent = Sent(body="x")
    assert [served.deliver("messages", [sent], attempt)[0] for attempt in (1, 2, 3)] == [AGAIN, DONE, DONE]
    assert len(served.seen) == 2


@pytest.mark.parametrize("how", ["def", "async def"])
def test_a_generator_is_never_taken_for_done(serve: Serve, how: str) -> None:
    served = serve(f"@idempotent(table='handled')\n{how} handle(event):\n    yield note(event)")
    sent = Sent(body="x")
    assert [served.deliver("messages", [sent], attempt)[0] for attempt in (1, 2)] == [AGAIN, AGAIN]


def test_two_events_are_two_to_it(serve: Serve) -> None:
    served = serve(ONCE.format(how="def", failures=0))
    assert served.deliver("messages", [Sent(body="x"), Sent(body="x")]) == [DONE, DONE]
    assert len(served.seen) == 2


def test_what_is_linked_can_be_used(serve: Serve) -> None:
    served = serve(LINKED)
    assert served.deliver("messages", [Sent(body="x")]) == [DONE]
    assert served.seen == [{"id": "x", "ü": 1}]


def test_an_upload_can_be_read_without_a_link(serve: Serve, tmp_path: Path) -> None:
    served = serve("def handle(event):\n    with event.open() as file:\n        note(file.read())")
    bucket = Bucket("receipts", str(tmp_path / "buckets" / "receipts"), {})
    bucket.put("in/a.txt", b"xxx", "text/plain")
    bucket.store.close()
    assert served.deliver("uploads", [Put(key="in/a.txt", size=3)]) == [DONE]
    assert served.seen == [b"xxx"]
