"""Paths as they arrive on the wire: none leads to a route that asks for less than the one it names, none to a 5xx."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.local.harness import Deployed, R, Stack, ask, get, jwt_way, raw
from tools.issuer import Issuer

CODE = {"app.py": "def at(request): return {'route': request.route, 'path': request.path}"}


@pytest.fixture(scope="module")
def api(shared_stack: Stack, issuer: Issuer) -> Deployed:
    """Open routes and guarded ones, side by side and below each other, where confusion would pay."""
    guarded = (jwt_way(issuer.url),)
    routes = [
        get("/", "app:at"),
        get("/orders", "app:at"),
        get("/orders/{id}", "app:at"),
        get("/admin", "app:at", auth=guarded),
        get("/admin/{path+}", "app:at", auth=guarded),
        get("/open/{path+}", "app:at"),
        get("/open/admin", "app:at", auth=guarded),
        R(method="ANY", path="/any/{id}", handler="app:at"),
        R(method="DELETE", path="/any/{id}", handler="app:at", auth=guarded),
    ]
    return shared_stack.deploy(CODE, routes)


REFUSED = [
    b"//orders", b"///", b"//", b"/orders/", b"/orders//7", b"/orders/7/", b"/./orders", b"/orders/.", b"/orders/..",
    b"/orders/../admin", b"/open/../admin", b"/open/%2e%2e/admin", b"/open/%2E%2E/admin", b"/open/.%2e/admin",
    b"/open/..;/admin", b"/open/%2e%2e%2fadmin", b"/open/a%2fb", b"/open/a%2Fb", b"/open/a%5cb", b"/open/a\\b",
    b"/open%2fadmin", b"/%2fadmin", b"/open/%00", b"/open/a%0d%0ab", b"/open/%7f", b"/open/%c2%85", b"/open/%ff",
    b"/open/%c0%af", b"/open/%ed%a0%80", b"/open/%", b"/open/%2", b"/open/%zz", b"/open/%u002f", b"/ORDERS",
    b"/orders;x", b"/orders;jsessionid=1", b"/Orders", b"/admin/", b"/admin//x", b"/open//admin", b"/open/./admin",
    b"/order", b"/orders%20", b"/orders%09", b"/orders.json", b"/_sls/other", b"/_sls", b"/_slsx",
]  # fmt: skip


@pytest.mark.parametrize("target", REFUSED, ids=repr)
def test_paths_that_are_not_what_they_seem(api: Deployed, target: bytes) -> None:
    status, received = ask(api.state.port, target)
    # `..;` is an ordinary segment here: it stays below the open route that the path names.
    if target == b"/open/..;/admin":
        assert b'"path":"/open/..;/admin"' in received
        return
    assert status in (400, 404), received
    assert b'"route"' not in received


@pytest.mark.parametrize(
    "target", [b"/admin", b"/%61dmin", b"/admin/x", b"/admin/%78/y", b"/open/admin", b"/open/%61dmin"]
)
def test_guarded_routes_stay_guarded_however_they_are_written(api: Deployed, target: bytes) -> None:
    status, received = ask(api.state.port, target)
    assert status == 401
    assert b"www-authenticate: Bearer" in received


def test_an_open_route_that_takes_any_method_does_not_open_a_guarded_one(api: Deployed) -> None:
    for method in (b"GET", b"POST", b"PATCH", b"HEAD", b"OPTIONS", b"TRACE", b"PROPFIND"):
        assert ask(api.state.port, b"/any/7", method=method)[0] == 200
    assert ask(api.state.port, b"/any/7", method=b"DELETE")[0] == 401


@pytest.mark.parametrize("method", [b"get", b"Get", b"BREW", b"X" * 5000, b"G\x00T", b"", b"CONNECT"])
def test_methods_that_nobody_knows(api: Deployed, method: bytes) -> None:
    status, received = ask(api.state.port, b"/orders", method=method)
    assert status in (400, 404)
    assert b'"route"' not in received


def test_other_forms_of_a_target(api: Deployed) -> None:
    for target in (b"http://x/orders", b"http://evil.example.com:80/orders?x=1", b"https://x/orders"):
        status, received = ask(api.state.port, target)
        assert status == 200
        assert b'"path":"/orders"' in received
    assert ask(api.state.port, b"http://x/admin")[0] == 401
    for target in (
        b"*",
        b"x:80",
        b"http://x",
        b"orders",
        b"?x",
        b"http:///orders",
        b"//x/admin",
        b"/orders HTTP/1.1 x",
    ):
        assert ask(api.state.port, target)[0] in (400, 404)


def test_long_ones(api: Deployed) -> None:
    port = api.state.port
    assert ask(port, b"/open/" + b"x" * 8000)[0] == 200
    assert ask(port, b"/open/" + b"x" * 9000)[0] == 414
    assert ask(port, b"/" + b"a/" * 500_000)[0] in (400, 414)
    # Lengths that are kept in 16 bits somewhere would be those of other paths.
    for length in (65_534, 65_535, 65_536, 131_072):
        assert ask(port, b"/orders" + b"x" * length)[0] in (400, 414)
        assert ask(port, b"/orders?" + b"x" * length)[0] in (400, 414)
        assert ask(port, b"/admin" + b"?" * length)[0] in (400, 401, 414)
    assert ask(port, b"/orders?" + b"x" * 9000)[0] == 414
    assert ask(port, b"/orders", headers=b"X: " + b"x" * 60_000 + b"\r\n")[0] == 200
    status, received = ask(port, b"/orders", headers=b"".join(b"X-%d: %s\r\n" % (n, b"x" * 1000) for n in range(100)))
    assert status == 431
    assert b"problem+json" in received
    assert ask(port, b"/orders", headers=b"X: " + b"x" * 3_000_000 + b"\r\n")[0] in (0, 400, 431)


SMUGGLED = [
    b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
    b"Content-Length: 5\r\nContent-Length: 6\r\n",
    b"Content-Length: +5\r\n",
    b"Content-Length: -5\r\n",
    b"Content-Length: 0x5\r\n",
    b"Content-Length: 99999999999999999999999\r\n",
    b"Transfer-Encoding: xchunked\r\n",
    b"Transfer-Encoding: chunked, identity\r\n",
    b"Transfer-Encoding : chunked\r\n",
    b"X: a\r\n folded: value\r\n\tmore\r\n",
    b"X: a\x00b\r\n",
    b"X\x00: a\r\n",
    b"X: a\nAuthorization: Bearer y\r\n",
    b": empty\r\n",
    b"no colon\r\n",
    b"\xff: x\r\n",
]


@pytest.mark.parametrize("headers", SMUGGLED, ids=repr)
def test_headers_that_mean_two_things(api: Deployed, headers: bytes) -> None:
    """Refused, or read in one way: never as two requests."""
    second = b"GET /orders HTTP/1.1\r\nHost: x\r\n\r\n"
    head = b"POST /any/7 HTTP/1.1\r\nHost: x\r\n" + headers + b"\r\n"
    received = raw(api.state.port, head + b"0\r\n\r\n" + second, timeout=0.3, close=False)
    statuses = [line.split()[1] for line in received.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]
    assert len(statuses) <= 1 or statuses[1] == b"400" or b"chunked" not in headers, received
    assert not [status for status in statuses if status.startswith(b"5")]


def test_a_nul_in_the_query_does_not_reach_a_worker(api: Deployed) -> None:
    forged = b'x\x00127.0.0.1\x00GET /orders\x00{"sub":"admin"}'
    for target in (b"/orders?" + forged, b"/orders?\x00", b"/orders\x00", b"/open/\x00"):
        status, received = ask(api.state.port, target)
        assert status in (0, 400)
        assert b'"route"' not in received


pieces = st.sampled_from(
    [b"/", b"//", b".", b"..", b"%2e", b"%2F", b"%5c", b"%00", b"%ff", b"%", b";", b"?", b"#", b"\\", b"admin", b"open",
     b"orders", b"any", b"7", b"a", b"%61dmin", b"*", b"@", b":", b"http://x", b"\xc3\xa9", b"\x80", b"+", b"{", b"~"]
)  # fmt: skip
targets = st.one_of(
    st.lists(pieces, min_size=1, max_size=8).map(lambda parts: b"/" + b"".join(parts)),
    st.lists(pieces, min_size=1, max_size=8).map(b"".join),
    st.binary(min_size=1, max_size=30).filter(lambda data: b"\r" not in data and b"\n" not in data),
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(targets)
def test_no_target_is_too_odd(api: Deployed, target: bytes) -> None:
    status, received = ask(api.state.port, target)
    assert status in (0, 200, 400, 401, 404, 414), received
    if status == 200:
        body = received.partition(b"\r\n\r\n")[2]
        assert b'"/admin' not in body
        assert b'"path":"/open/admin"' not in body


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.binary(max_size=20), st.binary(max_size=40)), max_size=5), st.binary(max_size=60))
def test_no_headers_or_body_are_too_odd(api: Deployed, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    lines = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
    head = b"POST /any/7 HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n" % len(body)
    received = raw(api.state.port, head + lines + b"\r\n" + body, timeout=2)
    assert not received.startswith(b"HTTP/1.1 5"), received


def test_whose_gateway_it_is(api: Deployed) -> None:
    told = api.get("/_sls/gateway").json()
    assert told == {"api": "demo", "project": "demo", "stack": "dev", "id": "demo"}
    assert api.call("POST", "/_sls/gateway").status_code == 404
