"""Dead letters: what they say of themselves, what they carry, and where they go."""

from __future__ import annotations

import json
import os
import types
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sls_infra.runtime import Change, Message, Tick, Upload, deployed, environment, services
from sls_infra.runtime.dispatch import Dispatcher
from sls_infra.runtime.errors import ServiceError
from sls_infra.runtime.events import dead_letters
from sls_infra.runtime.events.delivery import MAX_REASON, REASON, DeadLetter, Delivery

AT = datetime(2026, 3, 29, 1, tzinfo=UTC)


@given(
    reason=st.text(max_size=3000), attempts=st.integers(1, 1000), source=st.text("abcdefghij-", min_size=1, max_size=63)
)
def test_what_a_letter_says_fits_any_platform_and_is_cut_no_more_than_that(
    reason: str, attempts: int, source: str
) -> None:
    said = dead_letters.described(source, attempts, reason, "2026-03-29T01:00:00Z")
    known = json.loads(said)
    assert len(said) <= 1024
    assert said.isascii()
    assert (known["source"], known["attempts"]) == (source, attempts)
    assert reason.startswith(known["reason"])
    if known["reason"] != reason:
        assert len(said) > 1024 - 30


@pytest.mark.parametrize(
    "error", [ValueError("x" * 5000), ValueError(), type("Silent", (Exception,), {"__str__": None})()]
)
def test_a_reason_is_short_and_always_there(error: Exception) -> None:
    reason = dead_letters.reason(error)
    assert reason.startswith(type(error).__qualname__)
    assert len(reason) <= MAX_REASON


def test_a_message_is_carried_as_it_came() -> None:
    came = Delivery("1", Message("1", "hello"), group="g", body='{"raw": 1}', attributes={"type": "x"})
    letter = dead_letters.letter("emails-worker", came, 3, "ValueError: no", "2026-03-29T01:00:00Z")
    told = {"source": "emails-worker", "attempts": 3, "reason": "ValueError: no", "failed_at": "2026-03-29T01:00:00Z"}
    assert (letter.body, letter.group, letter.attributes["type"]) == ('{"raw": 1}', "g", "x")
    assert json.loads(letter.attributes[REASON]) == told == dead_letters.read(letter.attributes)


@pytest.mark.parametrize("said", ["", "no JSON", "[]", "1"])
def test_one_of_the_platforms_own_says_nothing(said: str) -> None:
    assert dead_letters.read({REASON: said}) == dead_letters.read({}) == {}


@pytest.mark.parametrize(
    ("event", "body"),
    [
        (Message("1", "hello"), "hello"),
        (Tick("nightly", AT), {"kind": "tick", "name": "nightly", "scheduled_at": "2026-03-29T01:00:00Z"}),
        (
            Upload("receipts", "a.pdf", 3, "application/pdf", "e"),
            {"kind": "upload", "bucket": "receipts", "key": "a.pdf", "size": 3, "content_type": "application/pdf",
             "etag": "e"},
        ),
        (
            Change("update", {"id": "7"}, {"id": "7", "n": 1}, {"id": "7", "n": 2}, "orders", "c1"),
            {"kind": "change", "id": "c1", "table": "orders", "change": "update", "key": {"id": "7"},
             "old": {"id": "7", "n": 1}, "new": {"id": "7", "n": 2}},
        ),
    ],
)  # fmt: skip
def test_bodies_of_what_was_carried_otherwise(event: Any, body: Any) -> None:
    made = dead_letters.letter("s", Delivery("1", event), 1, "x").body
    assert made == body if isinstance(body, str) else json.loads(made) == body


def test_a_type_that_would_have_to_be_asked_for_is_left_open() -> None:
    def asked() -> str:
        raise AssertionError("the object may be gone")

    assert json.loads(dead_letters.body(Upload("b", "k", 1, asked)))["content_type"] is None


