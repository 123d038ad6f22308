"""Handlers that act once: in threads, in processes that die, and where links fail."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sls_infra.runtime import (
    Change,
    Conflict,
    Message,
    NotLinked,
    Throttled,
    Tick,
    Upload,
    deployed,
    idempotent,
    links,
    services,
)
from sls_infra.runtime import once as module
from sls_infra.runtime.links.local import tables
from sls_infra.runtime.once import Running, key_of

SHAPES: dict[str, dict[str, Any]] = {
    "plain": {"key": "id", "sort_key": None, "ttl": None, "indexes": {}},
    "expiring": {"key": "id", "sort_key": None, "ttl": "until", "indexes": {}},
    "sorted": {"key": "state", "sort_key": "until", "ttl": "expires", "indexes": {}},
}
"""The last ones with attributes that a claim might have itself."""


def served(path: str, described: dict[str, Any], access: str = "rw") -> None:
    services.use("local")
    deployed.use({"table": {"seen": path}})
    links.serve("shop", {"table": {"seen": {"access": access, **described}}})


@pytest.fixture(params=SHAPES)
def seen(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The path of a table for claims, linked as "seen"."""
    for name in ("_name", "_platform", "_cache"):
        monkeypatch.setattr(services, name, getattr(services, name))
    path = str(tmp_path / "seen")
    tables.create(path, SHAPES[request.param])
    served(path, SHAPES[request.param])
    yield path
    deployed.use(None)
    links.serve("")


class Effects:
    """What handlers did."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.failing: BaseException | None = None

    def act(self, what: Any) -> str:
        if self.failing is not None:
            raise self.failing
        self.done.append(getattr(what, "id", str(what)))
        return "an answer"


@pytest.fixture
def effects() -> Effects:
    return Effects()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Moves the time by which claims go on."""
    ahead = [0.0]
    monkeypatch.setattr(module, "time", lambda: time.time() + ahead[0])

    def forward(seconds: float) -> None:
        ahead[0] += seconds

    return forward


def test_what_has_succeeded_is_not_handled_again(seen: str, effects: Effects) -> None:
    handler = idempotent(table="seen")(effects.act)
    assert handler(Message("1", "x")) == "an answer"
    assert handler(Message("1", "x", attempt=2)) is None
    handler(Message("2", "x"))
    assert effects.done == ["1", "2"]


def test_an_async_handler(seen: str, effects: Effects) -> None:
    @idempotent(table="seen")
    async def handler(message: Message) -> None:
        """Its words."""
        await asyncio.sleep(0)
        effects.act(message)

    async def twice() -> None:
        await handler(Message("1", "x"))
        await handler(Message("1", "x"))

    asyncio.run(twice())
    effects.failing = ValueError("no")
    with pytest.raises(ValueError, match="no"):
        asyncio.run(handler(Message("2", "x")))
    effects.failing = None
    asyncio.run(handler(Message("2", "x")))
    assert effects.done == ["1", "2"]
    assert (handler.__name__, handler.__doc__) == ("handler", "Its words.")


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(1)])
def test_what_failed_is_handled_again(seen: str, effects: Effects, error: BaseException) -> None:
    handler = idempotent(table="seen")(effects.act)
    effects.failing = error
    for _ in range(2):
        with pytest.raises(type(error)):
            handler(Message("1", "x"))
    effects.failing = None
    handler(Message("1", "x"))
    handler(Message("1", "x"))
    assert effects.done == ["1"]


def test_what_is_being_handled_elsewhere_comes_again(seen: str, effects: Effects) -> None:
    @idempotent(table="seen")
    def handler(message: Message) -> None:
        with pytest.raises(Running, match="another call"):
            handler(message)
        effects.act(message)

    handler(Message("1", "x"))
    assert effects.done == ["1"]


def test_of_many_threads_one_acts(seen: str, effects: Effects) -> None:
    barrier = threading.Barrier(8)
    raised: list[BaseException] = []

    @idempotent(table="seen")
    def handler(message: Message) -> None:
        time.sleep(0.01)
        effects.act(message)

    def call() -> None:
        for number in range(10):
            barrier.wait(30)
            try:
                handler(Message(str(number), "x"))
            except BaseException as error:
                raised.append(error)

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(effects.done) == sorted(map(str, range(10)))
    assert {type(error) for error in raised} <= {Running}


CRASHING = """
import os, sys
sys.path.insert(0, sys.argv[4])
from sls_infra.runtime import Message, idempotent
from tests.runtime.test_once import SHAPES, served

def handler(message):
    with open(sys.argv[3], "a") as file:
        file.write(message.id)
    os._exit(9)

served(sys.argv[1], SHAPES[sys.argv[2]])
idempotent(table="seen", name="h")(handler)(Message("1", "x"))
"""


def test_a_claim_of_a_process_that_died_is_taken_over_after_its_lease(
    seen: str, tmp_path: Path, effects: Effects, clock: Callable[[float], None], request: pytest.FixtureRequest
) -> None:
    """And what it did is done again: nobody can tell that it was."""
    shape = request.node.callspec.params["seen"]
    root = str(Path(__file__).parents[2])
    died = subprocess.run(
        [sys.executable, "-c", CRASHING, seen, shape, tmp_path / "effects", root], timeout=60, check=False
    )
    assert (died.returncode, (tmp_path / "effects").read_text()) == (9, "1")
    handler = idempotent(table="seen", name="h")(effects.act)
    with pytest.raises(Running):
        handler(Message("1", "x"))
    clock(module.LEASE + 1)
    handler(Message("1", "x"))
    handler(Message("1", "x"))
    assert effects.done == ["1"]


