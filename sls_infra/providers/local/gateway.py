"""The front: one process on one port, which routes, verifies tokens and counts, and consumes events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from ...plan.model import CorsPlan, Plan, RoutePlan
from ..base import Context
from .limits import limit_of
from .resources import Gateway

NAME = 64


@dataclass(frozen=True, slots=True)
class Served:
    """What a gateway is told besides its routes and CORS."""

    functions: Mapping[str, pulumi.Output[str]]
    """Name → id."""
    ways_in: Mapping[str, list[dict[str, Any]]]
    """By route."""
    api_keys: list[dict[str, Any]]
    events: list[dict[str, Any]]
    kept: Mapping[str, list[Any]]
    """What it looks after."""


def started(plan: Plan) -> list[str]:
    """The functions that the gateway starts workers of: for routes, ways in and events."""
    names = {way.function for way in plan.customs} | {event.function for event in plan.events}
    names |= {function.name for function in plan.routed}
    return [function.name for function in plan.functions if function.name in names]


def deploy_gateway(plan: Plan, served: Served, place: tuple[str, str, int], context: Context) -> pulumi.Output[str]:
    """Makes the gateway; its url resolves when all of it answers. `place`: folder of all local state, host and port."""
    root, host, port = place
    gateway = Gateway(
        context.own(NAME),
        root=root,
        api=plan.name,
        host=host,
        port=port,
        cors=None if plan.cors is None else cors_of(plan.cors),
        routes=[route_of(route, served.ways_in[route.key]) for route in plan.routes],
        functions=served.functions,
        api_keys=served.api_keys,
        events=served.events,
        kept=served.kept,
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
