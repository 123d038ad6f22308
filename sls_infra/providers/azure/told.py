"""What a function is told of the deployment, and what it may read of what is secret: one stands for the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from ...plan.manifest import secrets_of, verified_here
from ...plan.model import ApiKeyPlan, FunctionPlan, Plan
from ..deployed_values import deployed_values
from . import authorizers
from .events import Source
from .resources import Resources
from .secrets import Kept
from .tier import Tier


@dataclass(frozen=True, slots=True)
class Authorizer:
    """An app that decides who may call others."""

    host: pulumi.Output[str]
    key: Kept
    """What it asks for."""

    @property
    def target(self) -> pulumi.Output[str]:
        """What the runtime calls it by."""
        return pulumi.Output.json_dumps({"url": pulumi.Output.concat("https://", self.host), "key_ref": self.key.ref})


@dataclass(frozen=True, slots=True)
class Told:
    """Of one function."""

    values: Mapping[str, pulumi.Output[str]]
    """Variables of its environment."""
    reads: Mapping[str, Kept]
    """The secrets that it may read, by names that tell them apart."""


def told(
    plan: Plan,
    function: FunctionPlan,
    tier: Tier,
    secrets: Mapping[str, Kept],
    keyrings: Mapping[str, Kept],
    apps: Mapping[str, Authorizer],
    resources: Resources,
    events: Mapping[str, Source],
) -> Told:
    """What one function gets. `secrets`, `keyrings`, `events`: by their names in the plan; `apps`: by functions."""
    asked = authorizers.asked(plan, function, tier)
    values = deployed_values(
        plan,
        function,
        tier.by_runtime,
        secrets={name: kept.ref for name, kept in secrets.items()},
        keyrings={name: kept.ref for name, kept in keyrings.items()},
        authorizers={way.name: apps[way.function].target for way in asked},
        resources=resources.addresses(),
        events={name: source.told for name, source in events.items()},
    )
    reads = {f"secret-{name}": secrets[name] for name in secrets_of(plan, function, tier.by_runtime)}
    reads |= {f"keyring-{name}": keyrings[name] for name in keyring_names(plan, function, tier)}
    reads |= {f"function-{way.function}": apps[way.function].key for way in asked}
    return Told(values, reads)


def keyring_names(plan: Plan, function: FunctionPlan, tier: Tier) -> tuple[str, ...]:
    """The ApiKeys that a function's runtime verifies."""
    return tuple(way.name for way in verified_here(plan, function, tier.by_runtime) if isinstance(way, ApiKeyPlan))
