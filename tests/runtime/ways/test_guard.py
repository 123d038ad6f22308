"""Several ways into a route, and what a dispatcher makes of them: statuses, challenges, log lines, and loops."""

from __future__ import annotations

import asyncio
import hashlib
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from sls_infra.runtime import Request
from sls_infra.runtime.dispatch import Dispatcher
from sls_infra.runtime.fields import Headers
from sls_infra.runtime.ways import fetching
from sls_infra.runtime.ways import keys as keys_module
from tests.runtime.conftest import problem_of
from tools.issuer import JWKS, Issuer, SigningKey

from .conftest import Platform, Serve, call, challenge_of

JWT = {"kind": "jwt", "algorithms": ["RS256"], "leeway": 0, "scheme": "Bearer", "key": None}
API_KEY = {"kind": "api_key", "header": "x-api-key"}
WEBHOOK = {"kind": "webhook", "scheme": "github", "secret": "hook"}
KEY = "k" * 40


@pytest.fixture
def issuer(signing: SigningKey) -> Iterator[Issuer]:
    with Issuer(signing) as issuer:
        yield issuer


@pytest.fixture
def said(issuer: Issuer, platform: Platform) -> dict[str, Any]:
    platform.secrets["ring"] = json.dumps({hashlib.sha256(KEY.encode()).hexdigest(): "mobile"})
    platform.secrets["hook"] = "secret"
    jwt = {"issuer": issuer.url, "audience": ["orders"], "jwks_uri": None}
    return {"jwt": jwt, "jwt-2": {**jwt, "audience": ["others"]}, "api-key": {"keyring": "ring"}}


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def who(answer: Any) -> Any:
    assert answer.status == 200, answer.body
    return json.loads(answer.body)["claims"].get("sub")


def test_any_one_of_several_suffices(serve: Serve, said: dict[str, Any], issuer: Issuer) -> None:
    dispatcher = serve({"jwt": JWT, "api-key": API_KEY}, said)
    good = bearer(issuer.token("orders", sub="u"))
    assert who(call(dispatcher, good)) == "u"
    assert who(call(dispatcher, {"x-api-key": KEY})) == "mobile"
    assert who(call(dispatcher, {**bearer("rubbish"), "x-api-key": KEY})) == "mobile"
    assert who(call(dispatcher, {**good, "x-api-key": "rubbish"})) == "u"
    both = call(dispatcher, {**bearer("rubbish"), "x-api-key": "rubbish"})
    assert both.status == 401
    assert Headers(both.headers).get_all("www-authenticate") == [
        'Bearer realm="orders", error="invalid_token", error_description="the token can\'t be read"',
        'ApiKey realm="orders", header="x-api-key", error="invalid_key"',
    ]
    nothing = call(dispatcher)
    assert problem_of(nothing)["detail"] == "a token is needed"
    assert Headers(nothing.headers).get_all("www-authenticate") == [
        'Bearer realm="orders"',
        'ApiKey realm="orders", header="x-api-key"',
    ]


def test_two_issuers(serve: Serve, said: dict[str, Any], issuer: Issuer) -> None:
    dispatcher = serve({"jwt": JWT, "jwt-2": JWT}, said)
    for audience, status in (("orders", 200), ("others", 200), ("third", 401)):
        for _ in range(2):
            assert call(dispatcher, bearer(issuer.token(audience))).status == status
    assert Headers(call(dispatcher).headers).get_all("www-authenticate") == ['Bearer realm="orders"']


def test_beside_an_open_door(serve: Serve, said: dict[str, Any], issuer: Issuer) -> None:
    dispatcher = serve({"jwt": JWT, "api-key": API_KEY}, said, anonymous=True)
    assert json.loads(call(dispatcher).body) == {"claims": {}, "known": False}
    assert json.loads(call(dispatcher, {"authorization": "Basic dTpw"}).body) == {"claims": {}, "known": False}
    assert who(call(dispatcher, bearer(issuer.token("orders", sub="u")))) == "u"
    for bad in (bearer("rubbish"), bearer(""), {"x-api-key": "rubbish"}, {"x-api-key": ""}):
        assert call(dispatcher, bad).status == 401
    twice = [("authorization", f"Bearer {issuer.token('orders')}")] * 2
    for door in (dispatcher, serve({"jwt": JWT}, said)):
        refused = call(door, twice)
        assert (refused.status, problem_of(refused)["detail"]) == (401, "several Authorization headers")


