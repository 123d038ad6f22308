"""Buckets of the spec, in Cloud Storage."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi_gcp import storage

from ...plan.model import BucketPlan
from ..base import Context
from .bucket_names import BUCKET, bucket_name
from .deployed import Place

SOFT_DELETE = 7 * 86400
"""Seconds for which what is deleted or written over can be had back, of a protected bucket: Cloud Storage's default."""
UNFINISHED = 7
"""Days after which an upload that was begun and not ended is thrown away."""


def deploy_bucket(
    bucket: BucketPlan, place: Place, enabled: Sequence[pulumi.Resource], context: Context
) -> storage.Bucket:
    """A private, encrypted bucket. One that still holds something is never deleted, protected or not."""
    logical = bucket_name(context.child(bucket.name, BUCKET))
    context.spoken[logical] = bucket.name
    soft_delete = SOFT_DELETE if bucket.protect else 0
    return storage.Bucket(
        logical,
        location=place.region,
        project=place.project,
        uniform_bucket_level_access=True,
        public_access_prevention="enforced",
        force_destroy=False,
        versioning=storage.BucketVersioningArgs(enabled=bucket.versioned),
        soft_delete_policy=storage.BucketSoftDeletePolicyArgs(retention_duration_seconds=soft_delete),
        lifecycle_rules=_lifecycle(bucket),
        labels=context.tags,
        opts=context.options(depends_on=enabled, protect=bucket.protect),
    )


def _lifecycle(bucket: BucketPlan) -> list[storage.BucketLifecycleRuleArgs]:
    """Deleting a live object of a versioned bucket makes an older version of it, which goes when it is as old as that
    ("Object Lifecycle Management", Delete)."""
    rules = [
        _rule("AbortIncompleteMultipartUpload", storage.BucketLifecycleRuleConditionArgs(age=UNFINISHED)),
    ]
    if bucket.expire_after is not None:
        live = storage.BucketLifecycleRuleConditionArgs(age=bucket.expire_after, with_state="LIVE")
        rules.append(_rule("Delete", live))
        if bucket.versioned:
            older = storage.BucketLifecycleRuleConditionArgs(
                days_since_noncurrent_time=bucket.expire_after, with_state="ARCHIVED"
            )
            rules.append(_rule("Delete", older))
    return rules


def _rule(action: str, condition: storage.BucketLifecycleRuleConditionArgs) -> storage.BucketLifecycleRuleArgs:
    return storage.BucketLifecycleRuleArgs(
        action=storage.BucketLifecycleRuleActionArgs(type=action), condition=condition
    )
