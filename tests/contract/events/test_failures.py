"""What fails comes again, so often as the spec says, and is then a dead letter that says why; nothing is lost."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from .conftest import Serve
from .differences import UNIMPORTABLE, UPLOAD_LETTER
from .worlds.world import AGAIN, DONE, Due, Garbled, Happened, Letter, Put, Sent, Served, World, Written

ALWAYS = """
def handle(event):
    note(event)
    raise ValueError("no such address: ü")
"""
MEDDLING = """
def handle(event):
    for name in ("body", "key", "old", "new", "attributes"):
        found = getattr(event, name, None)
        if isinstance(found, dict):
            found["meddled"] = "meddled"
        elif found is not None:
            setattr(event, name, "meddled")
    raise ValueError("no such address: ü")
"""
SOURCES = ["messages", "ordered", "published", "uploads", "changes", "nightly"]


def event_of(source: str) -> Happened:
    """One that the source's filter lets through."""
    match source:
        case "uploads":
            return Put(key="in/bad ü.txt")
        case "changes":
            return Written(old={"id": "7"}, new={"id": "7", "is": "bad"})
        case "nightly":
            return Due(at=datetime(2025, 1, 10, 2, tzinfo=UTC))
        case "ordered":
            return Sent(body="bad ü", attributes={"type": "a"}, group="g")
    return Sent(body="bad ü", attributes={"type": "a"})


def buried(served: Served, source: str, event: Happened, attempts: int = 3) -> Letter:
    """The dead letter, after it came again each time before."""
    for attempt in range(1, attempts):
        assert served.deliver(source, [event], attempt) == [AGAIN]
    (outcome,) = served.deliver(source, [event], attempts)
    assert outcome.what == "dead"
    assert outcome.letter is not None
    return outcome.letter


@pytest.mark.parametrize("source", SOURCES)
def test_so_many_attempts_then_a_dead_letter(serve: Serve, source: str) -> None:
    served = serve(ALWAYS)
    letter = buried(served, source, event_of(source))
    assert (letter.source, letter.attempts, letter.reason) == (source, 3, "ValueError: no such address: ü")
    assert len(served.seen) == 3
    if source in ("messages", "ordered", "published"):
        assert [message.attempt for message in served.seen] == [1, 2, 3]
        assert (letter.body, letter.attributes) == ("bad ü", {"type": "a"})


def test_the_dead_letter_of_an_upload(serve: Serve, world: World) -> None:
    letter = buried(serve(ALWAYS), "uploads", event_of("uploads"))
    told: dict[str, Any] = json.loads(letter.body)
    match UPLOAD_LETTER.on(world.platform):
        case "s3":
            assert told["Records"][0]["s3"]["object"]["key"] == "in/bad+%C3%BC.txt"
        case "gcs":
            assert (told["name"], letter.attributes["objectId"]) == ("in/bad ü.txt", "in/bad ü.txt")
        case _:
            assert told["key"] == "in/bad ü.txt"
            assert (told["size"], told["content_type"]) == (3, "text/plain")


def test_the_dead_letter_of_a_change(serve: Serve) -> None:
    told = json.loads(buried(serve(ALWAYS), "changes", event_of("changes")).body)
    assert (told["key"], told["new"]) == ({"id": "7"}, {"id": "7", "is": "bad"})


@pytest.mark.parametrize("source", SOURCES)
def test_what_the_handler_makes_of_an_event_is_not_what_is_buried(serve: Serve, world: World, source: str) -> None:
    served = serve(MEDDLING)
    letter = buried(served, source, event_of(source))
    assert "meddled" not in letter.body
    assert "meddled" not in json.dumps(dict(letter.attributes))


def test_one_that_was_put_back_and_dies_again_tells_the_newest_reason(serve: Serve) -> None:
    before = json.dumps({"source": "messages", "attempts": 9, "reason": "OSError", "failed_at": "2025-01-01T00:00:00Z"})
    letter = buried(serve(), "messages", Sent(body="bad", attributes={"sls-dead-letter": before, "a": "b"}))
    assert (letter.attempts, letter.reason, letter.attributes) == (3, "ValueError: no such address", {"a": "b"})


@pytest.mark.needs("garbled")
def test_what_can_not_be_read_is_left_to_the_platform(serve: Serve) -> None:
    served = serve()
    garbled = Garbled()
    for attempt in (1, 3, 5):
        assert served.deliver("uploads", [garbled], attempt) == [AGAIN]
    assert served.seen == []


