"""The full front, a REST API: one API from one document, one deployment and stage, one permission a function.

A route takes no resource of its own; one that is limited takes one, its throttle.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi_aws import apigateway, cloudwatch

from ...errors import Problem, SpecError
from ...plan.model import LimitPlan, Plan, RoutePlan
from ...spec.targets import Aws
from ..base import Context
from .around import access_logs, permission
from .deployed import Deployed, Fronted
from .keys import Keys
from .rest_document import STAGE, document
from .rest_limits import strictest
from .usage import deploy_usage, rate

NAME = 56
ACCESS = {
    "time": "$context.requestTime",
    "id": "$context.requestId",
    "ip": "$context.identity.sourceIp",
    "method": "$context.httpMethod",
    "path": "$context.path",
    "route": "$context.resourcePath",
    "status": "$context.status",
    "ms": "$context.responseLatency",
    "rule": "$context.error.responseType",
    "error": "$context.error.message",
    "who": "$context.authorizer.principalId",
    "why": "$context.authorizer.why",
    "key": "$context.identity.apiKeyId",
    "authorizer_error": "$context.authorizer.error",
    "integration_error": "$context.integration.error",
    "waf": "$context.waf.status",
}


def deploy_rest_gateway(
    plan: Plan,
    functions: Sequence[Deployed],
    authorizers: Mapping[str, Deployed],
    keys: Keys | None,
    target: Aws,
    context: Context,
) -> Fronted:
    """Makes the gateway. `authorizers`: a token's name → the function that verifies it."""
    name = context.own(NAME)
    api = _api(name, plan, functions, authorizers, context)
    stage = _stage(name, api, _deployment(name, api, context), access_logs(name, target, context), context)
    called = (*functions, *authorizers.values())
    ready: list[pulumi.Resource] = [stage, *(permission(function, api.execution_arn, context) for function in called)]
    ready += _throttles(plan, api, stage, context)
    if keys is not None:
        ready += deploy_usage(plan, keys, api, stage, context)
    if any(route.limit_by("ip") for route in plan.routes):
        from .waf import deploy_waf

        ready += deploy_waf(plan, stage, context)
    ready += [resource for function in called for resource in function.ready]
    return Fronted(stage.invoke_url, api.id, stage.stage_name, tuple(ready))


def _api(
    name: str, plan: Plan, functions: Sequence[Deployed], authorizers: Mapping[str, Deployed], context: Context
) -> apigateway.RestApi:
    known: pulumi.Output[Any] = pulumi.Output.all(
        functions={each.name: each.invoke_arn for each in functions},
        authorizers={token: each.invoke_arn for token, each in authorizers.items()},
    )
    return apigateway.RestApi(
        name,
        body=known.apply(lambda of: json.dumps(document(plan, of["functions"], of["authorizers"]), sort_keys=True)),
        fail_on_warnings=True,  # else what an authorizer gets wrong is skipped, and its routes are open
        binary_media_types=["*/*"],
        endpoint_configuration=apigateway.RestApiEndpointConfigurationArgs(types="REGIONAL"),
        disable_execute_api_endpoint=True if plan.domain else None,  # or there would be a second way in
        description=plan.description or None,
        tags=context.tags,
        opts=context.options(),
    )


def _deployment(name: str, api: apigateway.RestApi, context: Context) -> apigateway.Deployment:
    """A snapshot of the API, made anew as its document changes; the stage then moves to it."""
    body: pulumi.Output[Any] = api.body
    return apigateway.Deployment(
        name,
        rest_api=api.id,
        triggers={"body": body.apply(lambda text: hashlib.sha256((text or "").encode()).hexdigest())},
        opts=context.options(),
    )


def _stage(
    name: str,
    api: apigateway.RestApi,
    deployment: apigateway.Deployment,
    logs: cloudwatch.LogGroup,
    context: Context,
) -> apigateway.Stage:
    return apigateway.Stage(
        name,
        rest_api=api.id,
        deployment=deployment.id,
        stage_name=STAGE,
        access_log_settings=apigateway.StageAccessLogSettingsArgs(
            destination_arn=_allowed(name, logs, context), format=json.dumps(ACCESS)
        ),
        tags=context.tags,
        opts=context.options(),
    )


def _allowed(name: str, logs: cloudwatch.LogGroup, context: Context) -> pulumi.Output[str]:
    """Where access logs go, if the region lets API Gateway write any: a setting of the whole region's, which is looked
    at here and never owned, as destroying one Api would take it from all others."""
    account = apigateway.Account.get(name, "api-gateway-account", opts=context.options())
    return pulumi.Output.all(logs.arn, account.cloudwatch_role_arn).apply(lambda of: _with_role(of[0], of[1]))


def _with_role(destination: str, role: str | None) -> str:
    if not role:
        message = "API Gateway has no role in this region to write a REST API's access logs with"
        fix = "once for the region: aws apigateway update-account --patch-operations "
        fix += "op=replace,path=/cloudwatchRoleArn,value=<ARN of a role with AmazonAPIGatewayPushToCloudWatchLogs>"
        raise SpecError([Problem("target", message, fix)])
    return destination


def _throttles(
    plan: Plan, api: apigateway.RestApi, stage: apigateway.Stage, context: Context
) -> list[apigateway.MethodSettings]:
    limits = [(route, strictest(route.limit_by("route"))) for route in plan.routes]
    return [_throttle(route, limit, api, stage, context) for route, limit in limits if limit is not None]


def _throttle(
    route: RoutePlan, limit: LimitPlan, api: apigateway.RestApi, stage: apigateway.Stage, context: Context
) -> apigateway.MethodSettings:
    return apigateway.MethodSettings(
        context.child(route.id, NAME),
        rest_api=api.id,
        stage_name=stage.stage_name,
        method_path=method_path(route),
        settings=apigateway.MethodSettingsSettingsArgs(
            throttling_rate_limit=rate(limit), throttling_burst_limit=limit.burst
        ),
        opts=context.options(depends_on=[stage]),
    )


def method_path(route: RoutePlan) -> str:
    """How a stage's settings name a method: slashes of the path, the first too, are written "~1"
    (https://github.com/hashicorp/terraform-provider-aws/issues/9738)."""
    return f"{route.path.replace('/', '~1')}/{route.method}"