def test_what_a_gateway_says_of_the_caller_is_nobodys_word(serve: Serve, said: dict[str, Any]) -> None:
    request = Request("POST", "/", claims={"sub": "forged", "scope": "a"})
    assert serve({"jwt": JWT}, said).handle(request).status == 401
    request = Request("POST", "/", claims={"sub": "forged", "scope": "a"})
    dispatcher = serve({"jwt": JWT}, said, anonymous=True)
    assert json.loads(dispatcher.handle(request).body) == {"claims": {}, "known": False}
    request = Request("POST", "/", claims={"sub": "forged", "scope": "a"})
    assert serve({"jwt": JWT}, said, anonymous=True, scopes=["a"]).handle(request).status == 401


def test_scopes(serve: Serve, said: dict[str, Any], issuer: Issuer) -> None:
    dispatcher = serve({"jwt": JWT, "api-key": API_KEY}, said, scopes=["a", "b"])
    assert call(dispatcher, bearer(issuer.token("orders", scope="b a"))).status == 200
    for headers in (bearer(issuer.token("orders", scope="a")), {"x-api-key": KEY}):
        refused = call(dispatcher, headers)
        assert refused.status == 403
        assert challenge_of(refused) == 'Bearer error="insufficient_scope", scope="a b"'


def test_every_refusal_is_one_line_of_the_log(
    serve: Serve, said: dict[str, Any], issuer: Issuer, capsys: pytest.CaptureFixture[str]
) -> None:
    schema = {"type": "object", "properties": {"qty": {"type": "integer"}}, "required": ["qty"]}
    dispatcher = serve({"jwt": JWT, "api-key": API_KEY}, said, scopes=["a"], request=schema)
    good = issuer.token("orders", sub="u", scope="a")
    bad = issuer.token("others", sub="u")
    cases: list[tuple[dict[str, str], bytes, int, str, str, str]] = [
        ({}, b"", 401, "auth:jwt,api-key", "a token is needed", ""),
        (bearer(bad), b"", 401, "auth:jwt,api-key", "the token is for another audience", ""),
        ({"x-api-key": "rubbish"}, b"", 401, "auth:jwt,api-key", "the key is none that is known", ""),
        ({"x-api-key": KEY}, b"", 403, "scopes:a", "needs the scopes a", "key:mobile"),
        (bearer(good), b"{", 400, "request", "the body is no JSON", "sub:u"),
        (bearer(good), b'{"qty": "hunter2"}', 400, "request", "1 places of the body do not fit", "sub:u"),
    ]
    for headers, body, status, rule, why, name in cases:
        request = Request(
            "POST", "/", "token=hunter2", list(headers.items()), body, id="r-1", client_ip="192.0.2.1"
        )  # fmt: skip
        assert dispatcher.handle(request).status == status
        text = capsys.readouterr().err
        (line,) = map(json.loads, text.splitlines())
        assert isinstance(line.pop("time"), float)
        assert line == {
            "audit": "refused", "request_id": "r-1", "status": status, "method": "POST", "path": "/",
            "route": "POST /", "rule": rule, "why": why, "who": name, "client_ip": "192.0.2.1",
        }  # fmt: skip
        for secret in ("hunter2", KEY, "rubbish", good, bad, bad.split(".")[2]):
            assert secret not in text
    assert call(dispatcher, bearer(good), b'{"qty": 1}').status == 200
    assert capsys.readouterr().err == ""


