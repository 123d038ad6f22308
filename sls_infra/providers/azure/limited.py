"""What a table cannot say of limits and clients on Azure, as rules over a Plan."""

from __future__ import annotations

from collections.abc import Iterator

from ...errors import Problem
from ...plan.model import ApiKeyPlan, LimitPlan, Plan, RoutePlan
from . import verified
from .windows import LONGEST, window

_ALONE = "take the key as the only way into these routes, or leave the limits out"


def slow_limits(plan: Plan) -> Iterator[Problem]:
    """Limits that let through less than one call in the longest period that is counted."""
    for where, limit in _limits(plan):
        if window(limit) is None:
            message = (
                f"{limit.requests} in {limit.seconds} s is less than one in {LONGEST} s, the longest period that API "
                "Management counts (Limit call rate by key)"
            )
            least = -(-limit.seconds // LONGEST)
            yield Problem(where, message, f"allow {least} or more in {limit.seconds} s, or use a target that counts it")


def unknown_clients(plan: Plan) -> Iterator[Problem]:
    """Clients to be counted that API Management does not know: those that the function's runtime verifies."""
    for route in plan.routes:
        if route.limit_by("client") and verified.by_runtime_with_limits(route):
            message = (
                f"{route.key} counts by client, and API Management knows who calls only by one token whose keys its "
                "issuer's discovery document names, or by one ApiKey"
            )
            fix = "keep one such way in on this route, or count by='ip' or by='route'"
            yield Problem(f"{route.where}.rate_limit", message, fix)
        for way in route.ways:
            if isinstance(way, ApiKeyPlan) and way.limited and verified.counted_key(route) is None:
                message = f"{route.key} takes a key whose clients have limits, and other ways in: nobody counts there"
                yield Problem(f"{route.where}.auth", message, _ALONE)


def headers_of_keys(plan: Plan) -> Iterator[Problem]:
    """API Management looks for keys in one header of an API."""
    counted = verified.counted_keys(plan)
    if len({key.header for key in counted}) > 1:
        headers = ", ".join(dict.fromkeys(key.header for key in counted))
        message = f"clients are counted by keys in several headers ({headers}); API Management looks in one"
        yield Problem("api.auth", message, "use one header for all of them, or make two Apis of it")


def _limits(plan: Plan) -> Iterator[tuple[str, LimitPlan]]:
    for route in plan.routes:
        yield from ((f"{route.where}.rate_limit", limit) for limit in route.limits)
    for key in plan.api_keys:
        for client in key.clients:
            yield from ((_of(plan, key).where + f".auth.clients.{client.name}", limit) for limit in client.limits)


def _of(plan: Plan, key: ApiKeyPlan) -> RoutePlan:
    return next(route for route in plan.routes if key in route.ways)
