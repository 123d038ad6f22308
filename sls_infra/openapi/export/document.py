"""Plan → OpenAPI 3.1: the document for callers, and for the tools that make clients of it.

What gateways import is `plan.openapi`: another document, of 3.0 and with each vendor's own members.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from ...errors import SpecError
from ...plan.model import Plan, RoutePlan
from ...plan.resolve import ROUTE_METHODS
from ...runtime.paths import parse
from ..schemas import DIALECT
from .answers import PROBLEM, responses
from .components import Components
from .operations import operation, path_parameters
from .security import schemes
from .wellformed import problems


def document(planned: Plan, servers: Sequence[str] = ()) -> dict[str, Any]:
    """The OpenAPI 3.1 document of a Plan without mistakes: the same for the same Plan.

    `servers` are URLs of where it is served; the Api's own domain comes after them. Raises `SpecError` for schemas of
    responses and queries that are none.
    """
    if found := list(problems(planned)):
        raise SpecError(found)
    given = (schema for route in planned.routes for schema in (route.request, route.response, route.query))
    components = Components({"Problem": PROBLEM}, [schema for schema in given if schema is not None])
    paths = _paths(planned, components)
    made: dict[str, Any] = {"openapi": "3.1.0", "info": _info(planned), "jsonSchemaDialect": DIALECT}
    urls = [*servers, *([f"https://{planned.domain.name}"] if planned.domain else [])]
    if urls:
        made["servers"] = [{"url": url} for url in dict.fromkeys(urls)]
    if tags := sorted({tag for item in paths.values() for each in _operations(item) for tag in each.get("tags", ())}):
        made["tags"] = [{"name": tag} for tag in tags]
    made["paths"] = paths
    made["components"] = {"schemas": components.schemas, "responses": responses()}
    if planned.ways:
        made["components"]["securitySchemes"] = schemes(planned)
    return made


def _info(planned: Plan) -> dict[str, Any]:
    info = {"title": planned.name, "version": planned.version}
    return {**info, "description": planned.description} if planned.description else info


def _operations(item: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for key, value in item.items():
        if key.upper() in ROUTE_METHODS:
            yield value


def _paths(planned: Plan, components: Components) -> dict[str, Any]:
    """Paths in the order of the spec, each with the operations of all of its routes."""
    ids = _Ids(planned)
    taken = {(route.method, route.path) for route in planned.routes}
    single = {_as_single(route.path): route.path for route in planned.routes if not route.path.endswith("+}")}
    paths: dict[str, Any] = {}
    for route in planned.routes:
        methods = [
            m for m in ROUTE_METHODS if route.method == m or (route.method == "ANY" and (m, route.path) not in taken)
        ]
        made = {m.lower(): operation(route, ids.of(route, m), components) for m in methods}
        item = paths.setdefault(_template(single.get(_as_single(route.path), route.path)), {})
        if route.path.endswith("+}") and _as_single(route.path) in single:
            item.setdefault("x-sls-greedy", _beside(route.path))["operations"] |= made
            continue
        if found := path_parameters(route.path):
            item["parameters"] = found
        item |= made
    return paths


def _beside(path: str) -> dict[str, Any]:
    """A greedy path beside one that differs from it by that alone: to OpenAPI they are the same path."""
    return {
        "path": _template(path, greedy="+"),
        "description": "What has more segments than the path above. OpenAPI can't hold the two side by side.",
        "parameters": path_parameters(path),
        "operations": {},
    }


def _as_single(path: str) -> str:
    """The path's shape as OpenAPI sees it, where greedy parameters are like others."""
    return parse(path).shape.replace("{+}", "{}")


def _template(path: str, greedy: str = "") -> str:
    """The path as a template of URLs: literals percent-encoded, greedy parameters like others."""
    texts = {"param": "{{{}}}", "greedy": f"{{{{{{}}{greedy}}}}}"}
    segments = parse(path).segments
    return "/" + "/".join(
        quote(s.value, safe="-._~!$&'()*+,;=:@") if s.kind == "static" else texts[s.kind].format(s.value)
        for s in segments
    )


class _Ids:
    """Operation ids: a route's own; under ANY, one a method."""

    def __init__(self, planned: Plan) -> None:
        self._taken = {route.operation_id for route in planned.routes}

    def of(self, route: RoutePlan, method: str) -> str:
        """Each only once."""
        if route.method != "ANY":
            return route.operation_id
        base = f"{route.operation_id}{method.capitalize()}"
        name, number = base, 2
        while name in self._taken:
            name, number = f"{base}{number}", number + 1
        self._taken.add(name)
        return name
