"""What a function's runtime is told of the deployment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_gcp import serviceaccount

from ...plan.model import EventPlan
from ..base import Context
from ..deployed_values import deployed_values
from .asking import askers_of
from .callers import Callers
from .capabilities import LOAD_BALANCER
from .deployed import Deployed, Part, Store
from .secrets import Vault
from .tables import COLLECTION


def environment(
    part: Part,
    accounts: Mapping[str, serviceaccount.Account],
    callers: Callers,
    vault: Vault,
    store: Store,
    made: Mapping[str, Deployed],
    context: Context,
) -> dict[str, pulumi.Output[str]]:
    """The variable that says it; none where there is nothing to say. `made`: the functions that are there already.

    Of this platform's own: `front`, for a function behind a load balancer, which calls it by the callers' own paths;
    `callers`, for an authorizer: the unique ids of the accounts that may ask it. Of an event, `source`: likewise, of
    the account that brings it.
    """
    plan, function = part.plan, part.function
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
        resources={
            "queue": store.queues,
            "topic": store.topics,
            "bucket": store.buckets,
            "table": {name: {"database": ref, "collection": COLLECTION} for name, ref in store.tables.items()},
        },
        events={event.name: _event(event, callers, store) for event in plan.events},
        more=more,
    )


def _event(event: EventPlan, callers: Callers, store: Store) -> dict[str, Any]:
    return {"source": callers.accounts[event.name].unique_id, "dead_letter": store.queues[event.dead_letter]}
