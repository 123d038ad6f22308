"""What a REST API is imported from: OpenAPI 3.0.1 with API Gateway's extensions.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...plan import openapi
from ...plan.model import ApiKeyPlan, JwtPlan, Plan, RoutePlan
from .rest_responses import gateway_responses
from .verified import KEY_HEADER, native_keys, native_tokens, rest_by_runtime

STAGE = "live"
"""The stage's name, the first part of paths where the Api has no domain."""
ANY = "x-amazon-apigateway-any-method"
TTL = 60
"""Seconds that an authorizer's answer is kept: so long may a key that the issuer has withdrawn still open, or a token
that was too early stay out."""


def document(plan: Plan, integrations: Mapping[str, str], authorizers: Mapping[str, str]) -> dict[str, Any]:
    """`integrations`: function → what API Gateway calls it by; `authorizers`: likewise by a token's name."""

    def operation(route: RoutePlan) -> dict[str, Any]:
        answers = {"200": {"description": "the function's answer"}}  # as API Gateway's own exports have it
        return {"responses": answers, "security": _security(route), **_integration(integrations[route.function])}

    body = openapi.document(plan, operation, ANY)
    if plan.cors is not None:
        for route in sorted(plan.routes, key=lambda route: route.method != "ANY"):  # what else ANY answers is its own
            body["paths"][route.path].setdefault("options", _preflight(route, integrations))
    for item in body["paths"].values():  # where its exports have them, and every importer reads them
        parameters = item.pop("parameters", None)
        for each in item.values() if parameters else ():
            each["parameters"] = parameters
    schemes = {token.name: _authorizer(authorizers[token.name]) for token in native_tokens(plan, rest_by_runtime)}
    keys = native_keys(plan)
    if keys is not None:
        schemes[keys.name] = {"type": "apiKey", "name": KEY_HEADER, "in": "header"}
    body["components"] = {"securitySchemes": schemes}
    body["x-amazon-apigateway-gateway-responses"] = gateway_responses(plan.cors)
    body["x-amazon-apigateway-binary-media-types"] = ["*/*"]
    body["x-amazon-apigateway-api-key-source"] = "HEADER"
    return body


def _security(route: RoutePlan) -> list[dict[str, list[str]]]:
    if route.public or rest_by_runtime(route):
        return []
    ways = {way.name: way for way in route.ways}
    return [{name: []} for name, way in ways.items() if isinstance(way, (JwtPlan, ApiKeyPlan))]


def _preflight(route: RoutePlan, integrations: Mapping[str, str]) -> dict[str, Any]:
    """Open, and answered by the runtime: the gateway's own mock answers can't tell allowed origins from others."""
    operation = {"operationId": f"{route.operation_id}Preflight", "security": []}
    return {
        **operation,
        "responses": {"204": {"description": "preflight"}},
        **_integration(integrations[route.function]),
    }


def _integration(invoke_arn: str) -> dict[str, Any]:
    proxy = {
        "type": "aws_proxy",
        "httpMethod": "POST",
        "uri": invoke_arn,
        "passthroughBehavior": "when_no_match",
    }
    return {"x-amazon-apigateway-integration": proxy}


def _authorizer(invoke_arn: str) -> dict[str, Any]:
    """Without the header the gateway answers 401 by itself, since it is what answers are kept by."""
    return {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "x-amazon-apigateway-authtype": "custom",
        "x-amazon-apigateway-authorizer": {
            "type": "request",
            "identitySource": "method.request.header.Authorization",
            "authorizerUri": invoke_arn,
            "authorizerResultTtlInSeconds": TTL,
        },
    }
