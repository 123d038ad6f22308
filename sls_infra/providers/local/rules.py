"""What the table of capabilities can't say: ways in that this machine can't combine with a webhook on one route."""

from __future__ import annotations

from collections.abc import Iterator

from ...errors import Problem
from ...plan.model import ApiKeyPlan, CustomPlan, Plan, RoutePlan, WebhookPlan
from .existing import existing_refs


def by_runtime(route: RoutePlan) -> bool:
    """Whether the runtime verifies the ways into a route: where one is a webhook, whose signature is over the body. All
    others the gateway verifies, whatever their number."""
    return any(isinstance(way, WebhookPlan) for way in route.ways)


def beside_webhooks(plan: Plan) -> Iterator[Problem]:
    """On a route that the runtime verifies, the gateway knows no client, and asks no authorizer."""
    for route in filter(by_runtime, plan.routes):
        for way in route.ways:
            if isinstance(way, ApiKeyPlan) and way.limited:
                message = f"{route.key} takes a webhook too: there nobody counts a client's limits and quotas"
                yield Problem(f"{route.where}.auth", message, "give the webhook a route of its own")
            elif isinstance(way, CustomPlan) and way.function != route.function:
                message = f"{route.key} takes a webhook too: there an authorizer runs in the route's function alone"
                fix = f"make {route.function!r} the authorizer's function, or give the webhook a route of its own"
                yield Problem(f"{route.where}.auth", message, fix)


RULES = (beside_webhooks, existing_refs)