def test_who_was_too_slow_does_not_take_it_back(
    seen: str, effects: Effects, clock: Callable[[float], None], capsys: pytest.CaptureFixture[str]
) -> None:
    inner = idempotent(table="seen", name="h", lease=5)(effects.act)

    @idempotent(table="seen", name="h", lease=5)
    def slow(message: Message) -> None:
        clock(6)
        inner(message)

    @idempotent(table="seen", name="h", lease=5)
    def slow_and_failing(message: Message) -> None:
        slow.__wrapped__(message)  # type: ignore[attr-defined]
        raise ValueError("too late")

    slow(Message("1", "x"))
    assert "it may be handled again" in capsys.readouterr().err
    with pytest.raises(ValueError, match="too late"):
        slow_and_failing(Message("2", "x"))
    inner(Message("1", "x"))
    inner(Message("2", "x"))
    assert effects.done == ["1", "2"]


def test_what_was_done_is_forgotten_in_the_end(seen: str, effects: Effects, clock: Callable[[float], None]) -> None:
    handler = idempotent(table="seen", ttl=100)(effects.act)
    handler(Message("1", "x"))
    clock(99)
    handler(Message("1", "x"))
    clock(3)
    handler(Message("1", "x"))
    handler(Message("1", "x"))
    assert effects.done == ["1", "1"]


def test_each_handler_has_claims_of_its_own(seen: str, effects: Effects) -> None:
    for name in ("a", "b", "a"):
        idempotent(table="seen", name=name)(effects.act)(Message("1", "x"))
    assert effects.done == ["1", "1"]


@pytest.mark.parametrize("bad", ["mark", "release"])
def test_where_links_fail(
    seen: str, effects: Effects, bad: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table = links.table("seen")
    put = table.put

    def failing(item: Any, **more: Any) -> str:
        if more.get("if_version"):
            raise Throttled("later")
        return put(item, **more)

    def refusing(*given: Any, **more: Any) -> None:
        raise Throttled("later")

    monkeypatch.setattr(table, *(("put", failing) if bad == "mark" else ("delete", refusing)))
    handler = idempotent(table="seen")(effects.act)
    if bad == "mark":  # the effect has taken place: to raise would only repeat it
        assert handler(Message("1", "x")) == "an answer"
        assert "it may be handled again" in capsys.readouterr().err
    else:
        effects.failing = ValueError("its own")
        with pytest.raises(ValueError, match="its own"):
            handler(Message("1", "x"))
        assert "the event waits until it is abandoned" in capsys.readouterr().err
    with pytest.raises(Running):
        handler(Message("1", "x"))


def test_a_claim_that_fails_is_the_events_failure(seen: str, effects: Effects, monkeypatch: pytest.MonkeyPatch) -> None:
    def refusing(*given: Any, **more: Any) -> str:
        raise Throttled("later")

    monkeypatch.setattr(links.table("seen"), "put", refusing)
    with pytest.raises(Throttled):
        idempotent(table="seen")(effects.act)(Message("1", "x"))
    assert effects.done == []


@pytest.mark.parametrize("access", ["r", "w"])
def test_the_table_is_to_be_linked_for_both(seen: str, effects: Effects, access: str) -> None:
    handler = idempotent(table="seen")(effects.act)
    links._described = {"table": {"seen": {**links._described["table"]["seen"], "access": access}}}
    links._made.clear()
    with pytest.raises(NotLinked, match=r"seen\.read_write\(\)"):
        handler(Message("1", "x"))
    assert effects.done == []


AT = datetime(2026, 3, 29, 1, tzinfo=UTC)


def test_what_makes_two_events_one() -> None:
    events: list[Any] = [
        Message("1", "x"), Message("2", "x"), Tick("nightly", AT), Tick("nightly", AT.replace(hour=2)), Tick("x", AT),
        Upload("b", "k", 1, etag="e"), Upload("b", "k", 1, etag="f"), Upload("b", "k2", 1, etag="e"),
        Upload("bk", "", 1, etag="e"), Change("update", {"id": "1"}, None, None, "t", "c1"),
        Change("update", {"id": "1"}, None, None, "t", "c2"), Change("update", {"id": "1"}, None, None, "t2", "c1"),
        Change("insert", {"id": "1"}, None, {"id": "1"}, "t"),
        Change("insert", {"id": "1"}, None, {"id": "1", "n": 1}, "t"),
    ]  # fmt: skip
    keys = [key_of(event) for event in events]
    assert len(set(keys)) == len(keys)
    assert key_of(Message("1", "other", {"a": "b"}, 7)) == keys[0]
    with pytest.raises(TypeError, match="give it one, key="):
        key_of(object())


@pytest.mark.parametrize("key", ["", None, 7])
def test_a_key_is_text(seen: str, effects: Effects, key: Any) -> None:
    with pytest.raises(TypeError, match="is text, and not empty"):
        idempotent(table="seen", key=lambda event: key)(effects.act)(Message("1", "x"))


@pytest.mark.parametrize("key", ["x" * 5000, "a\0b", "\ud800", "😀" * 300])
def test_any_text_is_a_key(seen: str, effects: Effects, key: str) -> None:
    handler = idempotent(table="seen", key=lambda event: event.body)(effects.act)
    for body in (key, key, key + "!"):
        handler(Message("1", body))
    assert effects.done == ["1", "1"]


@pytest.mark.parametrize("more", [{"ttl": 0}, {"lease": 0}, {"ttl": 1.5}, {"lease": True}])
def test_times_are_whole_seconds(more: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="as seconds, an int of at least 1"):
        idempotent(table="seen", **more)


def test_a_conflict_of_the_handlers_own_is_no_claims(seen: str, effects: Effects) -> None:
    effects.failing = Conflict("of its own")
    with pytest.raises(Conflict, match="of its own"):
        idempotent(table="seen")(effects.act)(Message("1", "x"))
