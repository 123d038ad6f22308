"""Who verifies the ways into a route: the gateway, where it gives the same result, or else the runtime."""

from __future__ import annotations

from collections.abc import Callable

from ...plan.model import ApiKeyPlan, JwtPlan, Plan, RoutePlan
from ...plan.requirements import RSA

KEY_HEADER = "x-api-key"
"""The one header in which API Gateway looks for keys (developer guide, "Choose an API key source")."""
FIRST_KEYS = "api-key"
"""The name of the one ApiKey that the gateway knows. A usage plan opens every method that asks for a key: with two
kinds of clients at the gateway, those of one would get into the routes of the other."""


def http_by_runtime(route: RoutePlan) -> bool:
    """For an HTTP API: it verifies RSA tokens of one issuer a route, whose keys discovery finds."""
    way = _only(route)
    return bool(route.ways) and not (isinstance(way, JwtPlan) and is_plain(way))


def rest_by_runtime(route: RoutePlan) -> bool:
    """For a REST API: an authorizer of ours verifies such tokens, usage plans the keys in `x-api-key`. Not for OPTIONS,
    which must let browsers' preflights through."""
    if route.method == "OPTIONS":
        return bool(route.ways)
    way = _only(route)
    return bool(route.ways) and not (isinstance(way, JwtPlan) and is_plain(way)) and not is_native_key(way)


def is_plain(token: JwtPlan) -> bool:
    """Whether a JWT authorizer of an HTTP API gives the same result: it takes RSA signatures, "Bearer", no leeway, and
    finds keys by the issuer's discovery document alone."""
    plain = token.jwks_uri is None and token.key is None and not token.leeway and token.scheme == "Bearer"
    return plain and RSA.issuperset(token.algorithms)


def is_native_key(way: object) -> bool:
    """Whether a REST API's usage plans know the way's keys."""
    return isinstance(way, ApiKeyPlan) and way.name == FIRST_KEYS and way.header == KEY_HEADER


def native_tokens(plan: Plan, by_runtime: Callable[[RoutePlan], bool]) -> tuple[JwtPlan, ...]:
    """The tokens that the gateway verifies for at least one route, each once."""
    ways = [way for route in plan.routes if not by_runtime(route) for way in route.ways]
    return tuple({way.name: way for way in ways if isinstance(way, JwtPlan)}.values())


def native_keys(plan: Plan) -> ApiKeyPlan | None:
    """The ApiKey that usage plans know, where a route takes it alone."""
    ways = [way for route in plan.routes if not rest_by_runtime(route) for way in route.ways]
    return next((way for way in ways if isinstance(way, ApiKeyPlan)), None)


def _only(route: RoutePlan) -> object:
    """The one way into a route, where there is one alone and nobody comes without."""
    ways = {way.name: way for way in route.ways}
    return next(iter(ways.values())) if len(ways) == 1 and not route.public else None