def test_one_attempt_alone(serve: Serve) -> None:
    served = serve()
    (outcome,) = served.deliver("once", [Sent(body="bad")])
    assert outcome.letter is not None
    assert (outcome.letter.source, outcome.letter.attempts) == ("once", 1)
    assert outcome.letter.reason == "ValueError: no such address"
    assert served.deliver("once", [Sent(body="good")]) == [DONE]


@pytest.mark.parametrize("attempt", [4, 10])
def test_one_that_came_more_often_than_it_should_is_buried(serve: Serve, attempt: int) -> None:
    (outcome,) = serve().deliver("messages", [Sent(body="bad")], attempt)
    assert outcome.letter is not None
    assert outcome.letter.attempts == attempt


@pytest.mark.parametrize("source", SOURCES)
def test_one_that_works_in_the_end_is_done(serve: Serve, source: str) -> None:
    served = serve(
        "def handle(event):\n    note(event)\n    if len(seen) < 3:\n        raise OSError('not yet')"
    )  # fmt: skip
    event = event_of(source)
    assert [served.deliver(source, [event], attempt)[0] for attempt in (1, 2, 3)] == [AGAIN, AGAIN, DONE]


@pytest.mark.parametrize("source", SOURCES)
def test_where_no_dead_letter_can_be_written_it_comes_again(serve: Serve, source: str) -> None:
    served = serve(ALWAYS)
    served.break_graves()
    event = event_of(source)
    for attempt in (1, 2, 3, 4):
        assert served.deliver(source, [event], attempt) == [AGAIN]


@pytest.mark.parametrize(
    ("raising", "reason"),
    [
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("raise GeneratorExit", "GeneratorExit"),
        ("import asyncio; raise asyncio.CancelledError('x')", "CancelledError: x"),
        ("return handle(event)", "RecursionError: maximum recursion depth exceeded"),
        ("raise type('Odd', (Exception,), {'__str__': lambda self: 1 / 0})()", "Odd"),
        ("raise Exception()", "Exception"),
        ("raise ValueError('\\udcff \\ud83d')", "ValueError: ? ?"),
        ("yield event", "TypeError: the handler is a generator"),
        ("raise Exception('line\\none \\u2028 \\x00 😀')", "Exception: line\none \u2028 \x00 😀"),
        ("raise Exception('x' * 5000)", "Exception: " + "x" * 700),
        ("return 1 / 0", "ZeroDivisionError: division by zero"),
        ("return note()", "TypeError: note() missing 1 required positional argument: 'event'"),
    ],
)
@pytest.mark.parametrize("how", ["def", "async def"])
def test_whatever_a_handler_raises_is_the_reason(serve: Serve, how: str, raising: str, reason: str) -> None:
    if how == "async def":
        raising = raising.replace("return handle", "return await handle")
    served = serve(f"{how} handle(event):\n    {raising}")
    letter = buried(served, "messages", Sent(body="x"))
    assert letter.reason[: len(reason)] == reason
    assert len(letter.reason) <= 800


@pytest.mark.parametrize("how", ["def", "async def"])
def test_after_that_the_same_process_handles_others(serve: Serve, how: str) -> None:
    served = serve(f"{how} handle(event):\n    if event.body == 'bad':\n        raise SystemExit\n    note(event)")
    for _ in range(3):
        assert served.deliver("messages", [Sent(body="bad"), Sent(body="good")]) == [AGAIN, DONE]
    assert [message.body for message in served.seen] == ["good"] * 3


@pytest.mark.parametrize("how", ["RuntimeError('no such library')", "SystemExit(1)", "ImportError('x')"])
def test_where_the_module_can_not_be_imported_nothing_is_lost(serve: Serve, world: World, how: str) -> None:
    letter = buried(serve(f"raise {how}"), "messages", Sent(body="x", attributes={"a": "b"}))
    assert (letter.body, letter.attributes, letter.attempts) == ("x", {"a": "b"}, 3)
    if "library" in how:
        assert letter.reason == UNIMPORTABLE.on(world.platform)


@pytest.mark.parametrize("code", ["", "handle = 7"])
def test_nor_where_it_has_no_such_handler(serve: Serve, code: str) -> None:
    assert buried(serve(code), "messages", Sent(body="x")).body == "x"


def test_a_resource_that_is_not_linked_is_the_reason(serve: Serve) -> None:
    letter = buried(serve("def handle(event):\n    links.table('orders').get('1')"), "messages", Sent(body="x"))
    assert letter.reason == (
        'NotLinked: no table named "orders" is linked to this function: '
        'write links=[orders.read()] on Function("worker", …)'
    )


@pytest.mark.needs("stray")
def test_what_is_of_no_source_of_the_function_is_not_taken_for_done(serve: Serve) -> None:
    served = serve()
    assert served.stray()
    assert served.seen == []
