"""What every adapter is and gets: the protocol, the context it makes resources in, what it returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar, cast

import pulumi

from ..bundle.spec import Bundle, BundleSpec
from ..plan import names
from ..plan.capabilities import Capabilities
from ..plan.model import Plan
from ..spec.targets import Target
from ..spec.values import Input

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Context:
    """Where an adapter makes its resources: names, tags, parent, and how bundles are made."""

    name: str
    """The component's name: the first part of every child's."""
    parent: pulumi.Resource
    tags: Mapping[str, str]
    build: Callable[[BundleSpec], Bundle]
    """Makes (or finds) a function's zip; in a rendered test it only names it."""
    deploying: bool
    """Whether resources are made for real; a rendered test makes none."""
    front: Capabilities
    """What the front that was chosen can do."""
    spoken: dict[str, str]
    """Logical name → the spec's own name, filled as children are named."""

    def child(self, name: str, limit: int) -> str:
        """The logical name of a child, in at most `limit` characters with the suffix that Pulumi adds."""
        logical = names.child(self.name, name, limit)
        self.spoken[logical] = name
        return logical

    def own(self, limit: int) -> str:
        """The logical name of a child that there is one of."""
        return names.shortened(self.name, limit)

    def options(self, **more: Any) -> pulumi.ResourceOptions:
        """Options of a child: its parent, and what else is given."""
        return pulumi.ResourceOptions(parent=self.parent, **more)


@dataclass(frozen=True, slots=True)
class Outputs:
    """What a deployment tells: name → ref for each kind of thing."""

    url: pulumi.Output[str] | None
    """None where there is no gateway."""
    functions: Mapping[str, pulumi.Output[str]] = field(default_factory=dict)
    queues: Mapping[str, pulumi.Output[str]] = field(default_factory=dict)
    topics: Mapping[str, pulumi.Output[str]] = field(default_factory=dict)
    buckets: Mapping[str, pulumi.Output[str]] = field(default_factory=dict)
    tables: Mapping[str, pulumi.Output[str]] = field(default_factory=dict)
    api_keys: Mapping[str, pulumi.Output[str]] = field(default_factory=dict)


def given(value: Input[T]) -> pulumi.Input[T]:
    """A value of the spec as Pulumi's own types have it: the spec knows Outputs by their looks alone."""
    return cast("pulumi.Input[T]", value)


class Adapter(Protocol):
    """Renders a checked Plan into a cloud's resources: one call per room, in order, results passed on."""

    capabilities: Capabilities

    def providers(self, name: str, target: Target, parent: pulumi.Resource) -> pulumi.ProviderResource | None:
        """A provider with the target's own options (its region); None: Pulumi's default one does."""

    def deploy(self, plan: Plan, target: Target, context: Context) -> Outputs:
        """Makes everything. `target` is of this adapter's own type."""
