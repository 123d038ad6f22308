"""Pages of other origins: preflights, and what they may read."""

from __future__ import annotations

import pytest

from .apis import METHODS, ORIGIN
from .model import Answer, Call, Served

FOREIGN = ("https://evil.example.com", "null", "https://shop.example.com.evil.com", "http://shop.example.com")


def preflight(served: Served, target: str, method: str, origin: str = ORIGIN, headers: str | None = None) -> Answer:
    asked = [("origin", origin), ("access-control-request-method", method)]
    if headers is not None:
        asked.append(("access-control-request-headers", headers))
    return served.call(Call("OPTIONS", target, asked))


def words(answer: Answer, name: str) -> set[str]:
    return {word.strip().lower() for value in answer.all(name) for word in value.split(",") if word.strip()}


TARGETS = {
    "a route": ("GET", "/headers"),
    "one with parameters": ("POST", "/orders/7"),
    "a greedy one": ("PUT", "/files/a/b"),
    "one that asks for a token": ("GET", "/me"),
    "ANY that asks for a token": ("DELETE", "/mine"),
    "greedy ANY that asks for a token": ("PATCH", "/mine/a/b"),
    "an open ANY": ("POST", "/any"),
    "the root": ("GET", "/"),
    "a unicode path": ("GET", "/gr%C3%BC%C3%9Fe/7"),
    "another function's": ("GET", "/second/7"),
}


@pytest.mark.parametrize("name", [name for name in TARGETS if name != "an open ANY"])
def test_a_preflight_of_an_allowed_origin_is_answered(shop: Served, name: str) -> None:
    method, target = TARGETS[name]
    answer = preflight(shop, target, method, headers="authorization,content-type")
    assert answer.status == 204, answer
    assert answer.body == b""
    assert answer.all("access-control-allow-origin") == [ORIGIN]
    assert words(answer, "access-control-allow-methods") == {method.lower() for method in METHODS}
    assert words(answer, "access-control-allow-headers") == {"authorization", "content-type", "x-one"}
    assert answer.header("access-control-max-age") == "600"
    assert answer.header("access-control-allow-credentials") is None


@pytest.mark.parametrize("origin", FOREIGN)
@pytest.mark.parametrize("name", ["a route", "one that asks for a token", "ANY that asks for a token"])
def test_a_preflight_of_another_origin_allows_nothing(shop: Served, name: str, origin: str) -> None:
    method, target = TARGETS[name]
    answer = preflight(shop, target, method, origin)
    assert answer.status == 204, answer
    assert not [header for header, _ in answer.headers if header.startswith("access-control-")]


def test_a_preflight_of_a_method_that_the_path_lacks_is_answered_alike(shop: Served) -> None:
    """The browser compares what it is told; the call itself is 404."""
    answer = preflight(shop, "/headers", "DELETE")
    assert (answer.status, answer.header("access-control-allow-origin")) == (204, ORIGIN)


def test_a_preflight_of_an_unknown_path_is_answered_alike(shop: Served) -> None:
    assert preflight(shop, "/nowhere", "GET").status == 204


def test_a_preflight_is_answered_although_a_token_is_bad(shop: Served) -> None:
    asked = [("origin", ORIGIN), ("access-control-request-method", "GET")]
    assert shop.call(Call("OPTIONS", "/mine", asked, token="a.b.c")).status == 204


def test_without_cors_a_preflight_is_404(many: Served) -> None:
    assert preflight(many, "/r0", "GET").status == 404


ACTUAL = {
    "a handler's answer": ("GET", "/orders/7", 200),
    "a handler's refusal": ("GET", "/fails/refuses", 409),
    "a failure": ("GET", "/fails/raises", 500),
    "a body that does not fit": ("POST", "/checked", 400),
    "a redirect": ("GET", "/kinds/redirect", 303),
    "none": ("GET", "/kinds/none", 204),
}


@pytest.mark.parametrize("name", ACTUAL)
def test_an_allowed_page_may_read(shop: Served, name: str) -> None:
    method, target, status = ACTUAL[name]
    answer = shop.call(Call(method, target, [("origin", ORIGIN)], b"{}" if method == "POST" else b""))
    assert answer.status == status
    assert answer.all("access-control-allow-origin") == [ORIGIN]
    assert words(answer, "access-control-expose-headers") == {"x-total", "x-route"}


@pytest.mark.parametrize("name", ACTUAL)
@pytest.mark.parametrize("origin", ["https://evil.example.com", "null", None], ids=str)
def test_another_page_may_not_read(shop: Served, name: str, origin: str | None) -> None:
    method, target, status = ACTUAL[name]
    headers = [] if origin is None else [("origin", origin)]
    answer = shop.call(Call(method, target, headers, b"{}" if method == "POST" else b""))
    assert answer.status == status
    assert not answer.all("access-control-allow-origin")


def test_a_scope_that_is_missing_can_be_read(shop: Served) -> None:
    answer = shop.call(Call("GET", "/scoped", [("origin", ORIGIN)], claims={"scope": ""}))
    assert (answer.status, answer.header("access-control-allow-origin")) == (403, ORIGIN)


def test_a_handlers_own_cors_headers_do_not_count(shop: Served) -> None:
    for origin, allowed in ((ORIGIN, [ORIGIN]), ("https://evil.example.com", [])):
        answer = shop.call(Call("GET", "/headers", [("origin", origin)]))
        assert (answer.status, answer.all("access-control-allow-origin")) == (201, allowed)


@pytest.mark.parametrize("origin", [ORIGIN, "https://anybody.example", "null"])
def test_any_origin_may_where_all_may(one: Served, origin: str) -> None:
    answer = one.call(Call("GET", "/only", [("origin", origin)]))
    assert (answer.status, answer.all("access-control-allow-origin")) == (200, ["*"])
    answer = preflight(one, "/only", "GET", origin)
    assert (answer.status, answer.all("access-control-allow-origin")) == (204, ["*"])
    assert words(answer, "access-control-allow-methods") == {"get"}


def test_an_own_options_route_answers_what_is_no_preflight(shop: Served) -> None:
    answer = shop.call(Call("OPTIONS", "/methods", [("origin", ORIGIN)]))
    assert (answer.status, answer.header("x-route")) == (200, "OPTIONS /methods")
    assert answer.all("access-control-allow-origin") == [ORIGIN]
