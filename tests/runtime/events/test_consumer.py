"""Deliveries and what becomes of them: one that fails fails alone, comes again, and is a dead letter in the end."""

from __future__ import annotations

import asyncio
import json
import threading
import types
from typing import Any

import pytest

from sls_infra.runtime import Change, Message, Upload
from sls_infra.runtime.events import consumer as consumers
from sls_infra.runtime.events.consumer import AFTER
from sls_infra.runtime.events.delivery import REASON, Delivery, Failure

from .conftest import Consume, Graves, delivered


def told(failures: list[Failure]) -> dict[str, str]:
    return {failure.id: failure.reason for failure in failures}


def refusing(*bad: str) -> Any:
    """A handler that raises for these bodies, and notes the others."""

    def handler(message: Message) -> None:
        if message.body in bad:
            raise ValueError(f"not {message.body}")
        handler.seen.append(message.body)  # type: ignore[attr-defined]

    handler.seen = []  # type: ignore[attr-defined]
    return handler


def test_one_that_raises_fails_alone(consuming: Consume) -> None:
    handler = refusing("b")
    assert told(consuming(handler).consume("emails-worker", delivered("a", "b", "c"))) == {"b": "ValueError: not b"}
    assert handler.seen == ["a", "c"]


def test_an_async_handler_is_awaited(consuming: Consume) -> None:
    seen = []

    async def handler(message: Message) -> None:
        await asyncio.sleep(0)
        seen.append(message.body)
        if message.body == "b":
            raise ValueError("no")

    assert told(consuming(handler).consume("emails-worker", delivered("a", "b"))) == {"b": "ValueError: no"}
    assert seen == ["a", "b"]


def test_on_a_running_loop(consuming: Consume, graves: Graves) -> None:
    async def handler(message: Message) -> None:
        await asyncio.sleep(0)
        raise ValueError(message.body)

    consumer = consuming(handler)
    failures = asyncio.run(consumer.consume_async("emails-worker", delivered("a") + delivered("b", attempt=3)))
    assert told(failures) == {"a": "ValueError: a"}
    assert [letter.body for _, letter in graves.letters] == ["b"]


def test_a_call_that_is_cancelled_is_no_failure_of_the_event(consuming: Consume) -> None:
    async def handler(message: Message) -> None:
        await asyncio.sleep(60)

    async def cancelled() -> None:
        task = asyncio.create_task(consuming(handler).consume_async("emails-worker", delivered("a")))
        await asyncio.sleep(0)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancelled())


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit(), MemoryError()])
def test_nothing_that_a_handler_raises_gets_out(consuming: Consume, error: BaseException) -> None:
    def handler(message: Message) -> None:
        raise error

    (failure,) = consuming(handler).consume("emails-worker", delivered("a"))
    assert failure.reason.startswith(type(error).__name__)


def test_in_a_group_what_comes_after_a_failure_is_not_tried(consuming: Consume) -> None:
    handler = refusing("a2")
    one = delivered("a1", "a2", "a3", group="a")
    other = delivered("b1", "b2", group="b")
    deliveries = [one[0], other[0], one[1], one[2], other[1]]
    assert told(consuming(handler).consume("emails-worker", deliveries)) == {"a2": "ValueError: not a2", "a3": AFTER}
    assert handler.seen == ["a1", "b1", "b2"]


def test_those_not_tried_have_no_attempt_more(consuming: Consume) -> None:
    """Where the runtime counts."""
    consumer = consuming(refusing("a", "b"), buries=False)
    deliveries = delivered("a", "b", attempt=None, group="g")
    for _ in range(3):
        consumer.consume("emails-worker", deliveries)
    assert consumer._attempts == {("emails-worker", "a"): 3}


def test_the_last_attempt_is_buried_and_done(consuming: Consume, graves: Graves) -> None:
    consumer = consuming(refusing("a"))
    kept = {"type": "x"}
    assert told(consumer.consume("emails-worker", delivered("a", attempt=2, attributes=kept))) != {}
    assert graves.letters == []
    assert consumer.consume("emails-worker", delivered("a", attempt=3, attributes=kept)) == []
    ((source, letter),) = graves.letters
    said = json.loads(letter.attributes[REASON])
    assert (source, letter.body, letter.attributes["type"]) == ("emails-worker", "a", "x")
    assert (said["source"], said["attempts"], said["reason"]) == ("emails-worker", 3, "ValueError: not a")


