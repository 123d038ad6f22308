"""Buckets: each a container in a storage account of its own, which keeps versions or not, and for itself. The account
that functions run from is another one: each function may do anything in that, and in a bucket what its links say.

Nothing locks a container: a lock would keep Azure from taking back the roles on it too ("Lock your resources",
considerations: what is below a locked scope, role assignments among it, can't be deleted). What guards it is Pulumi's
protect, and that what was deleted can be had back: containers and objects, for RECOVERY days.
"""

from __future__ import annotations

import hashlib

from pulumi_azure_native import storage

from ...plan.model import BucketPlan, Plan
from ...plan.names import child
from ...spec.targets import Azure
from ...spec.values import is_output
from ..base import Context
from .deployed import Found, Group, found_at
from .existing import place
from .group import storage_account, storage_name

CONTAINER = 63
RECOVERY = 7
"""Days."""


def deploy_buckets(
    plan: Plan, group: Group, target: Azure, context: Context
) -> tuple[dict[str, Found], dict[str, storage.StorageAccount]]:
    """Makes those that are not there yet, with their accounts, and finds the others."""
    found: dict[str, Found] = {}
    accounts: dict[str, storage.StorageAccount] = {}
    for bucket in plan.buckets:
        if bucket.ref is None:
            account = accounts[bucket.name] = _account(bucket, group, target, context)
            found[bucket.name] = _bucket(bucket, account, group, context)
        else:
            found[bucket.name] = found_at("bucket", bucket)
    return found, accounts


def account_of(bucket: BucketPlan) -> str:
    """What tells the storage accounts of buckets apart, as far as is known before the deployment."""
    if bucket.ref is None or is_output(bucket.ref):
        return f"of-{bucket.name}"
    return hashlib.sha256(place("bucket", str(bucket.ref)).home_id.lower().encode()).hexdigest()[:6]


def _account(bucket: BucketPlan, group: Group, target: Azure, context: Context) -> storage.StorageAccount:
    name = f"{context.name}-{bucket.name}"
    account = storage_account(name, group.group, target, context, protect=bucket.protect)
    context.spoken[storage_name(name)] = bucket.name
    kept = storage.DeleteRetentionPolicyArgs(enabled=True, days=RECOVERY)
    service = storage.BlobServiceProperties(
        context.child(bucket.name, 64),
        resource_group_name=group.name,
        account_name=account.name,
        blob_services_name="default",
        is_versioning_enabled=bucket.versioned,
        delete_retention_policy=kept,
        container_delete_retention_policy=kept,
        opts=context.options(),
    )
    if bucket.expire_after is not None:
        storage.ManagementPolicy(
            context.child(bucket.name, 64),
            resource_group_name=group.name,
            account_name=account.name,
            management_policy_name="default",
            policy=storage.ManagementPolicySchemaArgs(rules=[_expiry(bucket.expire_after)]),
            opts=context.options(depends_on=[service]),
        )
    return account


def _expiry(days: int) -> storage.ManagementPolicyRuleArgs:
    """Of objects, and of older versions: of a bucket that kept any at some time, too."""
    after = storage.DateAfterModificationArgs(days_after_modification_greater_than=float(days))
    versions = storage.DateAfterCreationArgs(days_after_creation_greater_than=float(days))
    return storage.ManagementPolicyRuleArgs(
        name="expire",
        type="Lifecycle",
        enabled=True,
        definition=storage.ManagementPolicyDefinitionArgs(
            actions=storage.ManagementPolicyActionArgs(
                base_blob=storage.ManagementPolicyBaseBlobArgs(delete=after),
                version=storage.ManagementPolicyVersionArgs(delete=versions),
            ),
            filters=storage.ManagementPolicyFilterArgs(blob_types=["blockBlob"]),
        ),
    )


def _bucket(bucket: BucketPlan, account: storage.StorageAccount, group: Group, context: Context) -> Found:
    # Functions have containers too, in the account that they run from: no name in a spec starts with a digit.
    logical = context.child(f"1-{bucket.name}", CONTAINER)
    context.spoken[logical] = bucket.name
    made = storage.BlobContainer(
        logical,
        resource_group_name=group.name,
        account_name=account.name,
        container_name=child(context.name, bucket.name, CONTAINER),
        public_access=storage.PublicAccess.NONE,
        opts=context.options(protect=bucket.protect or None),
    )
    return found_at("bucket", bucket, made.id)
