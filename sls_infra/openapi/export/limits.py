"""Limits and quotas in words of our own: OpenAPI has none."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...plan.model import LimitPlan, QuotaPlan

_PER = {1: "second", 60: "minute", 3600: "hour", 86400: "day"}


def rate_limits(limits: Iterable[LimitPlan]) -> list[dict[str, Any]]:
    """Calls that are let through: `requests` a `per` on average, `burst` at once, counted `by`."""
    return [
        {"requests": limit.requests, "per": _PER[limit.seconds], "burst": limit.burst, "by": limit.by}
        for limit in limits
    ]


def quotas(given: Iterable[QuotaPlan]) -> list[dict[str, Any]]:
    """Calls in a calendar window, in UTC."""
    return [{"requests": quota.requests, "per": quota.per} for quota in given]