def test_more_attempts_than_asked_for_are_the_last_too(consuming: Consume, graves: Graves) -> None:
    """A platform whose least is more than the spec's most."""
    assert consuming(refusing("a"), max_attempts=1).consume("emails-worker", delivered("a", attempt=4)) == []
    assert len(graves.letters) == 1


def test_a_group_goes_on_after_its_dead(consuming: Consume, graves: Graves) -> None:
    handler = refusing("a")
    assert consuming(handler).consume("emails-worker", delivered("a", "b", attempt=3, group="g")) == []
    assert (handler.seen, [letter.group for _, letter in graves.letters]) == (["b"], ["g"])


@pytest.mark.parametrize("error", [RuntimeError("the queue is gone"), SystemExit(1)])
def test_what_can_not_be_buried_fails(consuming: Consume, graves: Graves, error: BaseException) -> None:
    graves.full = error
    consumer = consuming(refusing("a"))
    failures = consumer.consume("emails-worker", delivered("a", "b", attempt=3, group="g"))
    assert told(failures) == {"a": "ValueError: not a", "b": AFTER}


def test_where_somebody_else_buries_it_always_fails(consuming: Consume) -> None:
    assert told(consuming(refusing("a"), buries=False).consume("emails-worker", delivered("a", attempt=99))) != {}


def test_where_the_platform_does_not_count_the_runtime_does(consuming: Consume, graves: Graves) -> None:
    attempts = []

    def handler(message: Message) -> None:
        attempts.append(message.attempt)
        raise ValueError

    consumer = consuming(handler)
    for _ in range(2):
        assert told(consumer.consume("emails-worker", delivered("a", attempt=None))) == {"a": "ValueError"}
    assert consumer.consume("emails-worker", delivered("a", attempt=None)) == []
    assert (attempts, len(graves.letters)) == ([1, 2, 3], 1)
    assert told(consumer.consume("emails-worker", delivered("a", attempt=None))) == {"a": "ValueError"}  # forgotten
    assert attempts == [1, 2, 3, 1]


def test_counts_are_bounded(consuming: Consume, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumers, "MAX_COUNTED", 10)
    consumer = consuming(refusing(*map(str, range(30))))
    for _ in range(2):
        consumer.consume("emails-worker", delivered("29", attempt=None))
    for number in range(25):
        consumer.consume("emails-worker", delivered(str(number), attempt=None))
    assert len(consumer._attempts) == 10
    assert ("emails-worker", "29") not in consumer._attempts


