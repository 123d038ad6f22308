"""Limits, counted by Cloud Armor: one security policy for all functions, a rule a limited route."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi_gcp import compute

from ...plan.model import LimitPlan, Plan, RoutePlan
from ..base import Context
from .deployed import Place
from .throttle import STRANGE, expression, picked, threshold

NAME = 55
LAST = 2147483647
"""The priority of the rule that takes what no other does."""
FIRST, STEP = 1000, 10
KEYS = {"route": "ALL", "ip": "IP"}
"""What is counted → the key that calls are told apart by. IP is the address that called the load balancer, whatever
X-Forwarded-For says."""


def deploy_policy(
    plan: Plan, place: Place, enabled: Sequence[pulumi.Resource], context: Context
) -> compute.SecurityPolicy | None:
    """The policy; None where nothing is limited. The first rule that fits a call is the only one to act, so they stand
    in the order of the runtime's matcher. Each backend service counts by itself, and a route has one."""
    routes = list(picked(plan))
    if not routes:
        return None
    rules = [_strange(FIRST)]
    rules += [_rule(FIRST + at * STEP, route, limit) for at, (route, limit) in enumerate(routes, 1)]
    return compute.SecurityPolicy(
        context.own(NAME),
        description=f"{context.name}: limits"[:2048],
        type="CLOUD_ARMOR",
        rules=[*rules, _default()],
        project=place.project,
        opts=context.options(depends_on=enabled),
    )


def _rule(priority: int, route: RoutePlan, limit: LimitPlan | None) -> compute.SecurityPolicyRuleArgs:
    return compute.SecurityPolicyRuleArgs(
        action="allow" if limit is None else "throttle",
        priority=priority,
        description=route.key[:64],
        match=_picking(expression(route)),
        rate_limit_options=None if limit is None else _counting(limit),
    )


def _counting(limit: LimitPlan) -> compute.SecurityPolicyRuleRateLimitOptionsArgs:
    counted = threshold(limit)
    assert counted is not None  # the plan's rules refuse it
    count, interval = counted
    return compute.SecurityPolicyRuleRateLimitOptionsArgs(
        conform_action="allow",
        exceed_action="deny(429)",
        enforce_on_key=KEYS[limit.by],
        rate_limit_threshold=compute.SecurityPolicyRuleRateLimitOptionsRateLimitThresholdArgs(
            count=count, interval_sec=interval
        ),
    )


def _strange(priority: int) -> compute.SecurityPolicyRuleArgs:
    return compute.SecurityPolicyRuleArgs(
        action="deny(404)", priority=priority, description="paths that no route takes", match=_picking(STRANGE)
    )


def _default() -> compute.SecurityPolicyRuleArgs:
    return compute.SecurityPolicyRuleArgs(
        action="allow",
        priority=LAST,
        description="everything else",
        match=compute.SecurityPolicyRuleMatchArgs(
            versioned_expr="SRC_IPS_V1", config=compute.SecurityPolicyRuleMatchConfigArgs(src_ip_ranges=["*"])
        ),
    )


def _picking(text: str) -> compute.SecurityPolicyRuleMatchArgs:
    return compute.SecurityPolicyRuleMatchArgs(expr=compute.SecurityPolicyRuleMatchExprArgs(expression=text))
