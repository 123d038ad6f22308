"""Limits and quotas on a REST API: what is counted where, and what is refused, since nothing there counts it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sls_infra import Api, ApiKey, Aws, Function, Public, Quota, RateLimit, Route
from sls_infra.plan.model import LimitPlan, QuotaPlan
from sls_infra.providers.aws.rest_limits import DAYS, WINDOWS, strictest, strictest_quota, window
from sls_infra.testing import render

from .specs import KEYS, TOKEN, everything, one, refused, shop

REST = Aws(front="rest")


def test_a_route_by_itself_is_a_method_throttle(tmp_path: Path) -> None:
    stack = render(everything(tmp_path), "aws")
    inputs = stack.one("apigateway/methodSettings:MethodSettings").inputs
    assert inputs["methodPath"] == "~1orders~1{id}/GET"
    assert inputs["settings"] == {"throttlingRateLimit": 10, "throttlingBurstLimit": 10}
    root = Api("o", routes=[Route("ANY", "/", shop(tmp_path), auth=Public(), rate_limit=RateLimit(5, burst=7))])
    inputs = render(root, REST).one("apigateway/methodSettings:MethodSettings").inputs
    assert inputs["methodPath"] == "~1/ANY"
    assert inputs["settings"] == {"throttlingRateLimit": 5, "throttlingBurstLimit": 7}


def test_a_client_is_a_usage_plan_with_its_keys(tmp_path: Path) -> None:
    stack = render(everything(tmp_path), "aws")
    mobile, web = (stack.one("apigateway/usagePlan:UsagePlan", name).inputs for name in ("mobile", "web"))
    assert mobile["throttleSettings"] == {"rateLimit": 10, "burstLimit": 20}
    assert mobile["quotaSettings"] == {"limit": 1000, "period": "MONTH", "offset": 0}
    assert "throttleSettings" not in web
    assert "quotaSettings" not in web
    for usage in (mobile, web):
        (stage,) = usage["apiStages"]
        assert stage["stage"] == "live"
        assert stage["throttles"] == [{"path": "/orders/POST", "rateLimit": 5, "burstLimit": 5}]
    members = {each.name for each in stack.all("apigateway/usagePlanKey:UsagePlanKey")}
    assert members == {"mobile-1", "web-1"}


def test_of_several_the_strictest_stands_and_otherwise_it_is_refused(tmp_path: Path) -> None:
    def api(*limits: Any) -> Api:
        return one(tmp_path, auth=ApiKey(clients={"mobile": limits}))

    usage = render(api(RateLimit(10, burst=20), RateLimit(5), Quota(100, per="day"), Quota(9000, per="month")), "aws")
    inputs = usage.one("UsagePlan").inputs
    assert inputs["throttleSettings"] == {"rateLimit": 5, "burstLimit": 5}
    assert inputs["quotaSettings"]["period"] == "DAY"
    (problem,) = refused(api(RateLimit(10, burst=10), RateLimit(5, burst=100)))
    assert "one throttle" in problem.message
    (problem,) = refused(api(Quota(100, per="day"), Quota(1000, per="month")))
    assert "one quota" in problem.message


@given(st.integers(1, 10_000), st.sampled_from(["day", "week", "month"]), st.integers(1, 100_000))
def test_a_quota_that_stands_for_others_keeps_to_them(requests: int, per: str, more: int) -> None:
    one, other = QuotaPlan(requests, per), QuotaPlan(more, "month" if per != "month" else "week")
    if strictest_quota((one, other)) is one:
        shortest, longest = DAYS[one.per][0], DAYS[other.per][1]
        assert requests * (longest / shortest) <= more


def test_a_window_without_burst_is_refused_with_the_way_out(tmp_path: Path) -> None:
    (problem,) = refused(one(tmp_path, rate_limit=RateLimit(100, per="minute")), REST)
    assert "burst" in problem.fix
    key = ApiKey(clients={"mobile": [RateLimit(100, per="hour")]})
    (problem,) = refused(one(tmp_path, auth=key))
    assert problem.path.endswith("clients.mobile")


@pytest.mark.parametrize(
    ("limit", "counted"),
    [
        (RateLimit(60, per="minute"), (60, 60)),
        (RateLimit(60, per="minute", burst=600), (600, 600)),
        (RateLimit(3600, per="hour"), (600, 600)),
        (RateLimit(14400, per="day"), (100, 600)),
        (RateLimit(10, burst=600), (600, 60)),
    ],
)
def test_windows_of_an_address(tmp_path: Path, limit: RateLimit, counted: tuple[int, int]) -> None:
    spec = RateLimit(limit.requests, per=limit.per, burst=limit.burst, by="ip")
    (rule,) = render(one(tmp_path, rate_limit=spec), "aws").one("WebAcl").inputs["rules"]
    statement = rule["statement"]["rateBasedStatement"]
    assert (statement["limit"], statement["evaluationWindowSec"]) == counted
    assert statement["aggregateKeyType"] == "IP"


@given(st.integers(1, 10**6), st.sampled_from([1, 60, 3600, 86400]), st.integers(1, 10**6))
def test_a_window_never_lets_more_through(requests: int, seconds: int, burst: int) -> None:
    """Over any time t, calls within the window's count fit the token bucket that was asked for."""
    counted = window(LimitPlan(requests, seconds, burst, True, "ip"))
    if counted is None:
        return
    assert counted.seconds in WINDOWS
    assert counted.requests >= 10
    for windows in (1, 2, 7, 1000):
        through = counted.requests * windows
        assert through <= burst + requests / seconds * counted.seconds * (windows - 1) + 1e-6


