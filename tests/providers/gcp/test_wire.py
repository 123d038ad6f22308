"""What callers send reaches handlers as it is, and so do answers: on Google's functions-framework and Gunicorn."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sls_infra import Api, Function, Jwt, Public, Route
from sls_infra.plan import check
from sls_infra.providers.gcp.capabilities import CAPABILITIES

from ...runtime.functions_framework import FunctionsFramework, parsed
from .gateway import Gateway, unpack

ECHO = "ANY /echo/{path+}"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    wire = Function("wire", code=Path(__file__).parent / "code", handler="wire:echo")
    token = Jwt(issuer="https://id.example.com/", audience="wire")
    planned = check.plan(
        Api(
            "wire",
            auth=Public(),
            routes=[
                Route("ANY", "/echo/{path+}", wire),
                Route("GET", "/", wire),
                Route("GET", "/mine", wire, auth=token),
                Route("ANY", "/binary", wire, handler="wire:binary"),
                Route("ANY", "/answer/{status}", wire, handler="wire:answer"),
                Route("GET", "/fail/{how}", wire, handler="wire:fail"),
                Route("GET", "/waiting", wire, handler="wire:waiting"),
                Route("ANY", "/app/{path+}", wire, handler="wire:app"),
                Route("GET", "/slow", wire, handler="wire:slow"),
            ],
        ),
        CAPABILITIES,
    )
    with FunctionsFramework(unpack(planned, tmp_path_factory.mktemp("wire"))) as function:
        yield Gateway(planned, function)


def seen(gateway: Gateway, target: str, *headers: tuple[str, str], method: str = "GET", **more: Any) -> dict[str, Any]:
    """What the handler saw."""
    status, _, body = gateway.call(ECHO, target, *headers, method=method, **more)
    assert status == 200, body
    content: dict[str, Any] = json.loads(body)
    return content


def test_path_and_query_are_as_on_the_wire(gateway: Gateway) -> None:
    found = seen(gateway, "/echo/gr%C3%BC%C3%9Fe/%41%20b?x=%2F&x=a+b&&y")
    assert found["raw_path"] == "/echo/gr%C3%BC%C3%9Fe/%41%20b"
    assert found["raw_query"] == "x=%2F&x=a+b&&y"
    assert found["params"] == {"path": "grüße/A b"}
    assert found["url"] == "https://shop-abc123-ew.a.run.app/echo/gr%C3%BC%C3%9Fe/%41%20b?x=%2F&x=a+b&&y"
    assert seen(gateway, "/echo/a/")["params"] == {"path": "a/"}
    status, _, body = gateway.call("GET /", "/?")
    assert (status, json.loads(body)["raw_path"]) == (200, "/")


def test_headers_are_the_callers(gateway: Gateway) -> None:
    sent = [
        ("X-Forwarded-Authorization", "Basic YTpi"), ("X-Serverless-Authorization", "Bearer x"),
        ("X-Apigateway-Api-Userinfo", "e30"), ("X-Apigateway-Api-Consumer-Type", "PROJECT"), ("X-One", "ä"),
        ("X-Two", "1"), ("x-two", "2"), ("Cookie", "a=1; b=\"2\""), ("X-Empty", ""), ("Content-Type", "text/x"),
    ]  # fmt: skip
    headers = dict(seen(gateway, "/echo/x", *sent)["headers"])
    assert headers == {
        "host": "shop-abc123-ew.a.run.app",
        "authorization": "Basic YTpi",
        "content-type": "text/x",
        "cookie": 'a=1; b="2"',
        "connection": "close",
        "x-cloud-trace-context": "65011637f09e0a5179677a7429456db7/1027871334010811884;o=1",
        "x-empty": "",
        "x-forwarded-for": "192.0.2.1,198.51.100.9",
        "x-one": "ä",
        "x-two": "1,2",
    }
    assert seen(gateway, "/echo/x", ("Cookie", 'a=1; b="2"'))["cookies"] == {"a": "1", "b": "2"}


def test_without_a_token_of_the_callers_there_is_no_authorization(gateway: Gateway) -> None:
    assert "authorization" not in dict(seen(gateway, "/echo/x")["headers"])


def test_who_called_is_who_called_the_gateway(gateway: Gateway) -> None:
    found = seen(gateway, "/echo/x")
    assert (found["client_ip"], found["id"]) == ("192.0.2.1", "65011637f09e0a5179677a7429456db7")
    assert seen(gateway, "/echo/x", ("X-Forwarded-For", "203.0.113.7"))["client_ip"] == "198.51.100.9"


def test_claims_of_a_public_route_are_nobodys(gateway: Gateway) -> None:
    assert seen(gateway, "/echo/x", claims={"sub": "eve"})["claims"] == {}
    status, _, body = gateway.call("GET /mine", "/mine", claims={"sub": "änn", "roles": ["a", 1, None]})
    assert (status, json.loads(body)["claims"]) == (200, {"sub": "änn", "roles": ["a", 1, None]})


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PURGE"])
@pytest.mark.parametrize(
    "content", [None, b"", b"\0\xff\xfe", b"x" * 3_000_000], ids=["none", "empty", "binary", "3 MB"]
)
def test_bodies(gateway: Gateway, method: str, content: bytes | None) -> None:
    status, headers, body = gateway.call("ANY /binary", "/binary", method=method, body=content)
    assert (status, body) == (200, content or b"")
    assert headers.get("content-type") == ("application/octet-stream" if content else None)


def test_a_chunked_body(gateway: Gateway) -> None:
    chunks = b"3\r\nabc\r\n2;x=y\r\n\0\xff\r\n0\r\n\r\n"
    answer = gateway.call("ANY /binary", "/binary", ("Transfer-Encoding", "chunked"), method="POST", body=chunks)
    assert (answer[0], answer[2]) == (200, b"abc\0\xff")
    empty = gateway.call("ANY /binary", "/binary", ("Transfer-Encoding", "chunked"), method="POST", body=b"0\r\n\r\n")
    assert (empty[0], empty[2]) == (200, b"")


@pytest.mark.parametrize("framing", ["Transfer-Encoding: chunked", "Content-Length: 3"])
def test_a_body_that_breaks_the_protocol_harms_nobody_else(gateway: Gateway, framing: str) -> None:
    id = gateway.ids["ANY /binary"]
    body = "zz\r\nabc" if "chunked" in framing else "a"
    request = f"POST /_sls/http/{id}/binary HTTP/1.1\r\nHost: x\r\n{framing}\r\nConnection: close\r\n\r\n{body}"
    answer = gateway.function.raw(request.encode(), end=True)
    assert parsed(answer)[0] == 400
    assert gateway.call("ANY /binary", "/binary", method="POST", body=b"fine")[2] == b"fine"


def test_head(gateway: Gateway) -> None:
    status, headers, body = gateway.call("ANY /binary", "/binary", method="HEAD", body=b"abc")
    assert (status, body) == (200, b"")
    assert "content-length" not in headers, "which would be that of a GET, and is not known"


@pytest.mark.parametrize("status", [200, 201, 204, 205, 206, 304, 308, 404, 418, 500, 503, 599])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_answers_go_out_as_they_are(gateway: Gateway, status: int, method: str) -> None:
    id = gateway.ids["ANY /answer/{status}"]
    found, fields, body = gateway.function.call(method, f"/_sls/http/{id}/answer/{status}")
    assert (found, body) == (status, b"")
    ours = [field for field in fields if field[0] not in ("server", "date", "connection", "content-length")]
    assert ours == [
        ("set-cookie", "a=1; Path=/; SameSite=Lax; Secure; HttpOnly"),
        ("set-cookie", "b=2; Path=/x; SameSite=Lax; Secure; HttpOnly"),
        ("last-modified", "Mon, 23 Nov 2026 09:00:00 GMT"),
        ("location", "/a%2Fb?c=%C3%A9"),
        ("x-many", "1"),
        ("x-many", "2"),
    ]


def test_failures_say_nothing_and_end_nothing(gateway: Gateway) -> None:
    for how in ("raise", "exit"):
        status, headers, body = gateway.call("GET /fail/{how}", f"/fail/{how}")
        assert (status, headers["content-type"]) == (500, "application/problem+json")
        assert b"secret" not in body
    status, headers, body = gateway.call("GET /fail/{how}", "/fail/http")
    assert (status, headers["retry-after"], json.loads(body)["detail"]) == (409, "1", "not now")


def test_an_asgi_app_begins_in_the_process_that_serves_it(gateway: Gateway) -> None:
    for _ in range(2):
        status, _, body = gateway.call("ANY /app/{path+}", "/app/x/y", method="POST", body=b"hello")
        started, serves, root, path, content = json.loads(body)
        assert (status, root, path, content) == (201, "/app", "/app/x/y", "hello")
        assert started == [serves]


@pytest.mark.parametrize("route", ["/slow", "/waiting"])
def test_several_requests_at_once(gateway: Gateway, route: str) -> None:
    answers: list[tuple[int, bytes]] = []

    def call() -> None:
        status, _, body = gateway.call(f"GET {route}", route)
        answers.append((status, body))

    threads = [threading.Thread(target=call) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [status for status, _ in answers] == [200, 200, 200]
    assert len({body for _, body in answers}) == 3, "each on a thread of its own"


def test_a_long_path_and_a_large_header(gateway: Gateway) -> None:
    found = seen(gateway, "/echo/" + "x" * 8000, ("X-Large", "y" * 8000))
    assert len(found["params"]["path"]) == 8000
    assert dict(found["headers"])["x-large"] == "y" * 8000
