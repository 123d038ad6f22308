"""What becomes of limits on a REST API. Data only, no SDK is imported.

A method has one throttle, a client one throttle and one quota, by the second; AWS WAF counts an address over 60, 120,
300 or 600 s, 10 calls at least. Of several limits the strictest stands, where it is so in every way; a window is made
into another one where nobody then gets more calls than before, at once or on average.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from ...plan.model import LimitPlan, QuotaPlan

WINDOWS = (60, 120, 300, 600)
"""Seconds (AWS WAF developer guide, "Rate-based rule high-level settings")."""
LEAST = 10
"""Calls in a window (AWS WAF quotas: minimum request rate)."""
DAYS = {"day": (1, 1), "week": (7, 7), "month": (28, 31)}
"""The least and most days of a quota's window."""


@dataclass(frozen=True, slots=True)
class Window:
    """So many calls of an address in so many seconds."""

    requests: int
    seconds: int


def strictest(limits: Iterable[LimitPlan]) -> LimitPlan | None:
    """The limit that lets through no more than any of the others; None where there are none, or none is that strict."""
    known = tuple(limits)
    for one in known:
        if all(_stricter(one, other) for other in known):
            return one
    return None


def _stricter(one: LimitPlan, other: LimitPlan) -> bool:
    return one.burst <= other.burst and one.requests * other.seconds <= other.requests * one.seconds


def strictest_quota(quotas: Iterable[QuotaPlan]) -> QuotaPlan | None:
    """The quota that lets through no more than any of the others; None where there are none, or none is that strict."""
    known = tuple(quota for quota in quotas if quota.per in DAYS)  # others are mistakes, told elsewhere
    for one in known:
        if all(_within(one, other) for other in known):
            return one
    return None


def _within(one: QuotaPlan, other: QuotaPlan) -> bool:
    """Whether whoever keeps to one keeps to the other: in its longest window, however the windows lie."""
    if one.per == other.per:
        return one.requests <= other.requests
    shortest, longest = DAYS[one.per][0], DAYS[other.per][1]
    windows = math.ceil(longest / shortest) + (0 if one.per == "day" else 1)
    return one.requests * windows <= other.requests


def window(limit: LimitPlan) -> Window | None:
    """The window of WAF that lets through as many calls on average and no more at once, the longest of them; None where
    none does."""
    for seconds in reversed(WINDOWS):
        requests = limit.requests * seconds // limit.seconds
        if LEAST <= requests <= limit.burst:
            return Window(requests, seconds)
    return None