def test_counts_of_many_threads_are_right(consuming: Consume, graves: Graves) -> None:
    consumer = consuming(refusing(*map(str, range(100))), max_attempts=5)

    def deliver(ids: range) -> None:
        for _ in range(5):
            consumer.consume("emails-worker", delivered(*map(str, ids), attempt=None))

    threads = [threading.Thread(target=deliver, args=(range(start, start + 25),)) for start in range(0, 100, 25)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(int(letter.body) for _, letter in graves.letters) == list(range(100))
    assert consumer._attempts == {}


def test_a_handler_that_can_not_be_imported_fails_its_events(
    consuming: Consume, module: types.ModuleType, graves: Graves
) -> None:
    consumer = consuming(lambda message: None)
    del module.handler
    assert "shop_handlers:handler" in str(consumer.warm()[0])
    (failure,) = consumer.consume("emails-worker", delivered("a"))
    assert failure.reason.startswith("HandlerError: the handler 'shop_handlers:handler' of the event 'emails-worker'")
    consumer.consume("emails-worker", delivered("a", attempt=3))
    assert len(graves.letters) == 1
    module.handler = lambda message: None  # type: ignore[attr-defined]
    assert consumer.consume("emails-worker", delivered("a")) == []


def test_an_event_source_of_somebody_else_is_an_error(consuming: Consume) -> None:
    with pytest.raises(KeyError, match="others"):
        consuming(lambda message: None).consume("others", delivered("a"))


@pytest.mark.parametrize(
    ("filters", "attributes", "wanted"),
    [
        ({}, {}, True),
        ({"type": ["a", "b"]}, {"type": "b"}, True),
        ({"type": ["a", "b"]}, {"type": "c"}, False),
        ({"type": ["a"]}, {}, False),
        ({"type": ["a"], "to": ["x"]}, {"type": "a", "to": "y"}, False),
        ({"type": ["a"], "to": ["x"]}, {"type": "a", "to": "x", "more": "z"}, True),
    ],
)
def test_messages_that_the_filter_leaves_out_are_done(
    consuming: Consume, filters: dict[str, list[str]], attributes: dict[str, str], wanted: bool
) -> None:
    handler = refusing()
    for kind in ("queue", "topic"):
        consumer = consuming(handler, kind=kind, attributes=filters)
        assert consumer.consume("emails-worker", delivered("a", attributes=attributes)) == []
    assert handler.seen == (["a", "a"] if wanted else [])


@pytest.mark.parametrize(
    ("key", "wanted"), [("in/a.pdf", True), ("in/a.PDF", False), ("out/a.pdf", False), ("in/.pdf", True)]
)
def test_uploads_that_the_filter_leaves_out_are_done(consuming: Consume, key: str, wanted: bool) -> None:
    seen: list[str] = []
    consumer = consuming(lambda upload: seen.append(upload.key), kind="upload", prefix="in/", suffix=".pdf")
    assert consumer.consume("emails-worker", [Delivery("1", Upload("receipts", key, 1), attempt=1)]) == []
    assert seen == [key] * wanted


def test_changes_that_the_filter_leaves_out_are_done(consuming: Consume) -> None:
    seen: list[tuple[str, str]] = []
    consumer = consuming(lambda change: seen.append((change.kind, change.id)), kind="change", kinds=["insert"])
    changes = [Change(kind, {"id": "1"}, None, None) for kind in ("insert", "update", "delete")]
    deliveries = [Delivery(f"e{at}", change, attempt=1) for at, change in enumerate(changes)]
    assert consumer.consume("emails-worker", deliveries) == []
    assert seen == [("insert", "e0")]  # a change has the id by which its platform knows it


def test_a_failure_is_one_line_in_the_log_without_the_body(
    consuming: Consume, capsys: pytest.CaptureFixture[str]
) -> None:
    def handler(message: Message) -> None:
        raise ValueError("no such address")

    (delivery,) = delivered("secret body", attempt=3)
    consuming(handler).consume("emails-worker", [Delivery("m-1", delivery.event, attempt=2, body="secret body")])
    (line,) = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    known = {"event": "emails-worker", "id": "m-1", "attempt": 2, "reason": "ValueError: no such address"}
    assert line.items() >= known.items()
    assert "test_consumer.py" in line["traceback"]
    assert "secret body" not in json.dumps(line)


def test_a_dead_letter_that_was_put_back_is_a_message_as_it_was(consuming: Consume, graves: Graves) -> None:
    seen: list[dict[str, str]] = []

    def handler(message: Message) -> None:
        seen.append(dict(message.attributes))
        raise ValueError("again")

    before = {"type": "x", REASON: '{"source":"emails-worker","attempts":3,"reason":"ValueError: once"}'}
    consuming(handler).consume("emails-worker", delivered("a", attempt=3, attributes=before))
    ((_, letter),) = graves.letters
    assert seen == [{"type": "x"}]
    assert json.loads(letter.attributes[REASON])["reason"] == "ValueError: again"


def test_whoever_listens_to_dead_letters_is_told_why(consuming: Consume) -> None:
    seen: list[dict[str, str]] = []
    why = '{"source":"orders-worker","attempts":3,"reason":"ValueError: once"}'
    consuming(lambda message: seen.append(dict(message.attributes))).consume(
        "emails-worker", delivered("a", attributes={"type": "x", REASON: why})
    )
    assert seen == [{"type": "x", REASON: why}]


def test_an_environment_that_is_not_ready_fails_the_event(module: types.ModuleType) -> None:
    seen: list[str] = []
    module.handler = lambda message: seen.append(message.body)  # type: ignore[attr-defined]
    ready = [False]

    def check() -> None:
        if not ready[0]:
            raise RuntimeError("the function is not ready")

    events = {"e": {"kind": "queue", "handler": "shop_handlers:handler", "max_attempts": 3}}
    consumer = consumers.Consumer(events, lambda handler, what: module.handler, None, check)
    assert told(consumer.consume("e", delivered("a"))) == {"a": "RuntimeError: the function is not ready"}
    ready[0] = True
    assert consumer.consume("e", delivered("a")) == []
    assert seen == ["a"]
