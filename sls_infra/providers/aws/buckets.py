"""Buckets of S3: private, encrypted, TLS only; and the one notification of a bucket.

S3 encrypts all objects by itself, and new buckets are closed: both are said aloud, for those who look, and so that
`pulumi up` puts back what somebody opens.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from urllib.parse import quote_plus

import pulumi
from pulumi_aws import s3

from ...plan.model import BucketPlan, Plan, UploadPlan
from ..base import Context
from .grants import named, source_of
from .policy import document, tls_only

NAME = 55
"""Characters of a logical name: a bucket's has at most 63, of which Pulumi's suffix uses 8."""
UNFINISHED = 7
"""Days after which the parts of an upload that was never finished are removed: nobody sees them, and they cost."""
CREATED = "s3:ObjectCreated:*"
SAFE = "/!-_.*'()"
"""Characters that S3 wants as they are in a filter; a space is "+" there, the rest percent-encoded
(docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html)."""


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


def deploy_notifications(
    plan: Plan,
    buckets: Mapping[str, pulumi.Output[str]],
    queues: Mapping[str, pulumi.Output[str]],
    ready: Mapping[str, Iterable[pulumi.Resource]],
    context: Context,
) -> list[s3.BucketNotification]:
    """The notification of each bucket whose uploads start something: one, however many subscribers, since each replaces
    what there was (API reference, PutBucketNotificationConfiguration). `buckets`: name → the bucket's own name;
    `queues` by `named(key)`; `ready`: what lets the bucket send to them, which S3 tries at once."""
    subscribers: dict[str, list[UploadPlan]] = {}
    for event in plan.events:
        if isinstance(event, UploadPlan):
            subscribers.setdefault(event.source, []).append(event)
    return [
        s3.BucketNotification(
            context.child(bucket, NAME),
            bucket=buckets[bucket],
            queues=[_subscriber(event, queues[named(source_of(event))]) for event in events],
            opts=context.options(depends_on=[made for event in events for made in ready[named(source_of(event))]]),
        )
        for bucket, events in subscribers.items()
    ]


def _subscriber(event: UploadPlan, queue: pulumi.Input[str]) -> s3.BucketNotificationQueueArgs:
    return s3.BucketNotificationQueueArgs(
        id=event.name,
        events=[CREATED],
        queue_arn=queue,
        filter_prefix=quote_plus(event.prefix, safe=SAFE) or None,
        filter_suffix=quote_plus(event.suffix, safe=SAFE) or None,
    )
