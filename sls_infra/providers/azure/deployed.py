"""What the rooms hand each other, through the adapter."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_azure_native import applicationinsights, resources, storage

from ...errors import Problem, SpecError
from ...plan.model import ResourceKind, ResourcePlan
from ..base import given
from .existing import Place, place


@dataclass(frozen=True, slots=True)
class Group:
    """What all functions of an Api share."""

    name: pulumi.Output[str]
    """The resource group's name."""
    group: resources.ResourceGroup
    storage: storage.StorageAccount
    insights: applicationinsights.Component


@dataclass(frozen=True, slots=True)
class Deployed:
    """A function in place: what the gateway calls."""

    name: str
    id: pulumi.Output[str]
    """The function app's resource id."""
    host: pulumi.Output[str]
    """Where the app answers: "myapp.azurewebsites.net"."""
    key: pulumi.Output[str] | None
    """The key that a caller must show, secret; there once the code is. None where nobody calls: it has events alone."""
    ready: tuple[pulumi.Resource, ...]
    """What must be there before a call is answered."""


@dataclass(frozen=True, slots=True)
class Found:
    """A queue, topic, bucket or table, made here or there already."""

    id: pulumi.Output[str]
    place: pulumi.Output[Place]

    @property
    def address(self) -> pulumi.Output[dict[str, str]]:
        """What the runtime reaches it by."""
        return self.place.apply(lambda at: at.address)


def found_at(kind: ResourceKind, resource: ResourcePlan, id: pulumi.Output[str] | None = None) -> Found:
    """One by its id: that of what was made, else the one that the spec gives."""
    if id is None:
        assert resource.ref is not None
        id = pulumi.Output.from_input(given(resource.ref))

    def taken(text: str) -> Place:
        try:
            return place(kind, text)
        except ValueError as error:
            fix = "copy it from that deployment's outputs, or from the resource's JSON view"
            raise SpecError([Problem(f"{resource.where}.ref", str(error), fix)]) from None

    return Found(id, id.apply(taken))
