"""AWS WAF before a REST API: its patterns, tried by hypothesis against the runtime's own matcher, and moto's word."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote

import boto3  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from sls_infra import Api, Cors, Domain, Public, RateLimit, Route
from sls_infra.plan.resolve import resolve
from sls_infra.providers.aws.waf import pattern
from sls_infra.runtime.paths import Matcher
from sls_infra.testing import render

from ...plan.specs import small
from .specs import everything, shop

PATHS = ("/", "/orders/{id}", "/orders", "/files/{path+}", "/a.b/{x}/c")
SEGMENT = st.sampled_from(
    ["orders", "%6frders", "7", "a.b", "aXb", "c", "files", "live", "x%20y", "a%2Fb", "ORDERS", "", "%C3%BC"]
)


@given(st.lists(SEGMENT, min_size=1, max_size=4), st.sampled_from(PATHS))
def test_a_call_that_reaches_the_route_is_counted(segments: list[str], path: str) -> None:
    """WAF sees the path with the stage's name, and decodes it once."""
    sent = "/" + "/".join(segments)
    seen = unquote(f"/live{sent}")
    counted = re.search(pattern(resolve(Api("o")), path), seen) is not None
    if Matcher([("GET", path, 1)]).match("GET", sent) is not None:
        assert counted, "who writes a path in another way is counted all the same"
    elif "%2F" not in sent and not sent.endswith("/") and "//" not in sent:
        assert not counted, "and nobody else is"


def test_the_root_is_counted_with_its_slash_and_without() -> None:
    plan, hosted = resolve(Api("o")), resolve(Api("o", domain=Domain("api.example.com")))
    assert all(re.search(pattern(plan, "/"), seen) for seen in ("/live", "/live/"))
    assert all(re.search(pattern(hosted, "/"), seen) for seen in ("/live", "/live/", "/"))
    assert not re.search(pattern(plan, "/"), "/live/x")


def test_with_a_domain_the_stage_may_be_missing() -> None:
    plan = resolve(Api("o", domain=Domain("api.example.com")))
    assert re.search(pattern(plan, "/orders/{id}"), "/orders/7")
    assert re.search(pattern(plan, "/orders/{id}"), "/live/orders/7")


def test_a_rule_says_429_when_and_to_whom(tmp_path: Path) -> None:
    acl = render(everything(tmp_path, cors=Cors(origins=["*"])), "aws").one("WebAcl").inputs
    (rule,) = acl["rules"]
    answer = rule["action"]["block"]["customResponse"]
    assert answer["responseCode"] == 429
    headers = {header["name"]: header["value"] for header in answer["responseHeaders"]}
    assert headers == {"retry-after": "60", "access-control-allow-origin": "*"}
    (body,) = acl["customResponseBodies"]
    assert answer["customResponseBodyKey"] == body["key"]
    assert json.loads(body["content"])["status"] == 429
    method, path = rule["statement"]["rateBasedStatement"]["scopeDownStatement"]["andStatement"]["statements"]
    assert method["byteMatchStatement"]["searchString"] == "GET"
    assert path["regexMatchStatement"]["regexString"] == "^/live/orders/[^/]+$"
    assert path["regexMatchStatement"]["textTransformations"] == [{"priority": 0, "type": "URL_DECODE"}]


def test_several_limits_of_a_route_are_rules_of_their_own(tmp_path: Path) -> None:
    def of(requests: int, per: Literal["minute", "hour"]) -> RateLimit:
        return RateLimit(requests, per=per, by="ip")

    limits = [of(60, "minute"), of(30, "minute"), of(600, "hour"), of(60, "minute")]
    schema = {"type": "object"}
    route = Route("POST", "/x", shop(tmp_path), auth=Public(), rate_limit=limits, request=schema)
    rules = render(Api("o", routes=[route]), "aws").one("WebAcl").inputs["rules"]
    counted = [(rule["statement"]["rateBasedStatement"]["limit"], rule["name"].split("-", 1)[1]) for rule in rules]
    assert counted == [(60, "60-60"), (30, "30-60"), (100, "100-600")]
    assert [rule["priority"] for rule in rules] == [0, 1, 2]


def test_any_method_is_counted_by_its_path_alone(tmp_path: Path) -> None:
    limit = RateLimit(60, per="minute", by="ip")
    api = Api("o", routes=[Route("ANY", "/x", shop(tmp_path), auth=Public(), rate_limit=limit)])
    (rule,) = render(api, "aws").one("WebAcl").inputs["rules"]
    assert list(rule["statement"]["rateBasedStatement"]["scopeDownStatement"]) == ["regexMatchStatement"]


def test_moto_takes_the_rules_as_the_provider_would_send_them(tmp_path: Path) -> None:
    acl = render(everything(tmp_path), "aws").one("WebAcl").inputs
    with mock_aws():
        client = boto3.client("wafv2", "eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
        made = client.create_web_acl(
            Name="orders",
            Scope=acl["scope"],
            DefaultAction=_sent(acl["defaultAction"]),
            Rules=[_sent(rule) for rule in acl["rules"]],
            VisibilityConfig=_seen(acl["visibilityConfig"]),
            CustomResponseBodies={
                each["key"]: {"ContentType": each["contentType"], "Content": each["content"]}
                for each in acl["customResponseBodies"]
            },
        )
        kept = client.get_web_acl(Name="orders", Scope="REGIONAL", Id=made["Summary"]["Id"])["WebACL"]
    (rule,) = kept["Rules"]
    assert rule["Statement"]["RateBasedStatement"]["Limit"] == 60


def _sent(value: Any) -> Any:
    """As the provider sends it: member names in capitals. botocore checks each against the service's own model."""
    if isinstance(value, list):
        return [_sent(each) for each in value]
    if not isinstance(value, dict):
        return value
    if "cloudwatchMetricsEnabled" in value:
        return _seen(value)
    return {key[0].upper() + key[1:]: _sent(each) for key, each in value.items()}


def _seen(value: dict[str, Any]) -> dict[str, Any]:
    return {
        "CloudWatchMetricsEnabled": value["cloudwatchMetricsEnabled"],
        "MetricName": value["metricName"],
        "SampledRequestsEnabled": value["sampledRequestsEnabled"],
    }


def test_who_limits_nobody_by_address_pays_for_no_waf(tmp_path: Path) -> None:
    assert render(small(tmp_path), "aws").all("WebAcl") == []
