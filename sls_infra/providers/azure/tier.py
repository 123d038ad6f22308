"""Tiers of API Management that are fronts here: what the service is made as, and what it takes. Data only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ...plan.model import RoutePlan
from . import verified


@dataclass(frozen=True, slots=True)
class Tier:
    """A tier."""

    front: str
    """The word of the target's option `front`."""
    sku: str
    capacity: int
    title: str
    """What it is called in messages."""
    policy_bytes: int
    """Size of one policy document."""
    operations: int
    """Operations of an API."""
    source: str
    """The vendor's page of both."""
    counts: bool
    """Whether it has rate-limit-by-key."""
    by_runtime: Callable[[RoutePlan], bool]
    """Whether the function's runtime verifies the ways into a route."""


CONSUMPTION = Tier(
    front="consumption",
    sku="Consumption",
    capacity=0,
    title="Consumption",
    policy_bytes=16 * 1024,
    operations=3000,
    source="API Management limits, Consumption",
    counts=False,
    by_runtime=verified.by_runtime,
)
BASIC_V2 = Tier(
    front="basic-v2",
    sku="BasicV2",
    capacity=1,
    title="Basic v2",
    policy_bytes=256 * 1024,
    operations=100,
    source="API Management limits, v2 tiers",
    counts=True,
    by_runtime=verified.by_runtime_with_limits,
)
TIERS = {tier.front: tier for tier in (CONSUMPTION, BASIC_V2)}
