"""Limits as API Management counts them: never more than was granted, by exact simulation of both."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sls_infra.plan.model import LimitPlan
from sls_infra.providers.azure.windows import LONGEST, Window, window

SECONDS = (1, 60, 3600, 86400)
limits = st.builds(
    lambda requests, seconds, burst: LimitPlan(requests, seconds, burst or requests, burst is not None),
    st.integers(1, 100_000),
    st.sampled_from(SECONDS),
    st.none() | st.integers(1, 100_000),
)


@pytest.mark.parametrize(
    ("requests", "seconds", "burst", "counted"),
    [
        (100, 1, None, Window(100, 1)),
        (100, 1, 200, Window(200, 2)),
        (100, 1, 50, Window(50, 1)),
        (100, 60, 10, Window(10, 6)),
        (1000, 3600, None, Window(80, 288)),
        (12, 3600, None, Window(1, 300)),
        (11, 3600, None, None),
        (288, 86400, None, Window(1, 300)),
        (287, 86400, None, None),
    ],
)
def test_what_a_limit_becomes(requests: int, seconds: int, burst: int | None, counted: Window | None) -> None:
    assert window(LimitPlan(requests, seconds, burst or requests, burst is not None)) == counted


@settings(deadline=None)
@given(limits)
def test_nobody_gets_more_than_was_granted(limit: LimitPlan) -> None:
    found = window(limit)
    rate = Fraction(limit.requests, limit.seconds)
    if found is None:
        assert rate * LONGEST < 1
        return
    assert 1 <= found.seconds <= LONGEST
    for time in (0, 1, found.seconds, limit.seconds, 10 * limit.seconds, 7919):
        assert found.calls + Fraction(found.calls * time, found.seconds) <= limit.burst + rate * time


@settings(deadline=None)
@given(limits)
def test_a_limit_that_can_be_counted_as_it_is_stays_what_it_is(limit: LimitPlan) -> None:
    if limit.seconds <= LONGEST and limit.burst >= limit.requests:
        found = window(limit)
        assert found is not None
        assert Fraction(found.calls, found.seconds) == Fraction(limit.requests, limit.seconds)
        assert found.calls >= limit.requests