def test_items_that_do_not_fit_into_a_message_are_left_out() -> None:
    item = {"id": "7", "text": "x" * 200_000}
    body = dead_letters.body(Change("update", {"id": "7"}, item, item, "orders", "c1"))
    assert json.loads(body).items() >= {"key": {"id": "7"}, "old": None, "new": None}.items()
    assert len(body) < 1000


class Platform:
    """Keeps dead letters."""

    fresh = fresh_environment = 0.0

    def __init__(self) -> None:
        self.kept: list[tuple[Any, DeadLetter]] = []

    def secret(self, ref: str) -> str:
        raise ServiceError(ref)

    def call_authorizer(self, target: str, payload: bytes) -> bytes:
        raise ServiceError(target)

    def dead_letter(self, address: Any, letter: DeadLetter) -> None:
        self.kept.append((address, letter))


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    for name in ("_name", "_platform", "_cache"):
        monkeypatch.setattr(services, name, getattr(services, name))
    platform = Platform()
    services.use("nimbus", platform)
    yield platform
    deployed.use(None)


def test_a_bundles_letters_go_where_its_deployment_says(platform: Platform) -> None:
    address = {"namespace": "ns", "name": "dead"}
    deployed.use({"events": {"s": {"dead_letter": address}}})
    letter = DeadLetter("body", {}, None)
    dead_letters.bury_by()("s", letter)
    assert platform.kept == [(address, letter)]
    with pytest.raises(ServiceError, match=r"'other'.*deploy it again"):
        dead_letters.bury_by()("other", letter)


EVENT = {"kind": "queue", "handler": "shop_handlers:handler", "max_attempts": 1, "attributes": {}}


def manifest(handler: str) -> dict[str, Any]:
    return {"version": 1, "routes": [], "events": {"s": {**EVENT, "handler": handler}}}


def test_a_dispatcher_buries_on_a_cloud_and_leaves_it_to_the_daemon_on_this_machine(
    platform: Platform, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed.use({"events": {"s": {"dead_letter": "arn"}}})
    event = Delivery("1", Message("1", "hello"), attempt=1, body="hello")
    cloud = Dispatcher(manifest("nowhere:handler")).consumer
    assert cloud is not None
    assert cloud.consume("s", [event]) == []
    assert [(address, letter.body) for address, letter in platform.kept] == [("arn", "hello")]
    services.use("local", platform)
    local = Dispatcher(manifest("nowhere:handler")).consumer
    assert local is not None
    assert [failure.id for failure in local.consume("s", [event])] == ["1"]
    assert len(platform.kept) == 1


def test_no_handler_runs_before_its_environment_is_there(
    platform: Platform, module: types.ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "PAUSE", 0.0)
    monkeypatch.delenv("DB", raising=False)
    seen: list[str] = []
    module.handler = lambda message: seen.append(os.environ["DB"])  # type: ignore[attr-defined]
    deployed.use({"secrets": {"db": "ref-db"}})
    dispatcher = Dispatcher({**manifest("shop_handlers:handler"), "events": {"s": {**EVENT, "max_attempts": 2}}})
    consumer = dispatcher.consumer
    assert consumer is not None
    dispatcher.fill({"DB": "db"})
    event = Delivery("1", Message("1", "hello"), attempt=1)
    (failure,) = consumer.consume("s", [event])
    assert failure.reason.startswith("HttpError: 503")
    monkeypatch.setattr(platform, "secret", lambda ref: f"value of {ref}")
    services.use("nimbus", platform)  # what was asked for in vain is not asked for again at once
    assert consumer.consume("s", [event]) == []
    assert seen == ["value of ref-db"]


def test_a_dispatcher_without_events_has_no_consumer() -> None:
    assert Dispatcher({"version": 1, "routes": []}).consumer is None


def test_warming_up_imports_handlers_of_events_and_names_those_that_fail() -> None:
    with pytest.raises(ImportError, match="the handler 'nowhere:handler' of the event 's' can't be imported"):
        Dispatcher(manifest("nowhere:handler")).warm()
