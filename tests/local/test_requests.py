"""What a caller gets: bodies, headers, methods, and refusals, over real connections."""

from __future__ import annotations

import gzip
import json
import socket
import time

import pytest

from tests.local.harness import Deployed, R, Stack, ask, client, eventually, get, post, raw

CODE = {
    "app.py": """
import json, sys, os, time
from sls_infra.runtime import HttpError, Request, Response

def show(request):
    return {
        "method": request.method, "path": request.path, "url": request.url, "params": request.path_params,
        "query": [list(pair) for pair in request.query.items()], "headers": request.headers.items(),
        "cookies": request.cookies, "size": len(request.body), "text": request.text, "claims": request.claims,
        "ip": request.client_ip, "id": request.id, "route": request.route,
    }

async def later(request):
    import asyncio
    await asyncio.sleep(0.01)
    return {"later": True}

def binary(request): return Response(bytes(range(256)) * 4, content_type="image/png")
def big(request): return Response(os.urandom(8) * 655_360, content_type="application/octet-stream")
def echo(request): return Response(request.body, content_type=request.headers.get("content-type"))
def many(request):
    response = Response.json({}, status=201, headers=[("x-many", "1"), ("X-Many", "2")])
    response.set_cookie("a", "1")
    response.set_cookie("b", "2")
    return response
def nothing(request): return None
def moved(request): return Response.redirect("/there", 303)
def refuse(request): raise HttpError(409, "it has changed", errors=["x"], headers={"etag": '"1"'})
def fail(request):
    print("about to fail")
    raise RuntimeError("secret detail")
def chatty(request):
    print("to stdout", flush=True)
    os.write(1, b"raw \\x00\\xff bytes\\n" * 3)
    print("to stderr", file=sys.stderr)
    sys.stdout.write("no newline")
    return "ok"
def odd(request):
    return Response("x", headers={"date": "yesterday", "x-request-id": "mine", "content-length": "99",
                                  "connection": "close", "transfer-encoding": "chunked"})
def environment(request): return dict(os.environ)
def where(request): return {"cwd": os.getcwd(), "path": sys.path, "argv": sys.argv, "umask": os.umask(0o077)}
"""
}
ROUTES = [
    R(method="ANY", path="/any/{id}", handler="app:show"),
    get("/show", "app:show"),
    get("/grüße/{name}", "app:show"),
    get("/files/{path+}", "app:show"),
    get("/later", "app:later"),
    get("/binary", "app:binary"),
    R(method="HEAD", path="/binary", handler="app:binary"),
    get("/big", "app:big"),
    post("/echo", "app:echo"),
    get("/many", "app:many"),
    get("/nothing", "app:nothing"),
    get("/moved", "app:moved"),
    get("/refuse", "app:refuse"),
    get("/fail", "app:fail"),
    get("/chatty", "app:chatty"),
    get("/odd", "app:odd"),
    get("/environment", "app:environment"),
    get("/where", "app:where"),
    post(
        "/order", "app:show", request={"type": "object", "required": ["sku"], "properties": {"sku": {"type": "string"}}}
    ),
]


@pytest.fixture(scope="module")
def api(shared_stack: Stack) -> Deployed:
    function = {"env": {"TABLE": "orders"}}
    return shared_stack.deploy(CODE, ROUTES, function=function, max_body=100_000)


def test_a_handler_sees_the_request_as_it_was_sent(api: Deployed) -> None:
    headers = [("x-a", "1"), ("X-A", "2"), ("cookie", "c=d; e=f")]
    answer = api.call("PATCH", "/any/a%20b%2Bc?x=1&x=%C3%A9&y=", headers=headers, content="héllo")
    seen = answer.json()
    assert answer.status_code == 200
    assert (seen["method"], seen["path"], seen["params"]) == ("PATCH", "/any/a b+c", {"id": "a b+c"})
    assert seen["url"] == f"{api.url}/any/a%20b%2Bc?x=1&x=%C3%A9&y="
    assert seen["query"] == [["x", "1"], ["x", "é"], ["y", ""]]
    assert [value for name, value in seen["headers"] if name == "x-a"] == ["1", "2"]
    assert seen["cookies"] == {"c": "d", "e": "f"}
    assert (seen["text"], seen["ip"], seen["claims"]) == ("héllo", "127.0.0.1", {})
    assert seen["route"] == "ANY /any/{id}"
    assert seen["id"] == answer.headers["x-request-id"]


