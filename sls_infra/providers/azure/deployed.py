"""What the rooms hand each other, through the adapter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import applicationinsights, resources, storage

from .policy import Element


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


@dataclass(frozen=True, slots=True)
class Way:
    """A way in by token: what operations that ask for it are called by, and what the policy does about it."""

    id: str
    checks: tuple[Element, ...]


Ways = Mapping[str, Way]
"""By the token's name in the plan."""
