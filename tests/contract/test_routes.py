"""One route and 300: all of them reach their handler, and what a deployment makes does not grow with them."""

from __future__ import annotations

import re

import pytest

from . import apis
from .apis import METHODS
from .model import Call, Cloud, Served

COUNT = 300


def wire(path: str) -> tuple[str, dict[str, str]]:
    """A target that fits a route's path, with the parameters that the handler must see."""
    params = {name.rstrip("+"): f"v-{name[0]}" for name in re.findall(r"\{([^}]*)\}", path)}
    return re.sub(r"\{([^}]*)\}", lambda found: params[found[1].rstrip("+")], path), params


def test_one_route_answers(one: Served) -> None:
    answer = one.call(Call("GET", "/only"))
    assert (answer.status, answer.header("x-route")) == (200, "GET /only")


@pytest.mark.parametrize("path", ["/", "/only/", "/only/more", "/onl", "/ONLY"])
def test_nothing_else_answers_where_there_is_one_route(one: Served, path: str) -> None:
    assert one.call(Call("GET", path)).status == 404


@pytest.mark.parametrize("part", range(10))
def test_each_of_300_routes_answers(many: Served, part: int) -> None:
    routes = apis.many(COUNT).routes
    assert len(routes) == COUNT
    for route in routes[part * 30 : part * 30 + 30]:
        target, params = wire(route.path)
        method = METHODS[part % 7] if route.method == "ANY" else route.method
        answer = many.call(Call(method, target))
        assert (answer.status, answer.header("x-route")) == (200, f"{route.method} {route.path}")
        if method != "HEAD":
            assert answer.json()["path_params"] == params


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_what_is_like_one_of_300_routes_is_404(many: Served, method: str) -> None:
    for target in ("/r300", "/r4/c", "/r4/c/", "/deep/r5/a", "/deep/r5/a/b/c", "/r1/", "/r01/x"):
        assert many.call(Call(method, target)).status == 404, target


def test_the_number_of_resources_does_not_grow_with_the_number_of_routes(cloud: Cloud) -> None:
    few, lots = cloud.rendered(apis.many(1)), cloud.rendered(apis.many(COUNT))
    assert sorted(r.urn for r in few.resources) == sorted(r.urn for r in lots.resources)
