"""The front is the lightest that meets the spec, and says what asked for a heavier one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sls_infra import Api, ApiKey, Domain, Function, Jwt, Problem, Public, RateLimit, Route, SpecError
from sls_infra.plan import check, fronts
from sls_infra.plan.capabilities import Capabilities, Native, Refused
from sls_infra.plan.model import Plan
from sls_infra.plan.resolve import resolve

from .specs import code

NO = Refused("it can't", "leave it out")
MET = dict.fromkeys(("function", "route", "auth.public", "auth.jwt", "auth.scopes"), Native("it"))
LIGHT = Capabilities("cloud", "Cloud", {**MET, "limit.ip": NO}, {}, (), (), "light: nothing", "light")
FULL = replace(LIGHT, meets={**MET, "limit.ip": Native("it")}, front="full: a lot", front_name="full")


@pytest.fixture
def shop(tmp_path: Path) -> Function:
    return Function("shop", code=code(tmp_path), handler="app:read")


def api(shop: Function, **more: Any) -> Api:
    return Api("o", auth=more.pop("auth", Public()), routes=[Route("GET", "/", shop)], **more)


def test_the_light_one_is_enough_for_a_spec_that_asks_for_little(shop: Function) -> None:
    front = fronts.choose(resolve(api(shop)), (LIGHT, FULL))
    assert front.capabilities is LIGHT
    assert front.because == ()
    assert front.why == ""


def test_what_asked_for_the_full_one_is_said(shop: Function) -> None:
    front = fronts.choose(resolve(api(shop, rate_limit=RateLimit(1, by="ip"))), (LIGHT, FULL))
    assert front.capabilities is FULL
    assert front.problems == ()
    assert "api.rate_limit" in front.why
    assert "limit.ip" in front.why


def test_a_forced_front_that_can_not_meet_it_is_refused(shop: Function) -> None:
    spec = api(shop, rate_limit=RateLimit(1, by="ip"))
    assert check.fitting(spec, (LIGHT, FULL), "full")[1] is FULL
    with pytest.raises(SpecError, match=r"limit\.ip"):
        check.fitting(spec, (LIGHT, FULL), "light")
    assert check.fitting(api(shop), (LIGHT, FULL), "full")[1] is FULL, "also where nothing asks for it"


def test_where_none_meets_it_the_one_that_refuses_least_tells(shop: Function) -> None:
    spec = api(shop, rate_limit=RateLimit(1, by="ip"), domain=Domain("api.example.com"))
    front = fronts.choose(resolve(spec), (LIGHT, FULL))
    assert front.capabilities is FULL
    assert [problem.path for problem in front.problems] == ["api.domain"]


def test_what_both_refuse_asks_for_no_heavier_one(shop: Function) -> None:
    spec = api(shop, domain=Domain("api.example.com"))
    assert fronts.choose(resolve(spec), (LIGHT, FULL)).capabilities is LIGHT
    both = fronts.choose(resolve(api(shop, rate_limit=RateLimit(1, by="ip"), domain=Domain("a.b.c"))), (LIGHT, FULL))
    assert [problem.path for problem in both.because] == ["api.rate_limit"]


def test_rules_and_bounds_choose_too(shop: Function) -> None:
    def rule(planned: Plan) -> list[Problem]:
        return [Problem("api.auth", "never", "never")] if planned.api_keys else []

    strict = replace(LIGHT, meets={**MET, "auth.api_key": Native("it")}, rules=(rule,))
    lax = replace(strict, rules=(), front_name="full")
    spec = resolve(api(shop, auth=ApiKey(clients={"a": []})))
    assert fronts.choose(spec, (strict, lax)).capabilities is lax
    assert (
        fronts.choose(resolve(api(shop, auth=Jwt(issuer="https://i/", audience="a"))), (strict, lax)).capabilities
        is strict
    )
