"""Paths: which route answers, and what its parameters are."""

from __future__ import annotations

import pytest

from .model import Call, Served

SPECIFIC = {
    "/": ("GET /", {}),
    "/orders/7": ("GET /orders/{id}", {"id": "7"}),
    "/orders/latest": ("GET /orders/latest", {}),
    "/orders/Other": ("GET /orders/{id}", {"id": "Other"}),
    "/orders/7/items/9": ("GET /orders/{id}/items/{item}", {"id": "7", "item": "9"}),
    "/orders/latest/items/9": ("GET /orders/{id}/items/{item}", {"id": "latest", "item": "9"}),
    "/orders/7/items/first": ("GET /orders/{id}/items/first", {"id": "7"}),
    "/files/readme": ("GET /files/readme", {}),
    "/files/a/meta": ("GET /files/{name}/meta", {"name": "a"}),
    "/files/a": ("GET /files/{path+}", {"path": "a"}),
    "/files/a/b/c.txt": ("GET /files/{path+}", {"path": "a/b/c.txt"}),
    "/files/readme/meta/more": ("GET /files/{path+}", {"path": "readme/meta/more"}),
    "/files/a/": ("GET /files/{path+}", {"path": "a/"}),
    "/files/a/b/": ("GET /files/{path+}", {"path": "a/b/"}),
    "/files/.hidden": ("GET /files/{path+}", {"path": ".hidden"}),
    "/files/a..b/...": ("GET /files/{path+}", {"path": "a..b/..."}),
    "/files/a%20b/c%2Bd": ("GET /files/{path+}", {"path": "a b/c+d"}),
    "/v1.0/a~b/@me": ("GET /v1.0/a~b/@me", {}),
    "/plus+sign/x:y": ("GET /plus+sign/x:y", {}),
    "/me/public": ("GET /me/public", {}),
}


@pytest.mark.parametrize("target", SPECIFIC)
def test_the_most_specific_route_answers(shop: Served, target: str) -> None:
    route, params = SPECIFIC[target]
    answer = shop.call(Call("GET", target))
    assert answer.status == 200, answer
    shown = answer.json()
    assert (shown["route"], shown["path_params"]) == (route, params)


PARAMETERS = {
    "plain": ("a", "a"),
    "spaces": ("a%20b", "a b"),
    "plus": ("a+b", "a+b"),
    "percent": ("50%25", "50%"),
    "umlauts": ("gr%C3%BC%C3%9Fe", "grüße"),
    "lower case hex": ("gr%c3%bc%c3%9fe", "grüße"),
    "astral": ("%F0%9F%9A%80", "🚀"),
    "chinese": ("%E4%B8%AD%E6%96%87", "中文"),
    "decomposed": ("u%CC%88", "u\u0308"),
    "sub-delims": ("!$&'()*+,;=:@-._~", "!$&'()*+,;=:@-._~"),
    "encoded letters": ("%61%62", "ab"),
    "quotes": ("%22a%27", "\"a'"),
    "braces": ("%7Bid%7D", "{id}"),
    "question and hash": ("a%3Fb%23c", "a?b#c"),
    "long": ("x" * 500, "x" * 500),
    "numbers": ("007", "007"),
}


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_parameter_is_decoded_once(shop: Served, name: str) -> None:
    sent, seen = PARAMETERS[name]
    answer = shop.call(Call("GET", f"/orders/{sent}"))
    assert answer.status == 200, answer
    assert answer.json()["path_params"] == {"id": seen}


@pytest.mark.parametrize(
    ("target", "name"), [("/gr%C3%BC%C3%9Fe/Zo%C3%AB", "Zoë"), ("/gr%C3%BC%C3%9Fe/zo%c3%ab", "zoë")]
)
def test_a_literal_segment_may_be_unicode(shop: Served, target: str, name: str) -> None:
    answer = shop.call(Call("GET", target))
    assert answer.status == 200, answer
    assert answer.json()["path_params"] == {"name": name}
    assert answer.json()["route"] == "GET /grüße/{name}"


NOWHERE = {
    "a greedy parameter is not empty": "/files/",
    "nor absent": "/files",
    "a slash at the end is another path": "/orders/7/",
    "after a literal too": "/orders/latest/",
    "a parameter is not empty": "/orders/",
    "nor two segments": "/orders/7/8",
    "case counts": "/ORDERS/7",
    "an empty segment": "/orders//items/9",
    "an empty segment in a greedy one": "/files/a//b",
    "two slashes first": "//orders/7",
    "an encoded slash": "/orders/a%2Fb",
    "an encoded slash in lower case": "/orders/a%2fb",
    "an encoded slash that is encoded once more": "/orders/a%252Fb",
    "an encoded backslash": "/orders/a%5Cb",
    "a control": "/orders/a%00b",
    "a line break": "/orders/a%0D%0Ab",
    "dots": "/orders/..",
    "dots in a greedy one": "/files/a/../b",
    "a dot": "/files/./a",
    "encoded dots": "/files/%2E%2E/a",
    "no UTF-8": "/orders/%FF",
    "overlong": "/orders/%C0%AF",
    "the runtime's own": "/_sls",
    "below the runtime's own": "/_sls/http/r0123456789a/orders/7",
    "another function's, deeper": "/second/7/8",
}


@pytest.mark.parametrize("name", NOWHERE)
def test_no_route_takes_it(shop: Served, name: str) -> None:
    assert shop.call(Call("GET", NOWHERE[name])).status == 404


@pytest.mark.parametrize(("sent", "seen"), [("a%2520b", "a%20b"), ("100%2525", "100%25"), ("%252B", "%2B")])
def test_nothing_is_decoded_twice(shop: Served, sent: str, seen: str) -> None:
    answer = shop.call(Call("GET", f"/orders/{sent}"))
    assert answer.status == 200
    assert answer.json()["path_params"] == {"id": seen}


METHOD_FALLS_THROUGH = {
    "to a parameter": ("POST", "/orders/latest", "POST /orders/{id}", {"id": "latest"}),
    "to a greedy one": ("PUT", "/files/readme", "PUT /files/{path+}", {"path": "readme"}),
    "to one that takes other paths too": ("POST", "/overlap/over", "POST /{word}/over", {"word": "overlap"}),
    "past a parameter": ("PUT", "/files/a/meta", "PUT /files/{path+}", {"path": "a/meta"}),
}


@pytest.mark.parametrize("name", METHOD_FALLS_THROUGH)
def test_a_less_specific_route_answers_a_method_that_the_specific_one_lacks(shop: Served, name: str) -> None:
    method, target, route, params = METHOD_FALLS_THROUGH[name]
    answer = shop.call(Call(method, target))
    assert answer.status == 200, answer
    assert (answer.json()["route"], answer.json()["path_params"]) == (route, params)


@pytest.mark.parametrize(("method", "target"), [("POST", "/overlap/7"), ("PUT", "/overlap/over"), ("GET", "/a/over")])
def test_no_route_answers_a_method_that_only_paths_like_it_have(shop: Served, method: str, target: str) -> None:
    assert shop.call(Call(method, target)).status == 404


def test_each_function_answers_its_own_routes(shop: Served) -> None:
    answer = shop.call(Call("GET", "/second"))
    assert (answer.status, answer.json()) == (200, {"function": "second"})
