"""What an app is told of a request; uvicorn tells it the same."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sls_infra.runtime import Request
from sls_infra.runtime.asgi import depth
from sls_infra.runtime.asgi.scope import http_scope
from sls_infra.runtime.paths import Matcher

from .asgi_mount import ROOT, SHOP, call, mounted, part, start
from .uvicorn_server import on_uvicorn

TOLD = ("type", "http_version", "method", "scheme", "path", "query_string", "root_path", "headers", "raw_path")


async def telling(scope: Any, receive: Any, send: Any) -> None:
    """Answers with what it was told."""
    if scope["type"] != "http":
        raise ValueError("no lifespan here")
    body = (await receive())["body"]
    told = {name: scope[name] for name in TOLD} | {"body": body, "server": scope["server"], "client": scope["client"]}
    await send(start(200, (b"content-type", b"application/json")))
    await send(part(json.dumps(told, default=lambda octets: octets.decode("latin-1")).encode()))


def told_by_us(paths: tuple[str, ...], method: str, target: str, sent: dict[str, str], body: bytes, url: str) -> Any:
    with mounted(telling, *paths) as dispatcher:
        path, _, query = target.partition("?")
        request = Request(method, path, query, list(sent.items()), body, client_ip="127.0.0.1", url=url)
        response = dispatcher.handle(request)
    assert response.status == 200, response.body
    return json.loads(response.body)


REQUESTS = [
    ("GET", "/", {}, b""),
    ("GET", "/items", {}, b""),
    ("GET", "/items/", {}, b""),
    ("GET", "/a%20b/%C3%BC/%E2%82%AC?x=1&y=%C3%BC&y=+&z", {}, b""),
    ("GET", "/a;b=1/c,d/~e/(f)/@g", {}, b""),
    ("POST", "/items", {"content-type": "text/plain"}, b"abc"),
    ("PUT", "/items", {"X-Odd": "a\tb, c"}, b"\x00\xff"),
    ("POST", "/items", {}, b""),
    ("DELETE", "/items?", {"Cookie": "a=1; b=2"}, b""),
    ("OPTIONS", "/items", {"Origin": "https://a.example"}, b""),
]


@pytest.mark.parametrize("prefix", ["", "/shop"])
def test_an_app_is_told_what_uvicorn_tells_it(prefix: str) -> None:
    paths = SHOP if prefix else ROOT
    with on_uvicorn(telling, root_path=prefix) as client:
        for method, target, headers, body in REQUESTS:
            # A server with a root path is behind a proxy that takes it off the path.
            sent = client.build_request(method, target, headers=headers, content=body or None)
            theirs = client.send(sent).json()
            ours = told_by_us(
                paths, method, prefix + target if target != "/" or not prefix else prefix, dict(sent.headers), body,
                f"{str(client.base_url).rstrip('/')}{prefix}{target}",
            )  # fmt: skip
            assert sorted(ours.pop("headers")) == sorted(theirs.pop("headers"))
            assert ours.pop("client")[0] == theirs.pop("client")[0]
            if not prefix:
                assert ours.pop("server") == theirs.pop("server")
            # uvicorn's raw_path has the root path, or has not, by its version.
            assert ours.pop("raw_path").removeprefix(prefix) == theirs.pop("raw_path").removeprefix(prefix)
            ours.pop("server", None), theirs.pop("server", None)
            assert ours == theirs, target


def scope_of(target: str = "/", headers: Any = (), *, at: int = 0, **more: Any) -> dict[str, Any]:
    path, _, query = target.partition("?")
    return http_scope(Request("GET", path, query, headers, **more), at, {})


def test_the_host_is_the_one_that_the_caller_wrote() -> None:
    """A gateway may call the function by another name."""
    scope = scope_of("/a", [("a", "1"), ("Host", "fn-1.internal")], url="https://api.example.com/a?b=//c")
    assert scope["headers"] == [(b"host", b"api.example.com"), (b"a", b"1")]
    assert (scope["scheme"], scope["server"]) == ("https", ("api.example.com", 443))


@pytest.mark.parametrize(
    ("url", "scheme", "server"),
    [
        ("http://127.0.0.1:8080/", "http", ("127.0.0.1", 8080)),
        ("http://[::1]:8080/", "http", ("[::1]", 8080)),
        ("http://[::1]/", "http", ("[::1]", 80)),
        ("HTTPS://api.example.com?x", "https", ("api.example.com", 443)),
        ("", "http", None),
    ],
)
def test_scheme_and_server(url: str, scheme: str, server: Any) -> None:
    scope = scope_of(url=url)
    assert (scope["scheme"], scope["server"]) == (scheme, server)


def test_the_length_is_that_of_the_body_that_was_collected() -> None:
    headers = [("Transfer-Encoding", "chunked"), ("content-length", "7")]
    assert scope_of("/", headers, body=b"abc")["headers"] == [(b"content-length", b"3")]
    assert scope_of("/", headers)["headers"] == [(b"content-length", b"0")]
    assert scope_of("/")["headers"] == []


@given(value=st.text(max_size=20))
def test_no_header_and_no_query_breaks_a_scope(value: str) -> None:
    scope = http_scope(Request("GET", "/", value, [("x", value)], client_ip=value, url=value), 0, {})
    assert dict(scope["headers"])[b"x"] in (value.encode("latin-1", "ignore"), value.encode("utf-8", "surrogatepass"))


def test_claims_and_more_are_in_the_request_of_the_runtime() -> None:
    seen: list[Request] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["sls.request"])
        await send(start())
        await send(part())

    with mounted(app, "/t/{tenant}/{path+}") as dispatcher:
        call(dispatcher, "GET", "/t/acme/items")
    assert seen[0].id == "r-1"
    assert seen[0].path_params == {"tenant": "acme", "path": "items"}
    assert seen[0].claims == {}


# Mounts


@pytest.mark.parametrize(
    ("paths", "target", "root_path", "path"),
    [
        (ROOT, "/", "", "/"),
        (ROOT, "/a/b", "", "/a/b"),
        (SHOP, "/shop", "/shop", "/shop/"),
        (SHOP, "/shop/a/", "/shop", "/shop/a/"),
        (("/t/{tenant}", "/t/{tenant}/{path+}"), "/t/acme", "/t/acme", "/t/acme/"),
        (("/t/{tenant}", "/t/{tenant}/{path+}"), "/t/a%20%C3%BC/x", "/t/a ü", "/t/a ü/x"),
        (("/grüße", "/grüße/{path+}"), "/gr%C3%BC%C3%9Fe", "/grüße", "/grüße/"),
        (("/health",), "/health", "", "/health"),
        (("/orders/{id}",), "/orders/7", "", "/orders/7"),
        ((*ROOT, "/docs", "/docs/{path+}"), "/docs/x", "", "/docs/x"),
        ((*SHOP, "/shop/docs"), "/shop/docs", "/shop", "/shop/docs"),
        ((*SHOP, "/shopping"), "/shopping", "", "/shopping"),
        ((*SHOP, "/a/{path+}"), "/a/b", "/a", "/a/b"),
        (("/t/{tenant}/{path+}", "/t/acme/docs"), "/t/acme/docs", "/t/acme", "/t/acme/docs"),
        (("/t/acme/{path+}", "/t/{tenant}/docs"), "/t/zen/docs", "", "/t/zen/docs"),
    ],
)
def test_where_an_app_is_mounted(paths: tuple[str, ...], target: str, root_path: str, path: str) -> None:
    told = told_by_us(paths, "GET", target, {}, b"", "https://a.example/")
    assert (told["root_path"], told["path"]) == (root_path, path)


def test_routes_of_other_handlers_are_no_mounts() -> None:
    assert depth("/shop/docs", ["/shop/docs"]) == 0


SEGMENTS = st.lists(st.sampled_from(["a", "b", "{x}", "{y}"]), max_size=3, unique=True)


@given(mounts=st.lists(SEGMENTS, min_size=1, max_size=3), below=SEGMENTS)
def test_the_mount_is_the_outermost_greedy_route_that_takes_whatever_the_route_takes(
    mounts: list[list[str]], below: list[str]
) -> None:
    route, *above = ("".join(f"/{segment}" for segment in segments) for segments in [below, *mounts])
    greedy = [f"{mount}/{{path+}}" for mount in above]
    request = route.format(x="1", y="2") + "/more"
    takes = [Matcher([("GET", path, 1)]).match("GET", request) is not None for path in greedy]
    mounted_at = [len(m) for m, does in zip(mounts, takes, strict=True) if does and len(m) <= len(below)]
    assert depth(route or "/", [route or "/", *greedy]) == min(mounted_at, default=0)
