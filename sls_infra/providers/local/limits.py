"""Limits and quotas as the gateway takes them."""

from __future__ import annotations

from typing import Any

from ...plan.model import LimitPlan, QuotaPlan


def limit_of(limit: LimitPlan) -> dict[str, Any]:
    """A limit: of a route, or of a client."""
    return {"requests": limit.requests, "seconds": limit.seconds, "burst": limit.burst, "by": limit.by}


def quota_of(quota: QuotaPlan) -> dict[str, Any]:
    """A client's quota."""
    return {"requests": quota.requests, "per": quota.per}
