"""Bodies, headers and cookies of an API Gateway HTTP API: in with its events, out with its answers."""

from __future__ import annotations

import base64
import json
import types
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sls_infra.runtime import Response
from sls_infra.runtime.entry.http_api import answer

from .conftest import event, seen, serve

pytestmark = pytest.mark.usefixtures("handlers")


@pytest.mark.parametrize(
    ("body", "encoded", "expected"),
    [
        (None, False, b""),
        ("", True, b""),
        ("text", False, b"text"),
        ("grüße", False, "grüße".encode()),
        (base64.b64encode(b"\x00\xff").decode(), True, b"\x00\xff"),
        ("AAA=", False, b"AAA="),
    ],
)
def test_bodies(body: str | None, encoded: bool, expected: bytes) -> None:
    request = seen(serve("POST /cognito"), event("http-api-jwt", body=body, isBase64Encoded=encoded))
    assert base64.b64decode(request["body"]) == expected


def test_a_body_that_is_no_base64_is_400() -> None:
    answered = answer(serve("POST /cognito"), event("http-api-jwt", body="a", isBase64Encoded=True))
    assert answered["statusCode"] == 400


def test_cookies_count_once_wherever_they_are() -> None:
    only_header = event("http-api-jwt", headers={"Cookie": "a=1; b=2"})
    both = event("http-api-jwt", headers={"cookie": "a=1"}, cookies=["a=1", 'b="2"'])
    for changed in (only_header, both):
        assert seen(serve("POST /cognito"), changed)["cookies"] == {"a": "1", "b": "2"}


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (
            Response("grüße"),
            {"body": "grüße", "isBase64Encoded": False, "headers": {"content-type": "text/plain; charset=utf-8"}},
        ),
        (
            Response(b"\x1f\x8b\xff", headers={"Content-Encoding": "gzip"}, content_type="text/plain"),
            {
                "body": "H4v/",
                "isBase64Encoded": True,
                "headers": {"content-encoding": "gzip", "content-type": "text/plain"},
            },
        ),
        (Response(headers=[("Link", "<a>"), ("link", "<b>")]), {"headers": {"link": "<a>, <b>"}, "body": ""}),
        (Response.empty(), {"statusCode": 204, "body": "", "headers": {}}),
        (Response("x", status=304), {"statusCode": 304, "body": ""}),
    ],
)
def test_answers(handlers: types.ModuleType, response: Response, expected: dict[str, Any]) -> None:
    handlers.echo = lambda request: response  # type: ignore[attr-defined]
    answered = answer(serve("POST /cognito"), event("http-api-jwt"))
    assert {**answered, **expected} == answered
    assert "cookies" not in answered


def test_cookies_are_answered_apart(handlers: types.ModuleType) -> None:
    response = Response("x")
    response.set_cookie("a", "1")
    response.set_cookie("b", "2", max_age=0)
    handlers.echo = lambda request: response  # type: ignore[attr-defined]
    answered = answer(serve("POST /cognito"), event("http-api-jwt"))
    assert answered["cookies"] == [
        "a=1; Path=/; SameSite=Lax; Secure; HttpOnly",
        "b=2; Max-Age=0; Path=/; SameSite=Lax; Secure; HttpOnly",
    ]
    assert "set-cookie" not in answered["headers"]


@given(st.binary())
def test_every_body_goes_out_as_it_is(body: bytes) -> None:
    from sls_infra.runtime.entry.http_api import to_answer

    answered = json.loads(json.dumps(to_answer(Response(body))))
    sent = base64.b64decode(answered["body"]) if answered["isBase64Encoded"] else answered["body"].encode()
    assert sent == body
