"""Buckets of S3: private, encrypted, TLS only.

S3 encrypts all objects by itself, and new buckets are closed: both are said aloud, for those who look, and so that
`pulumi up` puts back what somebody opens.
"""

from __future__ import annotations

import json

from pulumi_aws import s3

from ...plan.model import BucketPlan, Plan
from ..base import Context
from .policy import document, tls_only

NAME = 55
"""Characters of a logical name: a bucket's has at most 63, of which Pulumi's suffix uses 8."""
UNFINISHED = 7
"""Days after which the parts of an upload that was never finished are removed: nobody sees them, and they cost."""


def deploy_buckets(plan: Plan, context: Context) -> dict[str, s3.Bucket]:
    """Makes every bucket that is not there already, by name."""
    return {bucket.name: _bucket(bucket, context) for bucket in plan.buckets if bucket.ref is None}


def _bucket(bucket: BucketPlan, context: Context) -> s3.Bucket:
    name = context.child(bucket.name, NAME)
    made = s3.Bucket(name, tags=context.tags, opts=context.options(protect=True if bucket.protect else None))
    closed = s3.BucketPublicAccessBlock(
        name,
        bucket=made.bucket,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=context.options(),
    )
    s3.BucketOwnershipControls(
        name,
        bucket=made.bucket,
        rule=s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
        opts=context.options(),
    )
    aes = s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(sse_algorithm="AES256")
    s3.BucketServerSideEncryptionConfiguration(
        name,
        bucket=made.bucket,
        rules=[s3.BucketServerSideEncryptionConfigurationRuleArgs(apply_server_side_encryption_by_default=aes)],
        opts=context.options(),
    )
    s3.BucketPolicy(
        name,
        bucket=made.bucket,
        policy=made.arn.apply(lambda arn: json.dumps(document(tls_only(arn, "s3:*", parts=True)))),
        opts=context.options(depends_on=[closed]),  # S3 takes one change of a bucket's access at a time
    )
    _kept(name, bucket, made, context)
    return made


def _kept(name: str, bucket: BucketPlan, made: s3.Bucket, context: Context) -> None:
    """Versions, and how long things are kept: of what expires, older versions are kept as long once more."""
    versioning = None
    if bucket.versioned:
        versioning = s3.BucketVersioning(
            name,
            bucket=made.bucket,
            versioning_configuration=s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
            opts=context.options(),
        )
    unfinished = s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(days_after_initiation=UNFINISHED)
    everything = s3.BucketLifecycleConfigurationRuleFilterArgs(prefix="")
    rules = [
        s3.BucketLifecycleConfigurationRuleArgs(
            id="unfinished",
            status="Enabled",
            filter=everything,
            abort_incomplete_multipart_upload=unfinished,
        )
    ]
    if bucket.expire_after is not None:
        days = bucket.expire_after
        older = s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(noncurrent_days=days)
        rules.append(
            s3.BucketLifecycleConfigurationRuleArgs(
                id="expired",
                status="Enabled",
                filter=everything,
                expiration=s3.BucketLifecycleConfigurationRuleExpirationArgs(days=days),
                noncurrent_version_expiration=older if bucket.versioned else None,
            )
        )
    after = [] if versioning is None else [versioning]
    s3.BucketLifecycleConfiguration(name, bucket=made.bucket, rules=rules, opts=context.options(depends_on=after))
