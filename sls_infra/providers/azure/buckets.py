"""Buckets: containers of storage accounts that hold nothing else. The account that functions run from is another one:
each function may do anything in that, and in a bucket what its links say.

Nothing locks a container: a lock would keep Azure from taking back the roles on it too ("Lock your resources",
considerations: what is below a locked scope, role assignments among it, can't be deleted). What guards it is Pulumi's
protect, and that what was deleted can be had back: containers, objects, and older versions, for RECOVERY days.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from pulumi_azure_native import storage

from ...plan.model import BucketPlan, Plan
from ...plan.names import child
from ...spec.targets import Azure
from ...spec.values import is_output
from ..base import Context
from .deployed import Found, Group, found_at
from .existing import place
from .group import storage_account

CONTAINER = 63
RECOVERY = 7
"""Days."""
ACCOUNTS = {False: "data", True: "kept"}
"""Whether an account keeps versions → the last part of its name: an account keeps those of all its containers."""


def deploy_buckets(
    plan: Plan, group: Group, target: Azure, context: Context
) -> tuple[dict[str, Found], dict[bool, storage.StorageAccount]]:
    """Makes those that are not there yet, finds the others; and the accounts made, by whether they keep versions."""
    made: dict[str, Found] = {}
    accounts: dict[bool, storage.StorageAccount] = {}
    for versioned in ACCOUNTS:
        own = [bucket for bucket in plan.buckets if bucket.ref is None and bucket.versioned == versioned]
        if own:
            account = accounts[versioned] = _account(own, versioned, group, target, context)
            made.update({bucket.name: _bucket(bucket, account, group, context) for bucket in own})
    found = {bucket.name: made.get(bucket.name) or found_at("bucket", bucket) for bucket in plan.buckets}
    return found, accounts


def account_of(bucket: BucketPlan) -> str:
    """What tells the storage accounts of buckets apart, as far as is known before the deployment."""
    if bucket.ref is None:
        return ACCOUNTS[bucket.versioned]
    if is_output(bucket.ref):
        return f"of-{bucket.name}"
    return hashlib.sha256(place("bucket", str(bucket.ref)).home_id.lower().encode()).hexdigest()[:6]


def _account(
    own: Sequence[BucketPlan], versioned: bool, group: Group, target: Azure, context: Context
) -> storage.StorageAccount:
    word = ACCOUNTS[versioned]
    protect = any(bucket.protect for bucket in own)
    account = storage_account(f"{context.name}-{word}", group.group, target, context, protect=protect)
    kept = storage.DeleteRetentionPolicyArgs(enabled=True, days=RECOVERY)
    service = storage.BlobServiceProperties(
        context.child(word, 64),
        resource_group_name=group.name,
        account_name=account.name,
        blob_services_name="default",
        is_versioning_enabled=versioned,
        delete_retention_policy=kept,
        container_delete_retention_policy=kept,
        opts=context.options(),
    )
    expiring = [bucket for bucket in own if bucket.expire_after is not None]
    if expiring:
        storage.ManagementPolicy(
            context.child(word, 64),
            resource_group_name=group.name,
            account_name=account.name,
            management_policy_name="default",
            policy=storage.ManagementPolicySchemaArgs(
                rules=[_expiry(bucket, versioned, context) for bucket in expiring]
            ),
            opts=context.options(depends_on=[service]),
        )
    return account


def _expiry(bucket: BucketPlan, versioned: bool, context: Context) -> storage.ManagementPolicyRuleArgs:
    days = float(bucket.expire_after or 0)
    after = storage.DateAfterModificationArgs(days_after_modification_greater_than=days)
    versions = storage.ManagementPolicyVersionArgs(
        delete=storage.DateAfterCreationArgs(days_after_creation_greater_than=days)
    )
    return storage.ManagementPolicyRuleArgs(
        name=bucket.name,
        type="Lifecycle",
        enabled=True,
        definition=storage.ManagementPolicyDefinitionArgs(
            actions=storage.ManagementPolicyActionArgs(
                base_blob=storage.ManagementPolicyBaseBlobArgs(delete=after), version=versions if versioned else None
            ),
            filters=storage.ManagementPolicyFilterArgs(
                blob_types=["blockBlob"], prefix_match=[f"{_container(bucket, context)}/"]
            ),
        ),
    )


def _bucket(bucket: BucketPlan, account: storage.StorageAccount, group: Group, context: Context) -> Found:
    # Functions have containers too, in an account of their own: no name in a spec starts with a digit.
    logical = context.child(f"1-{bucket.name}", CONTAINER)
    context.spoken[logical] = bucket.name
    made = storage.BlobContainer(
        logical,
        resource_group_name=group.name,
        account_name=account.name,
        container_name=_container(bucket, context),
        public_access=storage.PublicAccess.NONE,
        opts=context.options(protect=bucket.protect or None),
    )
    return found_at("bucket", bucket, made.id)


def _container(bucket: BucketPlan, context: Context) -> str:
    """What it is called in its account."""
    return child(context.name, bucket.name, CONTAINER)
