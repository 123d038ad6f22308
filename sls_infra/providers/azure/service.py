"""The service of API Management that an Api has for itself, in the tier of its front."""

from __future__ import annotations

from pulumi_azure_native import apimanagement

from ...plan.model import Plan
from ...spec.targets import Azure
from ..base import Context
from .deployed import Group
from .domain import Hosted, deploy_domain
from .tier import BASIC_V2, Tier

NAME = 42
"""Characters of a logical name: a service's has 50, of which Pulumi's suffix uses 8. By the suffix a new service never
asks for the name of one that was deleted, which stays taken for 48 hours (API Management: "Soft-delete")."""
_PROTOCOLS = "Microsoft.WindowsAzure.ApiManagement.Gateway.Security"
_OLD_PROTOCOLS = ("Protocols.Tls10", "Protocols.Tls11", "Backend.Protocols.Tls10", "Backend.Protocols.Tls11")
"""TLS before 1.2 is off, towards callers and functions ("Manage protocols and ciphers in API Management")."""


def deploy_service(
    plan: Plan, group: Group, target: Azure, tier: Tier, context: Context
) -> apimanagement.ApiManagementService:
    """Makes it, and what a name of its own needs before."""
    hosted = None if plan.domain is None else deploy_domain(plan.domain, group, target, tier, context)
    return apimanagement.ApiManagementService(
        context.own(NAME),
        resource_group_name=group.name,
        service_name=hosted.service if hosted else None,
        location=target.location,
        sku=apimanagement.ApiManagementServiceSkuPropertiesArgs(name=tier.sku, capacity=tier.capacity),
        publisher_name=target.publisher_name or plan.name,
        publisher_email=target.publisher_email,
        identity=_identity(hosted),
        hostname_configurations=[hosted.configuration] if hosted else None,
        developer_portal_status=apimanagement.DeveloperPortalStatus.DISABLED if tier is BASIC_V2 else None,
        custom_properties={f"{_PROTOCOLS}.{old}": "false" for old in _OLD_PROTOCOLS},
        tags=context.tags,
        # No tier becomes the other one (API Management: "v2 tiers", questions): a service of its own takes its place.
        opts=context.options(replace_on_changes=["sku.name"], depends_on=hosted.ready if hosted else ()),
    )


def _identity(hosted: Hosted | None) -> apimanagement.ApiManagementServiceIdentityArgs:
    """As whom it writes its logs, and reads its certificate."""
    if hosted is None:
        return apimanagement.ApiManagementServiceIdentityArgs(type="SystemAssigned")
    nothing = apimanagement.UserIdentityPropertiesArgs()
    return apimanagement.ApiManagementServiceIdentityArgs(
        type="SystemAssigned, UserAssigned",
        user_assigned_identities=hosted.identity.id.apply(lambda id: {id: nothing}),
    )
