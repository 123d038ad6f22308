"""What the rooms hand each other, through the adapter."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_azure_native import applicationinsights, resources, storage


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
    key: pulumi.Output[str]
    """The key that a caller must show, secret; there once the code is."""
    ready: tuple[pulumi.Resource, ...]
    """What must be there before a call is answered."""
