"""What handlers get: the same fields, wherever the event came from."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sls_infra.runtime.events.shapes import Change, Message, Tick, Upload

from .conftest import Serve
from .differences import CHANGES
from .worlds.world import DONE, Due, Put, Sent, World, Written

BODIES = ["hello", '{"a": [1, "ü"]}', "grüße, 世界 😀 \u2028", " \t\n", "0", "null", '"', "a=1&b=%20+", "x" * 200_000]
ITEM: dict[str, Any] = {
    "id": "ü/😀", "total": 3, "ratio": 0.5, "big": 2**53, "ok": True, "none": None, "text": "", "list": [1, "a", []],
    "of": {"ttl": "x", "": 0},
}  # fmt: skip


@pytest.mark.parametrize("source", ["messages", "published"])
@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_a_message(serve: Serve, source: str, body: str) -> None:
    served = serve()
    sent = Sent(body=body, attributes={"type": "a", "wide": "grüße 😀", "e": "<&>\"'"})
    assert served.deliver(source, [sent], attempt=2) == [DONE]
    (message,) = served.seen
    assert isinstance(message, Message)
    assert (message.id, message.body, message.attempt) == (sent.id, body, 2)
    assert message.attributes == sent.attributes


def test_a_message_without_attributes_as_json(serve: Serve) -> None:
    served = serve()
    assert served.deliver("messages", [Sent(body='{"a": [1, "\\u00fc"]}')]) == [DONE]
    (message,) = served.seen
    assert message.json() == {"a": [1, "ü"]}
    assert (message.attributes, message.attempt) == ({}, 1)


def test_a_dead_letter_that_was_put_back_does_not_tell_its_handler_so(serve: Serve) -> None:
    served = serve()
    assert served.deliver("messages", [Sent(body="x", attributes={"sls-dead-letter": "{}", "a": "b"})]) == [DONE]
    assert served.seen[0].attributes == {"a": "b"}


def test_a_handler_of_dead_letters_is_told_why_they_died(serve: Serve) -> None:
    served = serve()
    why = json.dumps({"source": "elsewhere", "attempts": 3, "reason": "OSError", "failed_at": "2025-01-01T00:00:00Z"})
    assert served.deliver("messages", [Sent(body="x", attributes={"sls-dead-letter": why})]) == [DONE]
    assert served.seen[0].attributes == {"sls-dead-letter": why}


@pytest.mark.parametrize("attempt", [1, 3])
@pytest.mark.parametrize(
    "name", ["plain", "a b", "a+b", "100%", "a%20b", "%2B", "ü", "u\u0308", "😀", "a/b/c", "a=&b;,'\"", "#?", "~()!*"]
)
def test_an_upload(serve: Serve, name: str, attempt: int) -> None:
    served = serve()
    put = Put(key=f"in/{name}.txt", size=5, content_type="text/plain; charset=utf-8")
    assert served.deliver("uploads", [put], attempt) == [DONE]
    (upload,) = served.seen
    assert isinstance(upload, Upload)
    assert (upload.bucket, upload.key, upload.size, upload.etag) == ("receipts", put.key, 5, put.etag)
    assert upload.content_type == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    ("old", "new"), [(None, ITEM), (ITEM, {**ITEM, "total": 4}), (ITEM, None)], ids=["insert", "update", "delete"]
)
def test_a_change(serve: Serve, world: World, old: dict[str, Any] | None, new: dict[str, Any] | None) -> None:
    served = serve()
    written = Written(old=old, new=new)
    assert served.deliver("changes", [written]) == [DONE]
    expected: list[tuple[Any, ...]]
    if CHANGES.on(world.platform) == "latest":
        expected = [("update", {"id": ITEM["id"]}, None, new)] if new is not None else []
    else:
        expected = [(written.kind, {"id": ITEM["id"]}, old, new)]
    assert [(change.kind, change.key, change.old, change.new) for change in served.seen] == expected
    assert all(isinstance(change, Change) and change.table == "orders" for change in served.seen)


def test_a_change_has_an_id_of_its_own_that_stays(serve: Serve) -> None:
    served = serve()
    first, second = Written(new={"id": "1"}), Written(old={"id": "1"}, new={"id": "1", "a": 2})
    for written in (first, second, first):
        assert served.deliver("changes", [written]) == [DONE]
    one, two, again = (change.id for change in served.seen)
    assert one == again != two
    assert one


@pytest.mark.parametrize("late", [0, 1, 2])
@pytest.mark.parametrize(
    "at",
    [datetime(2025, 1, 10, 2, tzinfo=UTC), datetime(2025, 7, 10, 1, tzinfo=UTC), datetime(2025, 3, 30, 1, tzinfo=UTC)],
    ids=["winter", "summer", "the day that the clock changes"],
)
def test_a_tick(serve: Serve, at: datetime, late: int) -> None:
    served = serve()
    due = Due(at=at)
    for attempt in range(1, late + 2):
        assert served.deliver("nightly", [due], attempt) == [DONE]
    for tick in served.seen:
        assert isinstance(tick, Tick)
        assert (tick.name, tick.scheduled_at, tick.scheduled_at.utcoffset()) == ("nightly", at, timedelta(0))
    assert len(served.seen) == late + 1
