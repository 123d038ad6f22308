"""The document that API Management's operations are imported from: OpenAPI 3.0.1, one operation a method and path.

An operation's id says all that the policy must know: `<way>-<function>-<route id>-<method>`, and `-<limits>` where
calls are counted. It keeps to what an import leaves as it is: lower case, digits and single dashes, at most 76
characters (API Management: "API import restrictions", normalization rules for operationId). ANY becomes one operation a
method, since an operation has one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from ...plan.model import Plan, RoutePlan
from ...plan.names import canonical, route_id
from ...plan.openapi import parameters
from ...plan.resolve import ROUTE_METHODS
from . import counted
from .tier import Tier
from .ways import Ways

OPEN, PREFLIGHT = "open", "cors"
"""Ways in that the gateway asks nothing of: a route that is public, or that the function's runtime guards; and an
OPTIONS that is no route and answers preflights alone."""


def document(plan: Plan, ways: Ways, tier: Tier) -> dict[str, Any]:
    """The document."""
    paths: dict[str, dict[str, Any]] = {}
    for path, method, id in operations(plan, ways, tier):
        item = paths.setdefault(template(path), {})
        item[method.lower()] = {
            "operationId": id,
            "summary": f"{method} {path}"[:300],
            "responses": {"default": {"description": "the function's answer"}},
        }
        if found := _parameters(path):
            item["parameters"] = found
    return {
        "openapi": "3.0.1",
        "info": {"title": plan.name, "version": plan.version, "description": plan.description},
        "paths": paths,
    }


def operations(plan: Plan, ways: Ways, tier: Tier) -> Iterator[tuple[str, str, str]]:
    """Path, method and id of each operation: a route's own methods first, then those of ANY. With CORS, one open
    OPTIONS for all that is left: for each path by itself, it would hide less specific routes."""
    taken: set[tuple[str, str]] = set()
    counts = tier.counts and counted.counts(plan)
    for route in sorted(plan.routes, key=lambda route: route.method == "ANY"):
        way, limits = way_of(route, ways, tier), counted.limits_of(route) if counts else None
        for method in ROUTE_METHODS if route.method == "ANY" else (route.method,):
            if (method, route.path) not in taken:
                taken.add((method, route.path))
                yield route.path, method, operation_id(way, route.function, route.id, method, limits)
    for path in ("/", "/{rest+}") if plan.cors is not None else ():
        if not any(method == "OPTIONS" and template(path) == template(other) for method, other in taken):
            id, limits = route_id("OPTIONS", path), counted.NONE if counts else None
            yield path, "OPTIONS", operation_id(PREFLIGHT, plan.routes[0].function, id, "OPTIONS", limits)


def operation_id(way: str, function: str, route: str, method: str, limits: str | None = None) -> str:
    """What the policy takes apart again."""
    return "-".join((way, short(function), route, method.lower(), *((limits,) if limits else ())))


def way_of(route: RoutePlan, ways: Ways, tier: Tier) -> str:
    """Who may call a route, in one word of an operation's id."""
    return OPEN if route.public or tier.by_runtime(route) else ways[route.ways[0].name].id


def short(function: str) -> str:
    """A function in one word of an operation's id; also its backend's name."""
    return "f" + hashlib.sha256(canonical(function).encode()).hexdigest()[:10]


def template(path: str) -> str:
    """A path as API Management's URL templates have it: a greedy segment is a wildcard, and parameters are numbered,
    since their names may not differ in case alone ("API import restrictions": unique names). The runtime, which takes
    their values, matches the path anew."""
    segments, count = [], 0
    for segment in path.split("/"):
        if segment.endswith("+}"):
            segments.append("*")
        elif segment.startswith("{"):
            count += 1
            segments.append(f"{{p{count}}}")
        else:
            segments.append(segment)
    return "/".join(segments)


def _parameters(path: str) -> list[dict[str, Any]]:
    return parameters(template(path))
