"""The light front, an HTTP API: one API from one document, one stage, one permission a function."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi_aws import apigatewayv2, cloudwatch

from ...plan import openapi
from ...plan.manifest import preflighted
from ...plan.model import CorsPlan, LimitPlan, Plan, RoutePlan
from ...spec.targets import Aws
from ..base import Context
from .around import access_logs, permission
from .deployed import Deployed, Fronted
from .verified import http_by_runtime

NAME = 56
ACCOUNT_RATE, ACCOUNT_BURST = 10_000, 5_000
"""The account's own throttle (API Gateway quotas). Said aloud, since a stage's settings left out are sent as 0."""
INTEGRATIONS = "x-amazon-apigateway-integrations"
ACCESS = {
    "time": "$context.requestTime",
    "id": "$context.requestId",
    "ip": "$context.identity.sourceIp",
    "method": "$context.httpMethod",
    "path": "$context.path",
    "route": "$context.routeKey",
    "status": "$context.status",
    "ms": "$context.responseLatency",
    "error": "$context.error.message",
    "who": "$context.authorizer.claims.sub",
    "authorizer_error": "$context.authorizer.error",
    "integration_error": "$context.integrationErrorMessage",
}


def deploy_gateway(
    plan: Plan,
    functions: Sequence[Deployed],
    authorizers: pulumi.Output[dict[str, Any]],
    target: Aws,
    context: Context,
) -> Fronted:
    """Makes the gateway."""
    name = context.own(NAME)
    api = _api(name, plan, functions, authorizers, context)
    logs = access_logs(name, target, context)
    stage = _stage(name, plan, api, logs, context)
    permissions = [permission(function, api.execution_arn, context) for function in functions]
    ready = (stage, *permissions, *(resource for function in functions for resource in function.ready))
    return Fronted(api.api_endpoint, api.id, stage.name, ready)


def _api(
    name: str,
    plan: Plan,
    functions: Sequence[Deployed],
    authorizers: pulumi.Output[dict[str, Any]],
    context: Context,
) -> apigatewayv2.Api:
    arns = {function.name: function.invoke_arn for function in functions}
    known = pulumi.Output.all(arns=arns, authorizers=authorizers)
    return apigatewayv2.Api(
        name,
        protocol_type="HTTP",
        body=known.apply(lambda of: json.dumps(document(plan, of["arns"], of["authorizers"]), sort_keys=True)),
        fail_on_warnings=True,  # else an authorizer with a mistake in it is skipped, and its routes are open
        disable_execute_api_endpoint=True if plan.domain else None,  # or there would be a second way in
        cors_configuration=None if plan.cors is None else _cors(plan.cors),
        description=plan.description or None,
        version=plan.version,
        tags=context.tags,
        opts=context.options(),
    )


def document(plan: Plan, arns: Mapping[str, str], authorizers: Mapping[str, Any]) -> dict[str, Any]:
    """What the API is imported from: routes, integrations as references (one a function), authorizers."""
    body = openapi.document(plan, _operation, "x-amazon-apigateway-any-method")
    for route in preflighted(plan):  # it would meet the authorizer (API Gateway developer guide, "Configuring CORS")
        operation = {"operationId": f"{route.operation_id}Preflight", "security": [], **_integration(route)}
        body["paths"][route.path]["options"] = {**operation, "responses": {"204": {"description": "preflight"}}}
    body["components"] = {
        "securitySchemes": authorizers,
        INTEGRATIONS: {name: _lambda_proxy(arn) for name, arn in arns.items()},
    }
    body["x-amazon-apigateway-importexport-version"] = "1.0"
    return body


def _operation(route: RoutePlan) -> dict[str, Any]:
    open_here = route.public or http_by_runtime(route)
    security: list[dict[str, list[str]]] = [] if open_here else [{token.name: []} for token in route.jwts]
    return {"security": security, **_integration(route)}


def _integration(route: RoutePlan) -> dict[str, Any]:
    return {"x-amazon-apigateway-integration": {"$ref": f"#/components/{INTEGRATIONS}/{route.function}"}}


def _lambda_proxy(invoke_arn: str) -> dict[str, Any]:
    return {
        "type": "AWS_PROXY",
        "httpMethod": "POST",
        "uri": invoke_arn,
        "connectionType": "INTERNET",
        "payloadFormatVersion": "2.0",  # an import without it means 1.0
    }


def _cors(cors: CorsPlan) -> apigatewayv2.ApiCorsConfigurationArgs:
    return apigatewayv2.ApiCorsConfigurationArgs(
        allow_origins=list(cors.origins),
        allow_methods=list(cors.methods),
        allow_headers=list(cors.headers),
        expose_headers=list(cors.expose) or None,
        allow_credentials=cors.credentials,
        max_age=cors.max_age,
    )


def _stage(
    name: str, plan: Plan, api: apigatewayv2.Api, logs: cloudwatch.LogGroup, context: Context
) -> apigatewayv2.Stage:
    return apigatewayv2.Stage(
        name,
        api_id=api.id,
        name="$default",
        auto_deploy=True,
        access_log_settings=apigatewayv2.StageAccessLogSettingsArgs(
            destination_arn=logs.arn, format=json.dumps(ACCESS)
        ),
        default_route_settings=apigatewayv2.StageDefaultRouteSettingsArgs(
            throttling_rate_limit=ACCOUNT_RATE, throttling_burst_limit=ACCOUNT_BURST
        ),
        route_settings=[_throttle(route.key, limit) for route in plan.routes for limit in route.limits],
        tags=context.tags,
        opts=context.options(depends_on=[api]),  # a setting of a route that is not there yet is refused
    )


def _throttle(route_key: str, limit: LimitPlan) -> apigatewayv2.StageRouteSettingArgs:
    """The same token bucket, counted by the second."""
    return apigatewayv2.StageRouteSettingArgs(
        route_key=route_key,
        throttling_rate_limit=math.floor(limit.requests / limit.seconds * 1e6) / 1e6 or 1e-6,
        throttling_burst_limit=limit.burst,
    )
