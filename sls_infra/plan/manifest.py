"""The manifest: what the runtime inside a bundle knows of the Api. It holds no value of a deployment."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from . import manifest_events
from .check_auth import SYMMETRIC
from .model import ApiKeyPlan, CustomPlan, FunctionPlan, JwtPlan, Plan, RoutePlan, WayPlan, WebhookPlan
from .names import route_id
from .requirements import RSA
from .ways import by_runtime

FILE = "sls_manifest.json"
JWT_LIBRARY = "pyjwt[crypto]>=2.10.1,<3"
"""What verifies signatures that are neither RSA's (PKCS#1 v1.5) nor HMAC's."""


def manifest(
    planned: Plan,
    function: FunctionPlan,
    *,
    open_options: bool = False,
    answers_cors: bool = False,
    by_runtime: Callable[[RoutePlan], bool] = by_runtime,
) -> dict[str, Any]:
    """The manifest of one function: its own routes alone, so that a change to one touches no other.

    `open_options`: each ANY route that asks for a token gets an open OPTIONS beside it, for gateways that would
    send a browser's preflight to the ANY route and refuse it. `answers_cors`: the runtime answers preflights and adds
    CORS headers, for gateways that do neither. `by_runtime`: whether the runtime verifies the ways into a route.
    """
    own = planned.routes_of(function)
    routes = [_route(route, by_runtime(route)) for route in own]
    if open_options:
        routes += [_options(route) for route in preflighted(planned) if route.function == function.name]
    known = {"version": 1, "api": planned.name, "function": function.name, "routes": routes}
    if answers_cors and planned.cors is not None:
        known["cors"] = asdict(planned.cors)
    ways = verified_here(planned, function, by_runtime)
    if ways:
        known["ways"] = {way.name: _way(way, function) for way in ways}
    authorizers = [way for way in planned.customs if way.function == function.name]
    if authorizers:
        known["authorizers"] = {way.name: {"handler": way.handler, "ttl": way.ttl} for way in authorizers}
    if function.secret_env:
        known["env"] = dict(function.secret_env)
    known.update(manifest_events.described(planned, function))
    return known


def verified_here(
    planned: Plan, function: FunctionPlan, by_runtime: Callable[[RoutePlan], bool] = by_runtime
) -> tuple[WayPlan, ...]:
    """The ways in that this function's runtime verifies, each once."""
    routes = [route for route in planned.routes_of(function) if by_runtime(route)]
    return tuple({way.name: way for route in routes for way in route.ways}.values())


def secrets_of(
    planned: Plan, function: FunctionPlan, by_runtime: Callable[[RoutePlan], bool] = by_runtime
) -> tuple[str, ...]:
    """The names of the secrets that this function must be able to read: its code's, and those of the ways in that its
    runtime verifies."""
    names = list(function.secrets)
    for way in verified_here(planned, function, by_runtime):
        if isinstance(way, WebhookPlan):
            names.append(way.secret)
        elif isinstance(way, JwtPlan) and way.key is not None:
            names.append(way.key)
    return tuple(dict.fromkeys(names))


def runtime_requirements(
    planned: Plan, function: FunctionPlan, by_runtime: Callable[[RoutePlan], bool] = by_runtime
) -> tuple[str, ...]:
    """What must be installed for the ways in that this function's runtime verifies: nothing for RSA and HMAC, which the
    standard library does. For `BundleSpec.platform_requirements`."""
    tokens = [way for way in verified_here(planned, function, by_runtime) if isinstance(way, JwtPlan)]
    by_library = any(
        algorithm not in RSA and algorithm not in SYMMETRIC for way in tokens for algorithm in way.algorithms
    )
    return (JWT_LIBRARY,) if by_library else ()


def _way(way: WayPlan, function: FunctionPlan) -> dict[str, Any]:
    """What no deployment changes of a way in; the rest comes in the environment (see `deployed`)."""
    match way:
        case JwtPlan():
            static = {"algorithms": list(way.algorithms), "leeway": way.leeway, "scheme": way.scheme, "key": way.key}
            return {"kind": "jwt", **static}
        case ApiKeyPlan():
            return {"kind": "api_key", "header": way.header}
        case WebhookPlan():
            return {"kind": "webhook", "scheme": way.scheme, "secret": way.secret}
        case CustomPlan():
            here = way.handler if way.function == function.name else None
            return {"kind": "custom", "handler": here, "ttl": way.ttl}


def as_bytes(manifest: dict[str, Any]) -> bytes:
    """The file's content: the same for the same manifest."""
    return json.dumps(manifest, sort_keys=True, separators=(",", ":")).encode()


def preflighted(planned: Plan) -> list[RoutePlan]:
    """The ANY routes that would refuse a browser's preflight, and that no OPTIONS route of the spec stands before."""
    if planned.cors is None:
        return []
    taken = {route.path for route in planned.routes if route.method == "OPTIONS"}
    return [route for route in planned.routes if route.method == "ANY" and not route.public and route.path not in taken]


def _route(route: RoutePlan, by_runtime: bool) -> dict[str, Any]:
    known = {
        "id": route.id,
        "method": route.method,
        "path": route.path,
        "handler": route.handler,
        "auth": list(dict.fromkeys(way.kind for way in route.auth)),
        "scopes": list(route.scopes),
        "request": route.request,
    }
    if by_runtime:
        known["ways"] = [way.name for way in route.ways]
    return known


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
