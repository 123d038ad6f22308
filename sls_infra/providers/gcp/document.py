"""The OpenAPI 2.0 document that an API config is made from: paths, operations, backends, tokens."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ...plan import openapi
from ...plan.model import FunctionPlan, Plan, RoutePlan
from ...plan.names import route_id
from .paths import literal
from .ways import behind_the_gateway

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
"""All that OpenAPI 2.0 has."""
NO_ROUTE = "-"
"""What the function is told where the gateway matched an operation that is no route."""
ELSEWHERE = "/{rest+}"
"""The path of what no route takes."""
OPEN: list[dict[str, list[str]]] = []


def document(plan: Plan, uris: Mapping[str, str], definitions: Mapping[str, Any]) -> dict[str, Any]:
    """The document. `uris`: function → where its service answers; `definitions`: security definitions by name. An
    operation whose ways in the runtime verifies is open here.

    Whatever no route takes goes to the runtime too, which answers it with its own 404: the gateway would answer a
    known path with an unknown method by 405. That is one path behind all others and not an operation more on each of
    theirs, since the gateway looks through the operations of all paths, the most specific path first, for one that
    takes both method and path (ESPv2, `httppattern`), so that the operation added would stand before a route.
    """
    functions = {function.name: function for function in plan.functions}
    paths: dict[str, dict[str, Any]] = {}
    for route, method in operations(plan):
        item = paths.setdefault(template(route.path), _path_item(route.path))
        made = functions[route.function]
        is_open = route.public or behind_the_gateway(route)
        if method == "OPTIONS" and plan.cors is not None and not is_open:  # a preflight has no token
            item["options"] = _operation(route_id(method, route.path), NO_ROUTE, made, uris, OPEN)
        else:
            security = OPEN if is_open else [{token.name: []} for token in route.jwts]
            item[method.lower()] = _operation(_readable(route), route.id, made, uris, security, method)
    _elsewhere(plan, paths, uris)
    return {
        "swagger": "2.0",
        "info": {"title": plan.name, "version": plan.version, "description": plan.description},
        "schemes": ["https"],
        "x-google-allow": "configured",
        "securityDefinitions": dict(definitions),
        "paths": paths,
    }


def operations(plan: Plan) -> Iterator[tuple[RoutePlan, str]]:
    """Each route with each method that it answers: ANY means those that no other route of its path has."""
    taken = {(route.path, route.method) for route in plan.routes}
    for route in plan.routes:
        for method in METHODS if route.method == "ANY" else (route.method,):
            if route.method != "ANY" or (route.path, method) not in taken:
                yield route, method


def template(path: str) -> str:
    """The path as API Gateway has it ("Understanding path templating"): `{path=**}` is greedy. Literal segments are
    compared with what is on the wire, so what is not ASCII is percent-encoded, as clients do."""
    return "/".join(_segment(segment) for segment in path.split("/"))


def _segment(segment: str) -> str:
    if segment.startswith("{"):
        return segment.replace("+}", "=**}")
    return literal(segment)


def _path_item(path: str) -> dict[str, Any]:
    found = [{"name": p["name"], "in": "path", "required": True, "type": "string"} for p in openapi.parameters(path)]
    return {"parameters": found} if found else {}


def _elsewhere(plan: Plan, paths: dict[str, dict[str, Any]], uris: Mapping[str, str]) -> None:
    function = next(function for function in plan.functions if function.name in uris)
    own = next((route.path for route in plan.routes if re.fullmatch(r"/\{\w+\+\}", route.path)), ELSEWHERE)
    item = paths.setdefault(template(own), _path_item(own))
    for method in METHODS:
        if method.lower() not in item:
            item[method.lower()] = _operation(route_id(method, own), NO_ROUTE, function, uris, OPEN)


def _readable(route: RoutePlan) -> str:
    """What the route is called in Google's logs and metrics, in letters that its service names take."""
    return f"{re.sub('[^A-Za-z0-9]', '_', route.operation_id)[:40]}_{route.id}"


def _operation(
    name: str,
    id: str,
    function: FunctionPlan,
    uris: Mapping[str, str],
    security: list[dict[str, list[str]]],
    method: str = "",
) -> dict[str, Any]:
    uri = uris[function.name]
    return {
        "operationId": f"{name}_{method}" if method else name,
        "security": security,
        "x-google-backend": {
            "address": f"{uri}/_sls/http/{id}",
            "path_translation": "APPEND_PATH_TO_ADDRESS",
            "jwt_audience": uri,
            "deadline": float(math.ceil(function.timeout)),  # 15 s where it is left out
        },
        "responses": {"200": {"description": "the function's answer"}},
    }
