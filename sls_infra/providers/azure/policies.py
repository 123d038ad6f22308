"""The two policies: of the API's operations, and of whatever else is asked of the service."""

from __future__ import annotations

from ...plan.model import Plan
from . import inbound, policy, refusals
from .policy import Element, element
from .tier import Tier
from .ways import Ways


def of_api(plan: Plan, ways: Ways, tier: Tier) -> Element:
    """The policy of all operations: who may call, which function answers, and what it is told."""
    forward = element("forward-request", {"timeout": "30", "follow-redirects": "false"})
    return policy.policies(
        [element("base"), *inbound.section(plan, ways, tier)],
        [forward],
        [element("base")],
        refusals.on_error(plan, tier),
    )


def of_service(plan: Plan, tier: Tier) -> Element:
    """The policy of what is none of the API's operations: the answer to it, which no API's policy gives."""
    return policy.policies([], [element("forward-request")], [], refusals.on_error(plan, tier))
