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
SEND = "69a216fc-b8fb-44d8-bc22-1f3c2cd27a39"
"""Azure Service Bus Data Sender, on one queue or topic."""
RECEIVE = "4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0"
"""Azure Service Bus Data Receiver, on one queue or subscription. To count what waits takes Data Owner, which may also
change the entity: without it the host scales by what it peeks at, less exactly ("Event-driven scaling", and
https://github.com/Azure/azure-functions-host/issues/8892)."""
READ_BLOBS = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
"""Storage Blob Data Reader, on one container."""
WRITE_BLOBS = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
"""Storage Blob Data Contributor, on one container: also reads, where no condition says otherwise."""
DELEGATE = "db58b8e5-c6ad-4a2a-8342-4190687cbf4a"
"""Storage Blob Delegator, on an account: asks for the key that signed urls are made with. Such a url lets one do what
its maker may, and no more ("Create a user delegation SAS")."""
ENQUEUE = "c6a89b2d-59bc-44d0-9896-0f6e12d7b80a"
"""Storage Queue Data Message Sender, on one queue."""
DEQUEUE = "974c5e8b-45b9-4653-ba55-5f855dd0fb88"
"""Storage Queue Data Contributor, on one queue: the roles that Azure Functions names for a trigger, Reader and Message
Processor, may not update a message, by which the host keeps it hidden while a call lasts, and gives it back after one
that failed: https://github.com/MicrosoftDocs/azure-docs/issues/120932"""
_READ_ACTION = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"
NO_READING = (
    f"((!(ActionMatches{{'{_READ_ACTION}'}})) OR "
    "(@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:name] StringEquals '-'))"
)
"""Takes reading from a role: the condition holds for a container that no name can be of (Azure RBAC: "Azure role
assignment condition format"). No role that Azure has writes blobs alone."""
_DEFINITIONS = "/providers/Microsoft.Authorization/roleDefinitions/"


def assignment(
    name: str,
    role: str,
    principal: pulumi.Output[str],
    scope: pulumi.Output[str],
    context: Context,
    condition: str | None = None,
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
        role_assignment_name=known.apply(lambda of: stable_uuid(of[0], role, of[1])),
        condition=condition,
        condition_version="2.0" if condition else None,
        opts=context.options(),
    )


def stable_uuid(*parts: str) -> str:
    """A name that must be a UUID: the same for the same words."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "|".join(parts)))


def _subscription(id: str) -> str:
    """The subscription's part of a resource id."""
    return id.partition("/resourceGroups/")[0]
