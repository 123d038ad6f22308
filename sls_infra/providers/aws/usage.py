"""Usage plans of a REST API: one a client, with what it may do, for each of its keys."""

from __future__ import annotations

import math

import pulumi
from pulumi_aws import apigateway

from ...plan.model import ClientPlan, LimitPlan, Plan, RoutePlan
from ..base import Context
from .keys import Keys
from .rest_limits import strictest, strictest_quota
from .verified import native_keys

NAME = 96


def deploy_usage(
    plan: Plan, keys: Keys, api: apigateway.RestApi, stage: apigateway.Stage, context: Context
) -> list[pulumi.Resource]:
    """Lets the clients' keys in, within their limits. A key that is in no plan opens nothing."""
    native = native_keys(plan)
    made: list[pulumi.Resource] = []
    for client in native.clients if native else ():
        usage = _plan(plan, client, api, stage, context)
        made += [_member(client.name, number, key, usage, context) for number, key in keys.made[client.name].items()]
    return made


def rate(limit: LimitPlan) -> float:
    """Calls a second, never more than asked for."""
    return math.floor(limit.requests / limit.seconds * 1e6) / 1e6 or 1e-6


def _plan(
    plan: Plan, client: ClientPlan, api: apigateway.RestApi, stage: apigateway.Stage, context: Context
) -> apigateway.UsagePlan:
    throttle, quota = strictest(client.limits), strictest_quota(client.quotas)
    routes = [(route, strictest(route.limit_by("client"))) for route in plan.routes]
    return apigateway.UsagePlan(
        context.child(client.name, NAME),
        api_stages=[
            apigateway.UsagePlanApiStageArgs(
                api_id=api.id,
                stage=stage.stage_name,
                throttles=[_throttle(route, limit) for route, limit in routes if limit] or None,
            )
        ],
        throttle_settings=None
        if throttle is None
        else apigateway.UsagePlanThrottleSettingsArgs(rate_limit=rate(throttle), burst_limit=throttle.burst),
        quota_settings=None
        if quota is None
        else apigateway.UsagePlanQuotaSettingsArgs(limit=quota.requests, period=quota.per.upper(), offset=0),
        tags=context.tags,
        opts=context.options(),
    )


def _throttle(route: RoutePlan, limit: LimitPlan) -> apigateway.UsagePlanApiStageThrottleArgs:
    return apigateway.UsagePlanApiStageThrottleArgs(
        path=f"{route.path}/{route.method}", rate_limit=rate(limit), burst_limit=limit.burst
    )


def _member(
    client: str, generation: int, key: apigateway.ApiKey, usage: apigateway.UsagePlan, context: Context
) -> apigateway.UsagePlanKey:
    return apigateway.UsagePlanKey(
        context.child(f"{client}-{generation}", NAME),
        key_id=key.id,
        key_type="API_KEY",
        usage_plan_id=usage.id,
        opts=context.options(),
    )
