"""Limits as intervals: never more than the contract lets through, and never less on average."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sls_infra import Domain, Gcp, RateLimit, SpecError
from sls_infra.plan.model import LimitPlan
from sls_infra.plan.ways import SECONDS
from sls_infra.providers.gcp.throttle import INTERVALS, MOST, threshold
from sls_infra.testing import render

from .specs import api_with


def limit(requests: int, per: str, burst: int | None = None) -> LimitPlan:
    return LimitPlan(requests, SECONDS[per], requests if burst is None else burst, burst is not None)


@pytest.mark.parametrize(
    ("given", "counted"),
    [
        (limit(60, "minute"), (60, 60)),
        (limit(1, "minute"), (1, 60)),
        (limit(60, "minute", 10), (10, 10)),
        (limit(60, "minute", 30), (30, 30)),
        (limit(60, "minute", 9), None),
        (limit(60, "minute", 1000), (300, 300)),
        (limit(1000, "hour"), (1000, 3600)),
        (limit(2400, "day"), (100, 3600)),
        (limit(1000, "day"), (41, 3600)),  # 984 a day on average
        (limit(40, "day"), None),  # 24 a day would be a limit of its own
        (limit(61, "minute", 11), (10, 10)),
        (limit(100, "second"), None),
        (limit(100, "second", 1900), (1000, 10)),
        (limit(100, "second", 1899), None),
        (limit(MOST + 1, "hour"), (MOST // 2, 1800)),  # over the most that an interval takes
        (limit(MOST * 1000, "hour"), None),
    ],
)
def test_the_interval_that_counts_a_limit(given: LimitPlan, counted: tuple[int, int] | None) -> None:
    assert threshold(given) == counted


LIMITS = st.builds(
    limit, st.integers(1, 5000), st.sampled_from(sorted(SECONDS)), st.one_of(st.none(), st.integers(1, 50_000))
)


@given(LIMITS)
@settings(deadline=None)
def test_no_window_lets_more_through_than_the_contract_and_the_average_is_as_asked(asked: LimitPlan) -> None:
    counted = threshold(asked)
    if counted is None:
        return
    count, interval = counted
    assert interval in INTERVALS
    assert 1 <= count <= MOST
    average = Fraction(asked.requests, asked.seconds)
    assert average * Fraction(95, 100) <= Fraction(count, interval) <= average
    assert worst(count, interval, asked.seconds) <= asked.requests + asked.burst


def worst(count: int, interval: int, window: int) -> int:
    """The most calls that a window lets through, whenever it begins, at half seconds too: all of an interval's calls
    may come in the half second of it that the window has."""
    return count * max((at + 2 * window - 1) // (2 * interval) + 1 for at in range(2 * interval))


@given(LIMITS)
@settings(deadline=None)
def test_none_is_passed_over(asked: LimitPlan) -> None:
    """Where no interval is found, none would do: by trying all of them."""
    if threshold(asked) is None:
        for interval in INTERVALS:
            exact = Fraction(asked.requests * interval, asked.seconds)
            count = math.floor(exact)
            too_many = worst(count, interval, asked.seconds) > asked.requests + asked.burst
            assert count < exact * Fraction(95, 100) or too_many or not 1 <= count <= MOST


def balanced(folder: Path, **more: Any) -> Any:
    api = api_with(folder, ("GET", "/a"), domain=Domain("api.example.com"), **more)
    return render(api, Gcp(front="load-balancer"))


@pytest.mark.parametrize(
    ("asked", "instead"),
    [
        (RateLimit(100), "RateLimit(6000, per='minute') or RateLimit(360000, per='hour')"),
        (RateLimit(100, burst=200), "RateLimit(6000, per='minute')"),
        (RateLimit(40, per="day"), "RateLimit(1, per='hour')"),
        (RateLimit(10, per="day"), "ask for fewer calls"),
        (RateLimit(60, per="minute", burst=5), "RateLimit(60, per='minute')"),
    ],
)
def test_a_limit_that_no_interval_counts_is_refused_with_one_that_is(
    tmp_path: Path, asked: RateLimit, instead: str
) -> None:
    with pytest.raises(SpecError) as caught:
        balanced(tmp_path, rate_limit=asked)
    assert "no interval" in str(caught.value)
    assert instead in str(caught.value)


@pytest.mark.parametrize(("by", "key"), [("route", "ALL"), ("ip", "IP")])
def test_a_limit_becomes_a_throttle_rule(tmp_path: Path, by: Any, key: str) -> None:
    policy = balanced(tmp_path, rate_limit=RateLimit(60, per="minute", by=by)).one("SecurityPolicy").inputs
    (rule,) = [rule for rule in policy["rules"] if rule["action"] == "throttle"]
    assert rule["rateLimitOptions"] == {
        "conformAction": "allow",
        "exceedAction": "deny(429)",
        "enforceOnKey": key,
        "rateLimitThreshold": {"count": 60, "intervalSec": 60},
    }


def test_several_limits_on_a_route_are_refused(tmp_path: Path) -> None:
    both = [RateLimit(60, per="minute"), RateLimit(60, per="minute", by="ip")]
    with pytest.raises(SpecError, match="only the first acts"):
        balanced(tmp_path, rate_limit=both)
