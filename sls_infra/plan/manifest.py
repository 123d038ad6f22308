"""The manifest: what the runtime inside a bundle knows of the Api. It holds no value of a deployment."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from .model import FunctionPlan, Plan, RoutePlan
from .names import route_id

FILE = "sls_manifest.json"


def manifest(
    planned: Plan, function: FunctionPlan, *, open_options: bool = False, answers_cors: bool = False
) -> dict[str, Any]:
    """The manifest of one function: its own routes alone, so that a change to one touches no other.

    `open_options`: each ANY route that asks for a token gets an open OPTIONS beside it, for gateways that would
    send a browser's preflight to the ANY route and refuse it. `answers_cors`: the runtime answers preflights and adds
    CORS headers, for gateways that do neither.
    """
    routes = [_route(route) for route in planned.routes_of(function)]
    if open_options:
        routes += [_options(route) for route in preflighted(planned) if route.function == function.name]
    known = {"version": 1, "api": planned.name, "function": function.name, "routes": routes}
    if answers_cors and planned.cors is not None:
        known["cors"] = asdict(planned.cors)
    return known


def as_bytes(manifest: dict[str, Any]) -> bytes:
    """The file's content: the same for the same manifest."""
    return json.dumps(manifest, sort_keys=True, separators=(",", ":")).encode()


def preflighted(planned: Plan) -> list[RoutePlan]:
    """The ANY routes that would refuse a browser's preflight, and that no OPTIONS route of the spec stands before."""
    if planned.cors is None:
        return []
    taken = {route.path for route in planned.routes if route.method == "OPTIONS"}
    return [route for route in planned.routes if route.method == "ANY" and not route.public and route.path not in taken]


def _route(route: RoutePlan) -> dict[str, Any]:
    return {
        "id": route.id,
        "method": route.method,
        "path": route.path,
        "handler": route.handler,
        "auth": list(dict.fromkeys(way.kind for way in route.auth)),
        "scopes": list(route.scopes),
        "request": route.request,
    }


def _options(route: RoutePlan) -> dict[str, Any]:
    """Answered with 204 by the runtime itself: it has no handler."""
    return {
        "id": route_id("OPTIONS", route.path),
        "method": "OPTIONS",
        "path": route.path,
        "handler": None,
        "auth": ["public"],
        "scopes": [],
        "request": None,
    }
