"""Every method, ANY, and methods that a path does not have."""

from __future__ import annotations

import pytest

from .apis import METHODS
from .model import Call, Served

BODILESS = ("HEAD",)


@pytest.mark.parametrize("method", METHODS)
def test_each_method_reaches_its_route(shop: Served, method: str) -> None:
    answer = shop.call(Call(method, "/methods"))
    assert answer.status == 200
    assert answer.header("x-route") == f"{method} /methods"
    if method == "HEAD":
        assert answer.body == b""
    else:
        assert answer.json()["method"] == method


@pytest.mark.parametrize("method", METHODS)
def test_any_takes_each_method(shop: Served, method: str) -> None:
    answer = shop.call(Call(method, "/any"))
    assert answer.status == 200
    assert answer.header("x-route") == "ANY /any"


@pytest.mark.parametrize("method", [method for method in METHODS if method != "GET"])
def test_a_method_that_a_known_path_lacks_is_404(many: Served, method: str) -> None:
    assert many.call(Call("GET", "/r0")).status == 200
    assert many.call(Call(method, "/r0")).status == 404


@pytest.mark.parametrize("method", ["HEAD", "PUT", "PATCH", "DELETE"])
def test_a_method_that_a_known_path_lacks_is_404_with_cors_too(shop: Served, method: str) -> None:
    assert shop.call(Call(method, "/headers")).status == 404


@pytest.mark.parametrize("method", METHODS)
def test_an_unknown_path_is_404(many: Served, method: str) -> None:
    assert many.call(Call(method, "/nowhere")).status == 404


@pytest.mark.parametrize("method", [method for method in METHODS if method != "OPTIONS"])
def test_an_unknown_path_is_404_with_cors_too(shop: Served, method: str) -> None:
    assert shop.call(Call(method, "/nowhere")).status == 404


def test_a_method_of_its_own_is_before_any(shop: Served) -> None:
    assert shop.call(Call("GET", "/any/of/7")).header("content-type") == "image/png"
    assert shop.call(Call("POST", "/any/of/7")).header("x-route") == "ANY /any/of/{id}"


def test_head_has_the_headers_and_no_body(shop: Served) -> None:
    answer = shop.call(Call("HEAD", "/binary"))
    assert (answer.status, answer.body) == (200, b"")
    assert answer.header("content-type") == "image/png"


def test_head_is_not_get(shop: Served) -> None:
    assert shop.call(Call("GET", "/big")).status == 200
    assert shop.call(Call("HEAD", "/big")).status == 404


def test_options_with_a_route_of_its_own_reaches_the_handler(shop: Served) -> None:
    answer = shop.call(Call("OPTIONS", "/methods", headers=[("x-one", "1")]))
    assert answer.status == 200
    assert answer.header("x-route") == "OPTIONS /methods"