def test_paths_with_other_alphabets_and_greedy_ones(api: Deployed) -> None:
    assert api.get("/gr%C3%BC%C3%9Fe/%E6%97%A5").json()["params"] == {"name": "日"}
    assert api.get("/files/a/b%20c/d").json()["params"] == {"path": "a/b c/d"}
    assert api.get("/files").status_code == 404


def test_async_handlers_binary_and_big_answers(api: Deployed) -> None:
    assert api.get("/later").json() == {"later": True}
    binary = api.get("/binary")
    assert binary.content == bytes(range(256)) * 4
    assert binary.headers["content-type"] == "image/png"
    big = api.get("/big")
    assert len(big.content) == 5_242_880
    assert big.content == big.content[:8] * 655_360


def test_head_has_no_body_and_is_not_get(api: Deployed) -> None:
    status, received = ask(api.state.port, b"/binary", method=b"HEAD")
    assert status == 200
    assert received.endswith(b"\r\n\r\n")
    assert api.call("HEAD", "/show").status_code == 404


@pytest.mark.parametrize("chunked", [False, True])
def test_bodies_come_back_as_they_were_sent(api: Deployed, chunked: bool) -> None:
    body = gzip.compress(json.dumps(list(range(1000))).encode())
    content = iter([body[:100], body[100:]]) if chunked else body
    answer = api.call("POST", "/echo", content=content, headers={"content-type": "application/gzip"})
    assert answer.content == body
    assert answer.headers["content-type"] == "application/gzip"


def test_headers_that_come_twice(api: Deployed) -> None:
    answer = api.get("/many")
    assert answer.status_code == 201
    assert answer.headers.get_list("x-many") == ["1", "2"]
    assert [cookie.split(";")[0] for cookie in answer.headers.get_list("set-cookie")] == ["a=1", "b=2"]


def test_answers_without_a_body(api: Deployed) -> None:
    nothing = api.get("/nothing")
    assert (nothing.status_code, nothing.content) == (204, b"")
    assert "content-length" not in nothing.headers
    moved = api.get("/moved", follow_redirects=False)
    assert (moved.status_code, moved.headers["location"]) == (303, "/there")


def test_refusals_are_problems_with_the_requests_id(api: Deployed) -> None:
    refused = api.get("/refuse")
    assert refused.status_code == 409
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["etag"] == '"1"'
    assert refused.json()["errors"] == ["x"]
    for answer in (refused, api.get("/fail"), api.get("/no/such/path"), api.call("POST", "/show")):
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["request_id"] == answer.headers["x-request-id"]
        assert answer.json()["status"] == answer.status_code
    assert api.call("POST", "/show").status_code == 404


def test_a_failing_handler_tells_the_log_not_the_caller(api: Deployed) -> None:
    answer = api.get("/fail")
    assert answer.status_code == 500
    assert "secret detail" not in answer.text
    id = answer.json()["request_id"]
    line = eventually(lambda: [line for line in api.log() if line.get("request_id") == id])[0]
    assert "RuntimeError: secret detail" in line["traceback"]
    assert (line["level"], line["function"], line["stream"]) == ("error", "app", "stderr")


def test_what_a_handler_prints_goes_to_the_log(api: Deployed) -> None:
    for _ in range(3):
        assert api.get("/chatty").text == "ok"
    said = eventually(lambda: [line["message"] for line in api.log() if "no newline" in str(line.get("message"))])
    assert said
    messages = [line.get("message") for line in api.log()]
    assert {"to stdout", "to stderr"} <= set(messages)


def test_every_request_is_one_line_of_the_log(api: Deployed) -> None:
    answer = api.get("/any/7?secret=1", headers={"x": "y"})
    id = answer.headers["x-request-id"]
    line = eventually(lambda: [line for line in api.log() if line.get("id") == id])[0]
    assert (line["method"], line["path"], line["route"]) == ("GET", "/any/7", "ANY /any/{id}")
    assert (line["status"], line["function"]) == (200, "app")
    assert line["ms"] >= 0
    assert abs(line["time"] - time.time()) < 60


def test_headers_that_only_the_gateway_sets(api: Deployed) -> None:
    status, received = ask(api.state.port, b"/odd")
    head, _, body = received.partition(b"\r\n\r\n")
    lines = [line.lower() for line in head.split(b"\r\n")]
    assert (status, body) == (200, b"x")
    assert lines.count(b"content-length: 1") == 1
    assert not [line for line in lines if line.startswith(b"transfer-encoding")]
    assert len([line for line in lines if line.startswith(b"date:")]) == 1
    assert len([line for line in lines if line.startswith(b"x-request-id:")]) == 1


