"""Limits by address: AWS WAF before the stage of a REST API, one rate-based rule a limited route.

https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-type-rate-based.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_aws import apigateway, wafv2

from ...plan.model import Plan, RoutePlan
from ..base import Context
from .rest_document import STAGE
from .rest_limits import Window, window
from .rest_responses import shared

NAME = 96
BODY = "limited"


def limited(plan: Plan) -> list[tuple[RoutePlan, Window]]:
    """Each limit by address, with its route."""
    found = [(route, window(limit)) for route in plan.routes for limit in route.limit_by("ip")]
    once = {(route.id, counted): (route, counted) for route, counted in found if counted is not None}
    return list(once.values())


def deploy_waf(plan: Plan, stage: apigateway.Stage, context: Context) -> list[pulumi.Resource]:
    """Makes the rules and puts them before the stage; nothing where nothing is limited by address."""
    each = limited(plan)
    if not each:
        return []
    name = context.own(NAME)
    acl = wafv2.WebAcl(
        name,
        scope="REGIONAL",
        default_action={"allow": {}},
        custom_response_bodies=[{"key": BODY, "content_type": "APPLICATION_JSON", "content": _body()}],
        rules=[_rule(number, plan, route, counted) for number, (route, counted) in enumerate(each)],
        visibility_config=_seen(context.own(80)),
        tags=context.tags,
        opts=context.options(),
    )
    before = wafv2.WebAclAssociation(name, resource_arn=stage.arn, web_acl_arn=acl.arn, opts=context.options())
    return [acl, before]


def pattern(plan: Plan, path: str) -> str:
    """What the path of a call to a route looks like, percent-decoded: WAF sees it with the stage's name before it, and
    "/live" is the root too (developer guide, "Log examples": the uri "/CanaryTest" of a call to the stage CanaryTest).

    Of what reaches a handler, no segment holds an encoded slash (the runtime refuses those), so that decoding leaves
    the segments what they are.
    """
    stage = f"(/{STAGE})?" if plan.domain else f"/{STAGE}"
    if path == "/":
        return f"^{stage}/?$"
    segments = [_segment(segment) for segment in path.split("/")[1:]]
    return f"^{stage}/{'/'.join(segments)}$"


def _segment(segment: str) -> str:
    if not segment.startswith("{"):
        return re.escape(segment)
    return ".+" if segment.endswith("+}") else "[^/]+"


def _rule(number: int, plan: Plan, route: RoutePlan, counted: Window) -> Any:
    name = f"{route.id}-{counted.requests}-{counted.seconds}"
    return {
        "name": name,
        "priority": number,
        "action": {
            "block": {
                "custom_response": {
                    "response_code": 429,
                    "custom_response_body_key": BODY,
                    "response_headers": [{"name": "retry-after", "value": str(counted.seconds)}, *_cors(plan)],
                }
            }
        },
        "statement": {
            "rate_based_statement": {
                "aggregate_key_type": "IP",
                "evaluation_window_sec": counted.seconds,
                "limit": counted.requests,
                "scope_down_statement": _scope(plan, route),
            }
        },
        "visibility_config": _seen(name),
    }


def _scope(plan: Plan, route: RoutePlan) -> dict[str, Any]:
    path = {
        "regex_match_statement": {
            "regex_string": pattern(plan, route.path),
            "field_to_match": {"uri_path": {}},
            "text_transformations": [{"priority": 0, "type": "URL_DECODE"}],
        }
    }
    if route.method == "ANY":
        return path
    method = {
        "byte_match_statement": {
            "search_string": route.method,
            "positional_constraint": "EXACTLY",
            "field_to_match": {"method": {}},
            "text_transformations": [{"priority": 0, "type": "NONE"}],
        }
    }
    return {"and_statement": {"statements": [method, path]}}


def _seen(name: str) -> Any:
    return {"cloudwatch_metrics_enabled": True, "metric_name": name, "sampled_requests_enabled": False}


def _cors(plan: Plan) -> list[Mapping[str, str]]:
    return [{"name": name, "value": value} for name, value in shared(plan.cors)]


def _body() -> str:
    """Its type is application/json: WAF takes no other (API reference, CustomResponse: any header but content-type)."""
    detail = "too many calls from this address"
    return json.dumps({"type": "about:blank", "title": "Too Many Requests", "status": 429, "detail": detail})
