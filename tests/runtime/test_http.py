"""Request and Response by themselves."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

import pytest

from sls_infra.runtime import HttpError, Request, Response
from sls_infra.runtime.errors import PHRASES
from sls_infra.runtime.fields import Headers
from sls_infra.runtime.http import problem, sendable, to_response


def test_a_request_has_what_the_contract_names() -> None:
    request = Request(
        "POST",
        "/orders/gr%C3%BC%C3%9Fe",
        "a=1&a=2",
        [("Cookie", "s=1; t=2"), ("X-One", "1")],
        b'{"qty": 2}',
        path_params={"id": "grüße"},
        claims={"sub": "u"},
        client_ip="192.0.2.1",
        id="r-1",
        url="https://shop.example.com/orders/gr%C3%BC%C3%9Fe?a=1&a=2",
        route="POST /orders/{id}",
    )
    assert request.method == "POST"
    assert request.path == "/orders/grüße"
    assert request.path_params == {"id": "grüße"}
    assert request.query.get_all("a") == ["1", "2"]
    assert request.query is request.query
    assert request.headers["x-one"] == "1"
    assert request.cookies == {"s": "1", "t": "2"}
    assert request.text == '{"qty": 2}'
    assert request.json() == {"qty": 2}
    assert request.json() is request.json()
    assert request.claims == {"sub": "u"}
    assert request.authenticated
    assert (request.client_ip, request.id, request.route) == ("192.0.2.1", "r-1", "POST /orders/{id}")


def test_a_request_of_nobody_with_nothing() -> None:
    request = Request("GET", "/")
    assert request.path == "/"
    assert request.claims == {}
    assert not request.authenticated
    assert request.cookies == {}
    assert request.query.get("x") is None
    assert request.body == b""
    assert request.headers == Headers()


def test_requests_share_nothing() -> None:
    one, two = Request("GET", "/"), Request("GET", "/")
    one.claims["x"] = 1
    one.path_params["x"] = "1"
    assert two.claims == two.path_params == {}


def test_a_null_body_is_parsed_once_too() -> None:
    request = Request("POST", "/", body=b"null")
    assert request.json() is None
    request.body = b"1"
    assert request.json() is None


def test_malformed_json_is_a_400() -> None:
    with pytest.raises(HttpError, match="line 1, column 2") as caught:
        Request("POST", "/", body=b"[").json()
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("response", "status", "content_type", "body"),
    [
        (Response("grüß"), 200, "text/plain; charset=utf-8", "grüß".encode()),
        (Response(b"\x00\x01"), 200, "application/octet-stream", b"\x00\x01"),
        (Response(b"%PDF", content_type="application/pdf"), 200, "application/pdf", b"%PDF"),
        (Response("a,b", headers={"Content-Type": "text/csv"}), 200, "text/csv", b"a,b"),
        (Response.json({"a": [1]}, status=201), 201, "application/json", b'{"a":[1]}'),
        (Response.text("x"), 200, "text/plain; charset=utf-8", b"x"),
        (Response.html("<p>"), 200, "text/html; charset=utf-8", b"<p>"),
        (Response.empty(), 204, None, b""),
        (Response.redirect("/a"), 307, None, b""),
        (Response.redirect("/a", 303), 303, None, b""),
        (Response(), 200, None, b""),
    ],
)
def test_kinds_of_responses(response: Response, status: int, content_type: str | None, body: bytes) -> None:
    assert (response.status, response.body) == (status, body)
    assert Headers(response.headers).get("content-type") == content_type


def test_headers_may_repeat() -> None:
    response = Response(headers=[("Link", "<a>"), ("Link", "<b>")])
    response.add_header("link", "<c>")
    assert response.headers == [("Link", "<a>"), ("Link", "<b>"), ("link", "<c>")]
    assert Response(headers={"a": "b"}).headers == [("a", "b")]


def test_redirects_encode_what_is_not_ascii_and_refuse_line_breaks() -> None:
    assert Response.redirect("/grüße?x=a b#ö").headers == [("location", "/gr%C3%BC%C3%9Fe?x=a%20b#%C3%B6")]
    assert Response.redirect("https://x.example/a%20b").headers == [("location", "https://x.example/a%20b")]
    with pytest.raises(ValueError, match="can't carry"):
        Response.redirect("/a\r\nset-cookie: b=1")


def test_cookies_are_headers_of_their_own() -> None:
    response = Response()
    response.set_cookie("a", "1")
    response.set_cookie("b", "", max_age=0, path=None, secure=False, http_only=False, same_site=None)
    assert response.headers == [
        ("set-cookie", "a=1; Path=/; SameSite=Lax; Secure; HttpOnly"),
        ("set-cookie", "b=; Max-Age=0"),
    ]


@pytest.mark.parametrize("headers", [{"x": "a\r\nb: c"}, {"x\n": "a"}, {"x": "ü"}, [("x", "\x00")]])
def test_headers_are_refused_where_they_are_written(headers: Any) -> None:
    with pytest.raises(ValueError, match=r"can't carry|no header name"):
        Response(headers=headers)
    with pytest.raises(ValueError, match="can't carry"):
        Response("x", content_type="text/plain\r\nx: y")


@pytest.mark.parametrize("status", [0, 100, 199, 600, "200", 200.0, None])
def test_statuses_that_are_no_final_answer(status: Any) -> None:
    with pytest.raises(ValueError, match="from 200 to 599"):
        Response(status=status)


@pytest.mark.parametrize("body", [{"a": 1}, 7, None, ["x"]])
def test_bodies_are_text_or_bytes(body: Any) -> None:
    with pytest.raises(TypeError, match=r"Response\.json"):
        Response(body)


@pytest.mark.parametrize(
    ("value", "status", "content_type", "body"),
    [
        ({"a": 1}, 200, "application/json", b'{"a":1}'),
        ([1, 2], 200, "application/json", b"[1,2]"),
        ({}, 200, "application/json", b"{}"),
        (True, 200, "application/json", b"true"),
        (0, 200, "application/json", b"0"),
        (1.5, 200, "application/json", b"1.5"),
        ("text", 200, "text/plain; charset=utf-8", b"text"),
        (b"bytes", 200, "application/octet-stream", b"bytes"),
        (bytearray(b"bytes"), 200, "application/octet-stream", b"bytes"),
        (memoryview(b"bytes"), 200, "application/octet-stream", b"bytes"),
        (None, 204, None, b""),
    ],
)
def test_what_handlers_return(value: object, status: int, content_type: str | None, body: bytes) -> None:
    response = to_response(value)
    assert (response.status, response.body) == (status, body)
    assert Headers(response.headers).get("content-type") == content_type


def test_what_handlers_cannot_return() -> None:
    with pytest.raises(TypeError, match=r"not tuple: Response\.json"):
        to_response(({}, 201))
    with pytest.raises(TypeError, match="not generator: collect it in a list"):
        to_response(x for x in "abc")
    with pytest.raises(TypeError, match="not type"):
        to_response(Response)


def test_a_problem_is_what_rfc_9457_says() -> None:
    response = problem(409, "taken", request_id="r-1", headers=[("retry-after", "1")], current=7, title="Taken")
    assert response.status == 409
    assert response.headers == [("retry-after", "1"), ("content-type", "application/problem+json")]
    assert json.loads(response.body) == {
        "type": "about:blank", "title": "Taken", "status": 409, "detail": "taken", "request_id": "r-1", "current": 7,
    }  # fmt: skip


def test_phrases_are_the_registered_ones() -> None:
    renamed = {413, 414, 416, 422}  # RFC 9110 names them anew; Python follows in 3.13
    ours = {status: phrase for status, phrase in PHRASES.items() if status not in renamed}
    assert ours == {
        status: HTTPStatus(status).phrase.replace("-", " ") if status == 451 else HTTPStatus(status).phrase
        for status in ours
    }


@pytest.mark.parametrize("status", [200, 399, 600, 0, "404", 404.0, None])
def test_an_error_has_the_status_of_an_error(status: Any) -> None:
    with pytest.raises(ValueError, match="from 400 to 599"):
        HttpError(status)


def test_an_error_cannot_set_the_request_id() -> None:
    with pytest.raises(ValueError, match="request_id"):
        HttpError(400, request_id="x")


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304), ("HEAD", 404)])
def test_no_body_goes_out_where_there_is_none(method: str, status: int) -> None:
    response = Response("text", status=status)
    sent = sendable(response, method)
    assert sent.body == b""
    assert sent.status == status
    assert ("content-type", "text/plain; charset=utf-8") in sent.headers
    assert response.body == b"text"  # the handler's own is as it was


def test_framing_is_the_servers_own() -> None:
    headers = [("Content-Length", "3"), ("transfer-encoding", "chunked"), ("CONNECTION", "close"), ("x", "1")]
    response = Response("text", headers=headers)
    sent = sendable(response, "GET")
    assert sent.headers == [("x", "1"), ("content-type", "text/plain; charset=utf-8")]
    assert sent.body == b"text"
    assert len(response.headers) == 5


def test_headers_added_behind_the_responses_back_are_checked_when_sent() -> None:
    response = Response("text")
    response.headers.append(("x", "a\r\nset-cookie: b=1"))
    with pytest.raises(ValueError, match="can't carry"):
        sendable(response, "GET")