def test_a_refusal_of_the_handlers_own_is_none_of_ours(
    serve: Serve, said: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    from sls_infra.runtime import HttpError

    def handle(request: Request) -> None:
        raise HttpError(403, "not yours")

    assert call(serve({"api-key": API_KEY}, said, handle=handle), {"x-api-key": KEY}).status == 403
    assert capsys.readouterr().err == ""


def test_a_loop_is_not_held_up_by_a_fetch(
    serve: Serve, said: dict[str, Any], issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    served, gate = fetching.get_json, threading.Event()

    def slow(uri: str, *, loopback: bool) -> dict[str, Any]:
        assert gate.wait(10), "the loop was held up"
        return served(uri, loopback=loopback)

    monkeypatch.setattr(keys_module, "get_json", slow)
    dispatcher = serve({"jwt": JWT}, said)
    token = issuer.token("orders", sub="u")

    async def calls() -> list[int]:
        requests = [Request("POST", "/", "", list(bearer(token).items())) for _ in range(5)]
        waiting = [asyncio.create_task(dispatcher.handle_async(request)) for request in requests]
        await asyncio.sleep(0.05)
        gate.set()
        found = [(await each).status for each in waiting]
        again = Request("POST", "/", "", list(bearer(token).items()))
        return [*found, (await dispatcher.handle_async(again)).status]

    assert asyncio.run(calls()) == [200] * 6
    assert issuer.requests[JWKS] == 1


def test_an_issuer_that_is_away(serve: Serve, said: dict[str, Any], signing: SigningKey) -> None:
    with Issuer(signing) as away:
        token = away.token("orders")
        said["jwt"]["issuer"] = away.url
    dispatcher = serve({"jwt": JWT, "api-key": API_KEY}, said, anonymous=True)
    answer = call(dispatcher, bearer(token))
    assert (answer.status, dict(answer.headers)["retry-after"]) == (503, "2")
    assert call(dispatcher, {**bearer(token), "x-api-key": KEY}).status == 200
    assert call(dispatcher).status == 200


BROKEN: list[dict[str, Any]] = [
    {"jwt": None},
    {"jwt": {"issuer": "http://id.example.com/", "audience": ["orders"], "jwks_uri": None}},
    {"jwt": {"issuer": "https://id.example.com/", "audience": [], "jwks_uri": None}},
    {"jwt": {"issuer": "https://id.example.com/", "audience": [7], "jwks_uri": None}},
    {"jwt": {"issuer": 7, "audience": ["orders"], "jwks_uri": None}},
    {"jwt": {"issuer": "https://id.example.com/", "audience": ["orders"], "jwks_uri": "http://id.example.com/"}},
]


@pytest.mark.parametrize("wrong", BROKEN)
def test_a_way_that_cannot_be_made_never_opens_a_route(
    serve: Serve, said: dict[str, Any], issuer: Issuer, wrong: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    for anonymous in (False, True):
        dispatcher = serve({"jwt": JWT, "api-key": API_KEY}, {**said, **wrong}, anonymous=anonymous)
        for headers in ({}, bearer(issuer.token("orders")), {"x-api-key": "rubbish"}):
            assert call(dispatcher, headers).status == 500
        assert who(call(dispatcher, {"x-api-key": KEY})) == "mobile", "another way is as good as ever"
    assert "can't be used" in capsys.readouterr().err


@pytest.mark.parametrize(
    "way",
    [
        {"kind": "new"}, {}, {"kind": "jwt", "algorithms": []}, {**JWT, "algorithms": ["none"]},
        {**JWT, "algorithms": ["HS256"]}, {**JWT, "algorithms": ["RS256", "HS256"], "key": "hook"},
        {"kind": "webhook", "scheme": "new", "secret": "hook"}, {"kind": "webhook", "scheme": "github"},
        {"kind": "api_key"},
    ],
)  # fmt: skip
def test_a_way_that_the_runtime_does_not_know_closes_the_route(
    serve: Serve, said: dict[str, Any], issuer: Issuer, way: dict[str, Any]
) -> None:
    ways = {"jwt": {"kind": "jwt", **way} if way else {"kind": ""}}
    for headers in ({}, bearer(issuer.token("orders")), {"x-hub-signature-256": "sha256="}):
        assert call(serve(ways, said), headers).status == 500
        assert call(serve(ways, said, anonymous=True), headers).status == 500


def test_a_way_that_is_not_described_closes_the_route(serve: Serve) -> None:
    route = {"method": "POST", "path": "/", "handler": "ways_handlers:handler", "auth": ["jwt"], "ways": ["jwt"]}
    described: list[dict[str, Any]] = [{}, {"ways": {}}, {"ways": None}]
    for more in described:
        assert call(Dispatcher({"version": 1, "routes": [route], **more}, {})).status == 500
    for auth in (["jwt"], []):
        closed = Dispatcher({"version": 1, "routes": [{**route, "auth": auth, "ways": []}]}, {})
        assert call(closed, {"authorization": "Bearer x"}).status == 401