def test_workers_see_their_own_environment_only(api: Deployed) -> None:
    seen = api.get("/environment").json()
    assert seen.pop("TABLE") == "orders"
    assert set(seen) <= {"PATH", "HOME", "LANG", "TZ", "LC_CTYPE"}
    where = api.get("/where").json()
    folder = where["path"][0]
    assert where["cwd"] == folder
    assert "/revisions/" in folder
    assert not [path for path in where["path"] if "site-packages" in path]
    assert where["umask"] == 0o077


def test_the_body_of_a_request_is_checked(api: Deployed) -> None:
    assert api.call("POST", "/order", json={"sku": "x"}).status_code == 200
    refused = api.call("POST", "/order", json={"sku": 1})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/sku")
    malformed = api.call("POST", "/order", content=b'{"sku":\n oops}')
    assert malformed.status_code == 400
    assert "line 2" in malformed.json()["detail"]


def test_bodies_over_the_limit(api: Deployed) -> None:
    assert len(api.call("POST", "/echo", content=b"x" * 100_000).content) == 100_000
    assert api.call("POST", "/echo", content=b"x" * 100_001).status_code == 413
    pieces = (b"x" * 10_000 for _ in range(20))
    assert api.call("POST", "/echo", content=pieces).status_code == 413


def test_a_declared_length_over_the_limit_is_refused_before_the_body_comes(api: Deployed) -> None:
    status, received = ask(api.state.port, b"/echo", method=b"POST", headers=b"Content-Length: 10000000000\r\n")
    assert status == 413
    assert b"problem+json" in received


def test_413_comes_while_an_endless_body_is_still_sent(api: Deployed) -> None:
    with socket.create_connection(("127.0.0.1", api.state.port), timeout=10) as connection:
        connection.sendall(b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        chunk = b"1000\r\n" + b"x" * 0x1000 + b"\r\n"
        for _ in range(40):
            connection.sendall(chunk)
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")


def test_expect_100_continue(api: Deployed) -> None:
    with socket.create_connection(("127.0.0.1", api.state.port), timeout=10) as connection:
        connection.sendall(b"POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"hi")
        assert b"200 OK" in connection.recv(1000)
    head = b"Expect: 100-continue\r\nContent-Length: 100001\r\n"
    status, received = ask(api.state.port, b"/echo", method=b"POST", headers=head)
    assert status == 413
    assert b"connection: close" in received.lower()


def test_several_requests_over_one_connection_in_order(api: Deployed) -> None:
    one = b"GET /any/%d HTTP/1.1\r\nHost: x\r\n\r\n"
    last = b"GET /any/4 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    received = raw(api.state.port, b"".join(one % i for i in range(4)) + last, close=False)
    assert received.count(b"HTTP/1.1 200 OK") == 5
    places = [received.index(b'"id":"%d"' % i) for i in range(5)]
    assert places == sorted(places)


def test_clients_that_leave_harm_nobody(api: Deployed) -> None:
    for sent in (
        b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf",
        b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
        b"GET /later HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /big HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /sho",
    ):
        for _ in range(5):
            with socket.create_connection(("127.0.0.1", api.state.port)) as connection:
                connection.sendall(sent)
    assert api.get("/show").status_code == 200
    assert [line for line in api.log() if line.get("level") == "error" and "handler" not in line["message"]] == []


def test_what_is_no_http_is_refused(api: Deployed) -> None:
    for sent in (
        b"hello\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET /show HTTP/9.9\r\n\r\n",
        b"\r\n\r\n\x00\r\n\r\n",
    ):
        received = raw(api.state.port, sent)
        assert received == b"" or received.startswith(b"HTTP/1.1 400 ")


def test_websockets_are_not_spoken(api: Deployed) -> None:
    head = b"GET /show HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    with socket.create_connection(("127.0.0.1", api.state.port), timeout=10) as connection:
        connection.sendall(head + b"Sec-WebSocket-Key: eA==\r\nSec-WebSocket-Version: 13\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 200 ")


def test_a_thousand_requests_at_once_are_all_answered(api: Deployed) -> None:
    connections = []
    for _ in range(1000):
        connection = socket.create_connection(("127.0.0.1", api.state.port), timeout=30)
        connection.sendall(b"GET /show HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        connections.append(connection)
    answers = []
    for connection in connections:
        with connection:
            answers.append(connection.recv(100)[:13])
    assert answers == [b"HTTP/1.1 200 "] * 1000


def test_one_client_over_many_connections(api: Deployed) -> None:
    with client(api.url) as calling:
        ids = {calling.get("/show").headers["x-request-id"] for _ in range(50)}
    assert len(ids) == 50
