"""What each function needs of others: secrets that it may read, authorizers that it may call, resources that it is
linked to or started by; and how it is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...plan.capabilities import Capabilities
from ...plan.manifest import secrets_of, verified_here
from ...plan.model import ApiKeyPlan, CustomPlan, FunctionPlan, Plan
from ..deployed_values import deployed_values
from .deployed import Deployed, Needs, Resources, Secrets
from .grants import grants_of, named, source_of
from .rules import asked


def ordered(plan: Plan) -> list[FunctionPlan]:
    """The functions, each after those that it calls (see `rules.circles`: there are no circles)."""
    asks = asked(plan)
    done: list[FunctionPlan] = []
    names: set[str] = set()
    waiting = list(plan.functions)
    while waiting:
        free = [function for function in waiting if names.issuperset(asks[function.name])]
        done += free
        names.update(function.name for function in free)
        waiting = [function for function in waiting if function.name not in names]
    return done


def needs_of(
    plan: Plan,
    function: FunctionPlan,
    front: Capabilities,
    secrets: Secrets,
    deployed: Mapping[str, Deployed],
    resources: Resources,
    more: Mapping[str, Any] | None = None,
) -> Needs:
    """What one function needs; `deployed` holds at least those that it calls. `more` goes to what it is told."""
    ways = verified_here(plan, function, front.by_runtime)
    names = secrets_of(plan, function, front.by_runtime)
    customs = [way for way in ways if isinstance(way, CustomPlan) and way.function != function.name]
    keyrings = [way.name for way in ways if isinstance(way, ApiKeyPlan)]
    env = deployed_values(
        plan,
        function,
        front.by_runtime,
        secrets=secrets.arns,
        keyrings=secrets.keyrings,
        authorizers={way.name: deployed[way.function].arn for way in customs},
        resources=_addresses(resources),
        events=_told(plan, function, resources),
        more=more,
    )
    arns = {name: secrets.arns[name] for name in names}
    arns |= {f"keyring of {name}": secrets.keyrings[name] for name in keyrings}
    made = (*names, *(f"{name}-keyring" for name in keyrings))
    grants = grants_of(plan, function)
    return Needs(
        env=env,
        secrets=arns,
        calls={way.function: deployed[way.function].arn for way in customs},
        grants=grants,
        arns={named(grant.on): resources.arns[named(grant.on)] for grant in grants},
        ready=tuple(secrets.ready[name] for name in made if name in secrets.ready),
    )


def _addresses(resources: Resources) -> dict[str, Mapping[str, Any]]:
    """What `runtime.links.aws` reaches resources by: ARNs, of buckets their names."""
    return {**{kind: resources.refs(kind) for kind in ("table", "queue", "topic")}, "bucket": resources.buckets}


def _told(plan: Plan, function: FunctionPlan, resources: Resources) -> dict[str, Mapping[str, Any]]:
    """By which ARN the entry knows whose events it is given, and where dead letters go."""
    return {
        event.name: {
            "source": resources.arns[named(source_of(event))],
            "dead_letter": resources.arns[named(("queue", event.dead_letter))],
        }
        for event in plan.events_of(function)
    }
