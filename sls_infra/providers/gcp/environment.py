"""What a function's runtime is told of the deployment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_gcp import serviceaccount

from ...plan.model import FunctionPlan, Plan
from ..base import Context
from ..deployed_values import deployed_values
from .asking import askers_of
from .capabilities import LOAD_BALANCER
from .deployed import Deployed
from .secrets import Vault


def environment(
    plan: Plan,
    function: FunctionPlan,
    accounts: Mapping[str, serviceaccount.Account],
    vault: Vault,
    made: Mapping[str, Deployed],
    context: Context,
) -> dict[str, pulumi.Output[str]]:
    """The variable that says it; none where there is nothing to say. `made`: the functions that are there already.

    Of this platform's own: `front`, for a function behind a load balancer, which calls it by the callers' own paths;
    `callers`, for an authorizer: the unique ids of the accounts that may ask it.
    """
    more: dict[str, Any] = {}
    if context.front.front_name == LOAD_BALANCER.front_name and function in plan.routed:
        more["front"] = context.front.front_name
    if askers := askers_of(plan, function.name):
        more["callers"] = [accounts[name].unique_id for name in askers]
    return deployed_values(
        plan,
        function,
        context.front.by_runtime,
        secrets=vault.refs,
        keyrings=vault.keyrings,
        authorizers={way.name: made[way.function].uri for way in plan.customs if way.function in made},
        more=more,
    )
