"""Who may do what, on one resource each: never a resource group, never the subscription."""

from __future__ import annotations

import uuid

import pulumi
from pulumi_azure_native import authorization

from ..base import Context

STORAGE = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b"
"""Storage Blob Data Owner: what the Functions host needs for its locks, its keys and the app's zip (Azure Functions:
"Use identity connections", host storage)."""
METRICS = "3913510d-42f4-4e42-8a64-420c390055eb"
"""Monitoring Metrics Publisher: writes to Application Insights, and reads nothing (Azure Monitor: "Microsoft Entra
authentication for Application Insights"). Ids of all: "Azure built-in roles"."""
SECRETS = "4633458b-17de-408a-b874-0445c86b69e6"
"""Key Vault Secrets User: reads what secrets hold (Key Vault: "Azure RBAC")."""
_DEFINITIONS = "/providers/Microsoft.Authorization/roleDefinitions/"


def assignment(
    name: str, role: str, principal: pulumi.Output[str], scope: pulumi.Output[str], context: Context
) -> authorization.RoleAssignment:
    """Lets an identity do what a role says. The assignment's own name is a UUID made of all three: Azure takes no two
    that say the same."""
    known = pulumi.Output.all(scope, principal)
    return authorization.RoleAssignment(
        name,
        scope=scope,
        role_definition_id=scope.apply(lambda id: f"{_subscription(id)}{_DEFINITIONS}{role}"),
        principal_id=principal,
        principal_type="ServicePrincipal",  # else Azure looks for an identity that may not be known everywhere yet
        role_assignment_name=known.apply(lambda of: str(uuid.uuid5(uuid.NAMESPACE_URL, f"{of[0]}|{role}|{of[1]}"))),
        opts=context.options(),
    )


def _subscription(id: str) -> str:
    """The subscription's part of a resource id."""
    return id.partition("/resourceGroups/")[0]
