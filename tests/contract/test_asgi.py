"""An ASGI app as a handler, mounted below a path: its scope, its lifespan, bodies both ways, what it raises."""

from __future__ import annotations

from typing import Any

import pytest

from .apis import METHODS, ORIGIN
from .model import Call, Served


def shown(served: Served, target: str, **call: Any) -> dict[str, Any]:
    answer = served.call(Call(call.pop("method", "GET"), target, **call))
    assert answer.status == 200, answer
    return dict(answer.json())


@pytest.mark.parametrize("method", [method for method in METHODS if method != "HEAD"])
def test_each_method_reaches_the_app(shop: Served, method: str) -> None:
    assert shown(shop, "/web/a", method=method)["method"] == method


def test_head_has_no_body(shop: Served) -> None:
    answer = shop.call(Call("HEAD", "/web/a"))
    assert (answer.status, answer.body) == (200, b"")


PATHS = {
    "the mount itself": ("/web", "/web/", "/web/"),
    "with a slash": ("/web/", None, None),
    "below": ("/web/a/b", "/web/a/b", "/web/a/b"),
    "a slash at the end": ("/web/a/", "/web/a/", "/web/a/"),
    "encoded": ("/web/gr%C3%BC%C3%9Fe%20x", "/web/grüße x", "/web/gr%C3%BC%C3%9Fe%20x"),
}


@pytest.mark.parametrize("name", PATHS)
def test_the_app_sees_where_it_is_mounted(shop: Served, name: str) -> None:
    target, path, raw_path = PATHS[name]
    if path is None:
        assert shop.call(Call("GET", target)).status == 404
        return
    seen = shown(shop, target)
    assert (seen["root_path"], seen["path"], seen["raw_path"]) == ("/web", path, raw_path)


def test_query_headers_and_caller_arrive(shop: Served) -> None:
    seen = shown(shop, "/web/a?x=1&x=%C3%BC", headers=[("x-one", "1")], client_ip="127.0.0.9")
    assert seen["query"] == "x=1&x=%C3%BC"
    assert ["x-one", "1"] in seen["headers"]
    assert seen["client"][0] == "127.0.0.9"


@pytest.mark.parametrize("body", ["", "grüße", "x" * 100_000], ids=["none", "short", "long"])
def test_a_body_arrives(shop: Served, body: str) -> None:
    sent = [("content-type", "text/plain; charset=utf-8")]
    assert shown(shop, "/web/a", method="POST", headers=sent, body=body.encode())["body"] == body


def test_a_stream_goes_out_whole(shop: Served) -> None:
    answer = shop.call(Call("GET", "/web/streams"))
    assert (answer.status, answer.header("content-type")) == (201, "text/plain")
    assert answer.body == b"part 0\npart 1\npart 2\npart 3\npart 4\n"
    assert answer.all("set-cookie")[0].startswith("a=1")


def test_the_lifespan_began_once(shop: Served) -> None:
    assert [shown(shop, "/web/a")["started"] for _ in range(3)] == [1, 1, 1]


def test_what_the_app_raises_is_500_and_says_nothing(shop: Served) -> None:
    answer = shop.call(Call("GET", "/web/raises"))
    assert answer.status == 500
    answer.problem()
    assert b"secret detail" not in answer.body
    assert shop.call(Call("GET", "/web/a")).status == 200


def test_a_route_below_the_mount_may_ask_for_a_token(shop: Served) -> None:
    assert shop.call(Call("GET", "/web/private/a")).status == 401
    seen = shown(shop, "/web/private/a", claims={"sub": "ann"})
    assert (seen["root_path"], seen["path"], seen["claims"]["sub"]) == ("/web", "/web/private/a", "ann")
    assert shown(shop, "/web/a", claims={"sub": "ann"})["claims"] == {}


def test_pages_of_allowed_origins_may_read_the_app(shop: Served) -> None:
    answer = shop.call(Call("GET", "/web/a", [("origin", ORIGIN)]))
    assert answer.all("access-control-allow-origin") == [ORIGIN]
