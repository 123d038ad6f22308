"""Answers on their way through the library, the worker and the host: what the caller gets of them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import azure.functions as func
import pytest

from sls_infra.plan.names import route_id
from sls_infra.runtime import HttpError, Request, Response
from sls_infra.runtime.entry import azure
from sls_infra.runtime.entry.azure_cookies import CookieError, is_plain, one_apart

from ..azure_host import Received, received, sent
from . import azure_calls
from .azure_calls import answered, rpc, serve, trigger

HERE = route_id("GET", "/here")


@pytest.fixture
def handlers() -> Iterator[ModuleType]:
    module = ModuleType(azure_calls.MODULE)
    yield module
    sys.modules.pop(azure_calls.MODULE, None)


def returns(handlers: ModuleType, value: Any, method: str = "GET", **manifest: Any) -> Received:
    """What the caller of a route gets whose handler returns `value`, or raises it."""

    def echo(request: Request) -> Any:
        if isinstance(value, BaseException):
            raise value
        return value

    handlers.echo = echo  # type: ignore[attr-defined]
    dispatcher = serve(handlers, "ANY /here", **manifest)
    return answered(dispatcher, sent(method, "/here", route=route_id("ANY", "/here")))


def test_bodies_and_statuses_go_out_as_they_are(handlers: ModuleType) -> None:
    assert returns(handlers, {"a": "ü"}).body == '{"a":"ü"}'.encode()
    octets = returns(handlers, Response(bytes(range(256)), status=201, content_type="image/png"))
    assert (octets.status, octets.body, octets.all("content-type")) == (201, bytes(range(256)), ["image/png"])


def test_an_answer_without_a_content_type_gets_none(handlers: ModuleType) -> None:
    empty = returns(handlers, None)
    assert (empty.status, empty.body, empty.headers) == (204, b"", [])
    assert returns(handlers, Response(status=304, headers={"etag": '"1"'})).headers == [("etag", '"1"')]


def test_head_has_the_headers_and_no_body(handlers: ModuleType) -> None:
    head = returns(handlers, {"a": 1}, "HEAD")
    assert (head.body, head.all("content-type")) == (b"", ["application/json"])


def test_repeated_headers_are_joined_since_the_worker_keeps_one(handlers: ModuleType) -> None:
    response = Response("x", headers=[("Link", "<a>"), ("X-A", "1"), ("link", "<b>")])
    answer = returns(handlers, response)
    assert answer.all("link") == ["<a>, <b>"]
    assert answer.all("x-a") == ["1"]


def test_errors_are_problems_and_the_cause_stays_in_the_log(
    handlers: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    teapot = returns(handlers, HttpError(409, "taken", headers={"retry-after": "7"}))
    assert (teapot.status, teapot.all("retry-after")) == (409, ["7"])
    crash = returns(handlers, RuntimeError("hunter2"))
    assert (crash.status, b"hunter2" in crash.body) == (500, False)
    assert "hunter2" in capsys.readouterr().err
    assert returns(handlers, SystemExit(3)).status == 500


def test_preflights_and_origins_are_answered_here(handlers: ModuleType) -> None:
    handlers.echo = lambda request: {"ok": True}  # type: ignore[attr-defined]
    cors = {"origins": ["https://shop.example.com"], "methods": ["GET"], "headers": ["authorization"], "max_age": 60}
    dispatcher = serve(handlers, "GET /here", auth="jwt", cors=cors)
    asked = [("Origin", "https://shop.example.com"), ("Access-Control-Request-Method", "GET")]
    preflight = answered(dispatcher, sent("OPTIONS", "/here", asked))
    assert preflight.status == 204
    assert preflight.all("access-control-allow-origin") == ["https://shop.example.com"]
    refused = answered(dispatcher, sent("GET", "/here", asked[:1], route=HERE))
    assert refused.status == 401
    assert refused.all("access-control-allow-origin") == ["https://shop.example.com"]


PLAIN = [
    "seen=1; Path=/; SameSite=Lax; Secure; HttpOnly",
    "a=b.c-d_e~; Max-Age=0; Domain=example.com; Path=/x/y",
    'gone=""; expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; path=/; SameSite=lax',
]
HARD = [
    "session=eyJ1IjoxfQ==.ZVl; path=/; httponly",
    "a=b c; Path=/",
    "a=%20; Path=/",
    "a=1; Path=/; Partitioned",
    "a=1; Priority=High",
    "a=1; expires=Thu, 01-Jan-1970 00:00:00 GMT",
    "a=1; Max-Age=soon",
    "a=1; Path=",
    "a=1; Path=/; Path=/b",
    "a=1; Secure=1",
    "path=1",
    "$a=1",
    "novalue",
    'a="b"c"',
]


@pytest.mark.parametrize("cookie", PLAIN)
def test_plain_cookies_come_out_of_library_and_host_with_the_same_meaning(handlers: ModuleType, cookie: str) -> None:
    assert is_plain(cookie)
    made = func.HttpResponse(b"", headers={"Set-Cookie": cookie})
    (out,) = received(rpc(made)).all("set-cookie")
    assert parts(out) >= parts(cookie) - {("expires", "Thu, 01 Jan 1970 00:00:00 GMT")}


def parts(cookie: str) -> set[tuple[str, str]]:
    pair, *attributes = cookie.split(";")
    name, _, value = pair.partition("=")
    split = [attribute.strip().partition("=") for attribute in attributes]
    return {
        (name, value.strip('"')),
        *((key.lower(), text.lower() if key.lower() != "expires" else text) for key, _, text in split),
    }


@pytest.mark.parametrize("cookie", HARD)
def test_any_one_cookie_goes_out_as_it_is(handlers: ModuleType, cookie: str) -> None:
    assert not is_plain(cookie)
    assert returns(handlers, Response("x", headers=[("Set-Cookie", cookie)])).all("set-cookie") == [cookie]


def test_several_cookies(handlers: ModuleType) -> None:
    lines = [("Set-Cookie", cookie) for cookie in (PLAIN[0], HARD[0], PLAIN[1])]
    answer = returns(handlers, Response("x", headers=[*lines, ("x-a", "1")]))
    assert (answer.status, answer.all("x-a")) == (200, ["1"])
    out = answer.all("set-cookie")
    assert out[0] == HARD[0]
    assert [parts(cookie) >= parts(wanted) for cookie, wanted in zip(out[1:], (PLAIN[0], PLAIN[1]), strict=True)]
    assert len(out) == 3


def test_cookies_that_would_be_changed_are_refused_and_told(
    handlers: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    both = Response("x", headers=[("Set-Cookie", HARD[0]), ("Set-Cookie", "cart=a b; Path=/")])
    assert returns(handlers, both).status == 500
    logged = json.loads(capsys.readouterr().err)
    assert "the cookies session, cart can't go in one response" in logged["error"]


def test_the_first_cookie_goes_apart_unless_another_has_to() -> None:
    assert one_apart(["a=1"]) == ("a=1", [])
    assert one_apart(["a=1", "b=2", "a=1"]) == ("a=1", ["b=2", "a=1"])
    assert one_apart(["a=1", "b=="]) == ("b==", ["a=1"])
    with pytest.raises(CookieError, match="b, c"):
        one_apart(["b==", "c=="])


def test_a_response_that_is_kept_and_returned_again_is_the_same(handlers: ModuleType) -> None:
    kept = Response("x", headers=[("Set-Cookie", PLAIN[0]), ("Set-Cookie", HARD[0])])
    handlers.echo = lambda request: kept  # type: ignore[attr-defined]
    function = azure.function_of(serve(handlers, "GET /here"), func)
    first, second = (rpc(function(trigger(sent("GET", "/here", route=HERE)))) for _ in range(2))
    assert first == second
