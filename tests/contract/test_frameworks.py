"""FastAPI, Starlette and Django apps, as they are, with their dependencies in the zip."""

from __future__ import annotations

import json

import pytest

from .model import Call, Served

FRAMEWORKS = ("fastapi", "starlette", "django")
JSON = [("content-type", "application/json")]


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_root_of_the_app_is_its_mount(frameworks: Served, framework: str) -> None:
    answer = frameworks.call(Call("GET", f"/{framework}"))
    assert (answer.status, answer.json()) == (200, {"framework": framework, "began": "yes"})


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_path_query_and_headers_arrive(frameworks: Served, framework: str) -> None:
    target = f"/{framework}/orders/gr%C3%BC%C3%9Fe%20x?limit=3"
    answer = frameworks.call(Call("GET", target, [("x-one", "1")]))
    assert (answer.status, answer.json()) == (200, {"order": "grüße x", "limit": 3, "one": "1"})


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_body_arrives_and_goes_out(frameworks: Served, framework: str) -> None:
    answer = frameworks.call(Call("POST", f"/{framework}/orders", JSON, b'{"name": "book", "count": 2}'))
    assert (answer.status, json.loads(answer.body)) == (201, {"name": "book", "count": 2})
    assert answer.header("content-type") == "application/json"
    assert answer.all("set-cookie")[0].startswith("last=book")


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_refusal_of_the_app_is_its_own(frameworks: Served, framework: str) -> None:
    answer = frameworks.call(Call("GET", f"/{framework}/orders/none"))
    assert (answer.status, answer.header("x-why")) == (404, "none")
    assert b"no such order" in answer.body


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("path", ["nowhere", "orders/a/b/c"])
def test_what_the_app_does_not_have_is_its_own_404(frameworks: Served, framework: str, path: str) -> None:
    answer = frameworks.call(Call("GET", f"/{framework}/{path}"))
    assert answer.status == 404
    assert answer.header("content-type") != "application/problem+json"


def test_a_body_that_does_not_fit_is_the_apps_422(frameworks: Served) -> None:
    answer = frameworks.call(Call("POST", "/fastapi/orders", JSON, b'{"count": "many"}'))
    assert answer.status == 422
    assert {error["loc"][-1] for error in answer.json()["detail"]} == {"name", "count"}


def test_the_apps_own_description_says_where_it_is_mounted(frameworks: Served) -> None:
    described = frameworks.call(Call("GET", "/fastapi/openapi.json")).json()
    assert described["servers"] == [{"url": "/fastapi"}]
    assert "/orders/{order}" in described["paths"]
