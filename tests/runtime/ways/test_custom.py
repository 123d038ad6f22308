"""Custom: authorizers here and in another function, what they are shown, and for whom their answer is kept."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from typing import Any

import pytest

from sls_infra.runtime import HttpError, Request
from sls_infra.runtime.dispatch import Dispatcher
from sls_infra.runtime.errors import HandlerError
from sls_infra.runtime.ways.answers import ENTRIES, MAX_LENGTH, REFUSALS, Answers
from sls_infra.runtime.ways.custom import VARYING, answer

from .conftest import Clock, Platform, Serve, call, challenge_of

Handler = Callable[[Request], Any]
HERE = {"kind": "custom", "handler": "ways_handlers:decide"}
ELSEWHERE = {"kind": "custom", "handler": None}


class Decide:
    """An authorizer that knows who sends its password, and counts."""

    def __init__(self) -> None:
        self.seen: list[Request] = []

    def __call__(self, request: Request) -> dict[str, Any] | None:
        self.seen.append(request)
        if request.headers.get("authorization") != "Basic open":
            return None
        return {"sub": "u", "n": len(self.seen), "groups": ["a"]}


OPEN = {"authorization": "Basic open"}


@pytest.fixture(params=["here", "here, async", "elsewhere", "elsewhere, async"])
def made(request: pytest.FixtureRequest, serve: Serve, platform: Platform) -> Callable[..., Dispatcher]:
    """A dispatcher whose authorizer is in its own function, or in another one that the platform reaches."""
    place, _, kind = request.param.partition(", ")

    def made(decide: Handler, ttl: int = 0, **more: Any) -> Dispatcher:
        async def decide_async(request: Request) -> object:
            await asyncio.sleep(0)
            return decide(request)

        handler = decide_async if kind else decide
        if place == "here":
            return serve({"custom": {**HERE, "ttl": ttl}}, decide=handler, **more)
        other = Dispatcher(
            {
                "version": 1,
                "function": "door",
                "routes": [],
                "authorizers": {"custom": {"handler": "ways_handlers:decide", "ttl": ttl}},
            }
        )
        platform.authorizer = lambda target, payload: answer(other, payload)
        return serve({"custom": {**ELSEWHERE, "ttl": ttl}}, {"custom": {"target": "door"}}, decide=handler, **more)

    return made


def test_its_claims_are_the_requests(made: Callable[..., Dispatcher]) -> None:
    dispatcher = made(Decide(), scopes=["a"])
    assert call(dispatcher, OPEN).status == 403
    dispatcher = made(Decide())
    found = json.loads(call(dispatcher, OPEN).body)
    assert found == {"claims": {"sub": "u", "n": 1, "groups": ["a"]}, "known": True}
    assert json.loads(call(dispatcher, OPEN).body)["claims"]["n"] == 2, "without a ttl it is asked each time"
    refused = call(dispatcher)
    assert refused.status == 401
    assert json.loads(refused.body)["detail"] == "the caller is not known"
    assert challenge_of(refused) == 'Custom realm="orders"'


def test_what_it_is_shown(made: Callable[..., Dispatcher]) -> None:
    decide = Decide()
    dispatcher = made(decide)
    headers = [("Authorization", "Basic open"), ("X-A", "1"), ("x-a", "2"), ("Content-Type", "text/plain")]
    request = Request(
        "POST", "/", "a=1&a=2", headers, b"secret body", claims={"sub": "forged"}, client_ip="192.0.2.1", id="r-9",
        url="https://shop.example.com/?a=1&a=2",
    )  # fmt: skip
    assert dispatcher.handle(request).status == 200
    (shown,) = decide.seen
    assert (shown.method, shown.raw_path, shown.raw_query) == ("POST", "/", "a=1&a=2")
    assert (shown.client_ip, shown.id, shown.url) == ("192.0.2.1", "r-9", request.url)
    assert shown.headers.items() == headers
    assert (shown.body, shown.claims, shown.authenticated) == (b"", {}, False)


def test_an_answer_is_kept_for_the_same_call_alone(made: Callable[..., Dispatcher], clock: Clock) -> None:
    decide = Decide()
    dispatcher = made(decide, ttl=60)

    def asked(method: str = "POST", query: str = "", ip: str = "192.0.2.1", **headers: str) -> bool:
        before = len(decide.seen)
        items = [(name.replace("_", "-"), value) for name, value in {**OPEN, **headers}.items()]
        request = Request(method, "/", query, items, client_ip=ip, id=str(clock.now), url=f"https://a/?{query}")
        assert dispatcher.handle(request).status in (200, 401, 404)
        return len(decide.seen) > before

    assert asked()
    assert not asked()
    for differs in (
        {"authorization": "Basic other"}, {"authorization": "basic open"}, {"cookie": "a=1"}, {"x_tenant": "b"},
        {"user_agent": "x"}, {"host": "other"}, {"x_forwarded_for": "192.0.2.9"}, {"query": "a=1"}, {"ip": "192.0.2.2"},
    ):  # fmt: skip
        assert asked(**differs), differs
        assert not asked(**differs), differs
    assert not asked(content_type="text/plain", x_request_id="7", traceparent="00-1", date="now")
    assert not ({"authorization", "cookie", "host", "x-forwarded-for", "x-api-key", "origin"} & VARYING)
    clock.now += 61
    assert asked()


def test_headers_that_do_not_count_are_not_shown_where_answers_are_kept(made: Callable[..., Dispatcher]) -> None:
    decide = Decide()
    assert call(made(decide, ttl=60), {**OPEN, "Date": "now", "Content-MD5": "x", "X-B": "1"}).status == 200
    assert decide.seen[0].headers.items() == [("authorization", "Basic open"), ("X-B", "1")]


def test_handlers_may_change_the_claims_they_get(made: Callable[..., Dispatcher]) -> None:
    def spoil(request: Request) -> object:
        claims = json.dumps(request.claims)
        request.claims["groups"].append("admin")
        return claims

    dispatcher = made(Decide(), ttl=60, handle=spoil)
    assert [call(dispatcher, OPEN).body for _ in range(3)] == [b'{"sub": "u", "n": 1, "groups": ["a"]}'] * 3


def test_a_refusal_is_kept_too_but_shorter(made: Callable[..., Dispatcher], clock: Clock) -> None:
    decide = Decide()
    dispatcher = made(decide, ttl=3600)
    for _ in range(3):
        assert call(dispatcher).status == 401
    assert len(decide.seen) == 1
    clock.now += REFUSALS + 1
    assert call(dispatcher).status == 401
    assert len(decide.seen) == 2


@pytest.mark.parametrize("status", [401, 403, 429, 503])
def test_what_it_may_raise(made: Callable[..., Dispatcher], status: int) -> None:
    def decide(request: Request) -> None:
        raise HttpError(status, "not now", headers={"retry-after": "7"})

    for ttl in (0, 60):
        refused = call(made(decide, ttl), OPEN)
        assert refused.status == status
        assert json.loads(refused.body)["detail"] == "not now"
        assert dict(refused.headers)["retry-after"] == "7"


def raising(error: BaseException) -> Handler:
    def decide(request: Request) -> None:
        raise error

    return decide


@pytest.mark.parametrize(
    "decide",
    [
        raising(RuntimeError("hunter2")), raising(HttpError(404, "hunter2")), raising(HttpError(500, "hunter2")),
        raising(SystemExit(1)), raising(KeyError("hunter2")),
        lambda request: True,  lambda request: {"sub": object()}, lambda request: [1],
        lambda request: {1: "a"}, lambda request: {"x": float("nan")}, lambda request: "yes", lambda request: 1,
    ],
)  # fmt: skip
@pytest.mark.parametrize("anonymous", [False, True])
def test_whatever_else_it_does_lets_nobody_in(
    made: Callable[..., Dispatcher], decide: Handler, anonymous: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    failed = call(made(decide, ttl=60, anonymous=anonymous), OPEN)
    assert failed.status == 500
    assert b"hunter2" not in failed.body
    assert '"level": "error"' in capsys.readouterr().err


def test_empty_claims_are_somebody(made: Callable[..., Dispatcher]) -> None:
    for ttl in (0, 60):
        dispatcher = made(lambda request: {}, ttl)
        for _ in range(2):
            assert json.loads(call(dispatcher).body) == {"claims": {}, "known": True}


def test_beside_an_open_door(made: Callable[..., Dispatcher]) -> None:
    for ttl in (0, 60):
        dispatcher = made(Decide(), ttl, anonymous=True)
        for _ in range(2):
            assert json.loads(call(dispatcher).body) == {"claims": {}, "known": False}
            assert call(dispatcher, OPEN).status == 200
            assert call(dispatcher, {"authorization": "Basic wrong"}).status == 401


def test_on_a_running_loop(made: Callable[..., Dispatcher]) -> None:
    dispatcher = made(Decide(), ttl=60)

    async def statuses() -> list[int]:
        requests = [Request("POST", "/", "", list(headers.items())) for headers in (OPEN, {}, OPEN)]
        return [(await dispatcher.handle_async(request)).status for request in requests]

    assert asyncio.run(statuses()) == [200, 401, 200]


@pytest.mark.parametrize("said", [{}, {"custom": {}}, {"custom": {"target": None}}])
def test_an_authorizer_that_is_nowhere_closes_the_route(serve: Serve, said: dict[str, Any]) -> None:
    for anonymous in (False, True):
        assert call(serve({"custom": {**ELSEWHERE, "ttl": 0}}, said, anonymous=anonymous), OPEN).status == 500


@pytest.mark.parametrize(
    "said", [b"", b"[]", b"7", b"{}", b'{"claims": "yes"}', b'{"claims": null, "failed": true}', None]
)
def test_a_function_that_answers_otherwise_lets_nobody_in(serve: Serve, platform: Platform, said: bytes | None) -> None:
    if said is not None:
        platform.authorizer = lambda target, payload: said
    for anonymous in (False, True):
        ways = {"custom": {**ELSEWHERE, "ttl": 60}}
        dispatcher = serve(ways, {"custom": {"target": "door"}}, anonymous=anonymous)
        assert call(dispatcher, OPEN).status == 500


@pytest.mark.parametrize("payload", [b"", b"{", b"[]", b"{}", b'{"way": "custom"}', b'{"way": "other", "request": {}}'])
def test_payloads_that_are_none(payload: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    dispatcher = Dispatcher({"version": 1, "routes": [], "authorizers": {"custom": {"handler": "a:b", "ttl": 0}}})
    assert json.loads(answer(dispatcher, payload)) == {"claims": None, "failed": True}
    assert "authorizer failed" in capsys.readouterr().err


def test_an_authorizer_that_cannot_be_imported(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    dispatcher = serve({"custom": {"kind": "custom", "handler": "ways_handlers:gone", "ttl": 0}})
    assert call(dispatcher, OPEN).status == 500
    sys.modules["ways_handlers"].gone = Decide()  # type: ignore[attr-defined]
    assert call(dispatcher, OPEN).status == 200, "a later call tries again"


def test_warming_names_authorizers_that_are_not_there() -> None:
    dispatcher = Dispatcher(
        {"version": 1, "routes": [], "authorizers": {"custom": {"handler": "no_such:door", "ttl": 0}}}
    )
    with pytest.raises(HandlerError, match="the authorizer 'custom' can't be imported: ModuleNotFoundError"):
        dispatcher.warm()


def test_what_is_kept_is_bounded(clock: Clock) -> None:
    kept = Answers(60)
    for number in range(3 * ENTRIES):
        kept.add(b"%d" % number, "{}")
    assert len(kept) == ENTRIES
    assert kept.get(b"0") is None
    assert kept.get(b"%d" % (3 * ENTRIES - 1)) == "{}"
    kept.add(b"long", "x" * (MAX_LENGTH + 1))
    assert kept.get(b"long") is None
