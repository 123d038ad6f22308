"""What an Api's functions share: a resource group, storage without keys, and where logs and traces go."""

from __future__ import annotations

import hashlib
import re

from pulumi_azure_native import applicationinsights, operationalinsights, resources, storage

from ...spec.targets import Azure
from ..base import Context
from .deployed import Group

NAME = 54
"""Characters of a logical name: a workspace's takes 63, of which Pulumi's suffix uses 8."""
STORAGE_NAME = 16
"""Likewise for the storage account, which takes 24 of a-z and 0-9 (Azure: "Naming rules and restrictions")."""


def deploy_group(target: Azure, context: Context) -> Group:
    """Makes everything that there is one of."""
    name = context.own(NAME)
    group = resources.ResourceGroup(name, location=target.location, tags=context.tags, opts=context.options())
    workspace = operationalinsights.Workspace(
        name,
        resource_group_name=group.name,
        location=target.location,
        sku=operationalinsights.WorkspaceSkuArgs(name="PerGB2018"),
        retention_in_days=target.log_retention,
        tags=context.tags,
        opts=context.options(),
    )
    insights = applicationinsights.Component(
        name,
        resource_group_name=group.name,
        location=target.location,
        application_type="web",
        kind="web",
        ingestion_mode="LogAnalytics",
        workspace_resource_id=workspace.id,
        disable_local_auth=True,  # identities with a role may write, nobody by the connection string alone
        tags=context.tags,
        opts=context.options(),
    )
    return Group(group.name, group, storage_account(context.name, group, target, context), insights)


def storage_account(
    name: str, group: resources.ResourceGroup, target: Azure, context: Context, *, protect: bool = False
) -> storage.StorageAccount:
    """A storage account that no key opens, and that shows nothing to the public."""
    return storage.StorageAccount(
        storage_name(name),
        resource_group_name=group.name,
        location=target.location,
        kind="StorageV2",
        sku=storage.SkuArgs(name="Standard_LRS"),
        allow_shared_key_access=False,
        allow_blob_public_access=False,
        allow_cross_tenant_replication=False,
        default_to_o_auth_authentication=True,
        enable_https_traffic_only=True,
        minimum_tls_version="TLS1_2",
        tags=context.tags,
        opts=context.options(protect=protect or None),
    )


def storage_name(name: str) -> str:
    """A logical name in the storage account's alphabet, short enough for the suffix that Pulumi adds to it (eight
    hexadecimal digits without a dash: pulumi-azure-native, pull request 519). What is left out is told by a hash."""
    text = re.sub(r"[^a-z0-9]", "", name.lower())
    if text == name.lower() and len(text) <= STORAGE_NAME:
        return text
    digest = hashlib.sha256(name.encode()).hexdigest()[:6]
    return f"{text[: STORAGE_NAME - len(digest)]}{digest}"
