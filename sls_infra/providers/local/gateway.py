"""The front: one process on one port, which routes, verifies tokens and counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from ...plan.model import CorsPlan, Plan, RoutePlan
from ..base import Context
from .limits import limit_of
from .resources import Gateway

NAME = 64


def deploy_gateway(
    plan: Plan,
    functions: Mapping[str, pulumi.Output[str]],
    ways_in: Mapping[str, list[dict[str, Any]]],
    api_keys: list[dict[str, Any]],
    place: tuple[str, str, int],
    context: Context,
) -> pulumi.Output[str]:
    """Makes the gateway; its url resolves when all of it answers. `functions`: name → id; `ways_in`: by route;
    `api_keys`: what they name; `place`: folder of all local state, host and port."""
    root, host, port = place
    gateway = Gateway(
        context.own(NAME),
        root=root,
        api=plan.name,
        host=host,
        port=port,
        cors=None if plan.cors is None else cors_of(plan.cors),
        routes=[route_of(route, ways_in[route.key]) for route in plan.routes],
        functions=functions,
        api_keys=api_keys,
        opts=context.options(delete_before_replace=True),  # there is one port: the old one must let go of it
    )
    return gateway.url


def route_of(route: RoutePlan, ways_in: list[dict[str, Any]]) -> dict[str, Any]:
    """A route as the gateway takes it."""
    return {
        "method": route.method,
        "path": route.path,
        "function": route.function,
        "auth": ways_in,
        "limits": [limit_of(limit) for limit in route.limits],
    }


def cors_of(cors: CorsPlan) -> dict[str, Any]:
    """CORS as the gateway takes it."""
    return {
        "origins": list(cors.origins),
        "methods": list(cors.methods),
        "headers": list(cors.headers),
        "expose": list(cors.expose),
        "credentials": cors.credentials,
        "max_age": cors.max_age,
    }