@pytest.mark.parametrize("limit", [RateLimit(10, by="ip"), RateLimit(5, per="minute", by="ip")])
def test_an_address_that_waf_can_not_count_is_refused(tmp_path: Path, limit: RateLimit) -> None:
    (problem,) = refused(one(tmp_path, rate_limit=limit), REST)
    assert "AWS WAF" in problem.message
    assert "per='minute'" in problem.fix


def test_more_addresses_than_a_web_acl_has_rules_are_refused(tmp_path: Path) -> None:
    def api() -> Api:
        routes = [Route("GET", f"/r{i}", shop(tmp_path), auth=Public()) for i in range(11)]
        return Api("o", routes=routes, rate_limit=RateLimit(60, per="minute", by="ip"))

    assert any("11 limits count by ip" in problem.message for problem in refused(api()))


def test_a_client_who_shows_no_key_is_not_counted(tmp_path: Path) -> None:
    for auth in (TOKEN, [TOKEN, ApiKey(clients={"a": []})], ApiKey(clients={"a": []}, header="x-other")):
        (problem,) = refused(one(tmp_path, auth=auth, rate_limit=RateLimit(5, by="client")))
        assert "usage plans" in problem.message
        assert problem.path == "api.routes[0].rate_limit"


def test_a_limited_client_whose_key_the_gateway_does_not_see_is_refused(tmp_path: Path) -> None:
    limited = ApiKey(clients={"b": [Quota(5, per="day")]})
    for auth in ([TOKEN, limited], ApiKey(clients={"b": [Quota(5, per="day")]}, header="x-other")):
        (problem,) = refused(one(tmp_path, auth=auth))
        assert problem.path == "api.routes[0].auth"

    def two() -> Api:
        own = shop(tmp_path)
        return Api("o", routes=[Route("GET", "/a", own, auth=KEYS), Route("GET", "/b", own, auth=limited)])

    (problem,) = refused(two())
    assert "one ApiKey" in problem.fix


def test_paths_that_a_rest_api_does_not_take_are_refused_there_alone(tmp_path: Path) -> None:
    def api(*paths: str) -> Api:
        own: Function = shop(tmp_path)
        return Api("o", auth=Public(), routes=[Route("GET", path, own) for path in paths])

    for paths in (("/grüße",), ("/a@b",), ("/a/{x}", "/a/{y}/b"), ("/a/{x}", "/a/{y+}")):
        assert refused(api(*paths), REST)
    assert render(api("/a/{x}", "/a/{y}/b"), "aws").all("apigatewayv2/api:Api")
    many = [f"/p{i}/q" for i in range(200)]
    assert any("resources per API" in problem.message for problem in refused(api(*many), REST))


def test_strictest_is_none_where_no_one_is() -> None:
    wide, high = LimitPlan(10, 1, 10, True), LimitPlan(5, 1, 100, True)
    assert strictest((wide, high)) is None
    assert strictest(()) is None
    assert strictest((wide,)) is wide
