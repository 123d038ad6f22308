"""What tells of uploads: the one notification of a bucket that is made here, and a rule of Amazon EventBridge where a
bucket is there already.

All of a bucket's notifications are set at once (API reference, PutBucketNotificationConfiguration), so that one of ours
would take away its owner's. A rule touches nothing of the bucket: any number of Apis listen to it, also to the same
uploads. But its owner must have let S3 send to EventBridge, in the account and region of the deployment
(docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html), which S3 takes about five minutes to heed
(…/userguide/enable-event-notifications-eventbridge.html). Buckets that are made here always do, so that another
stack's OnUpload of theirs works at once. S3 then sends every event of theirs, and EventBridge may charge for those that
a service sends on request (aws.amazon.com/eventbridge/pricing): a `transform` that sets `eventbridge` to False ends it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote_plus

import pulumi
from pulumi_aws import cloudwatch, s3

from ...plan.model import Plan, UploadPlan
from ..base import Context
from .buckets import NAME
from .grants import named, rule_of, source_of

RULE_NAME = 56
"""Characters of a logical name: a rule's has at most 64, of which Pulumi's suffix uses 8."""
CREATED = "s3:ObjectCreated:*"
SAFE = "/!-_.*'()"
"""Characters that S3 wants as they are in a filter; a space is "+" there, the rest percent-encoded
(docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html)."""
LONGEST = 2048
"""Characters of an event pattern (EventBridge user guide, "Amazon EventBridge quotas")."""


def deploy_rules(
    plan: Plan, buckets: Mapping[str, pulumi.Output[str]], context: Context
) -> dict[str, pulumi.Output[str]]:
    """Makes the rules for buckets that are there already, by `named(rule_of(event))`: their ARNs. `buckets`: name → the
    bucket's own name."""
    there = {bucket.name for bucket in plan.buckets if bucket.ref is not None}
    return {
        named(rule_of(event)): _rule(event, buckets[event.source], context).arn
        for event in _uploads(plan)
        if event.source in there
    }


def _rule(event: UploadPlan, bucket: pulumi.Output[str], context: Context) -> cloudwatch.EventRule:
    return cloudwatch.EventRule(
        context.child(event.name, RULE_NAME),
        event_pattern=bucket.apply(lambda name: pattern(name, event.prefix, event.suffix)),
        tags=context.tags,
        opts=context.options(),
    )


def pattern(bucket: str, prefix: str, suffix: str) -> str:
    """Which of EventBridge's events a rule takes: S3's of objects that were written into this bucket. One that would be
    too long with prefix and suffix takes more than asked for: the runtime lets through what fits alone."""
    whole = _pattern(bucket, _keys(prefix, suffix))
    return whole if len(whole) <= LONGEST else _pattern(bucket, [{"prefix": prefix}])


def _pattern(bucket: str, keys: list[Any]) -> str:
    detail: dict[str, Any] = {"bucket": {"name": [bucket]}}
    if keys:
        detail["object"] = {"key": keys}
    wanted = {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": detail}
    return json.dumps(wanted, ensure_ascii=False, separators=(",", ":"))


def _keys(prefix: str, suffix: str) -> list[Any]:
    """Keys that start and end so. "a*b" is of keys that have both one behind the other: those in which they overlap
    ("in.pdf" starts with "in." and ends with ".pdf") stand beside it, each as it is."""
    if prefix and suffix:
        lengths = range(1, min(len(prefix), len(suffix)) + 1)
        overlapping = [prefix + suffix[length:] for length in lengths if prefix.endswith(suffix[:length])]
        return [{"wildcard": f"{_literal(prefix)}*{_literal(suffix)}"}, *overlapping]
    if prefix:
        return [{"prefix": prefix}]
    return [{"suffix": suffix}] if suffix else []


def _literal(text: str) -> str:
    """Text as a wildcard says it (EventBridge user guide, "Comparison operators for use in event patterns")."""
    return text.replace("\\", "\\\\").replace("*", "\\*")


def deploy_uploads(
    plan: Plan,
    buckets: Mapping[str, pulumi.Output[str]],
    arns: Mapping[str, pulumi.Output[str]],
    ready: Mapping[str, Iterable[pulumi.Resource]],
    context: Context,
) -> None:
    """Lets buckets and rules send to the queues that carry their events. `buckets`: name → the bucket's own name;
    `arns` of all that there is, by `named(key)`; `ready`: what lets them send, which S3 tries at once."""
    subscribers: dict[str, list[UploadPlan]] = {}
    for event in _uploads(plan):
        subscribers.setdefault(event.source, []).append(event)
    for bucket in plan.buckets:
        events = subscribers.get(bucket.name, [])
        if bucket.ref is None:
            after = [made for event in events for made in ready[named(source_of(event))]]
            _notification(bucket.name, buckets[bucket.name], events, arns, after, context)
        else:
            for event in events:
                _target(event, arns, ready[named(source_of(event))], context)


def _notification(
    name: str,
    bucket: pulumi.Output[str],
    events: Iterable[UploadPlan],
    arns: Mapping[str, pulumi.Output[str]],
    after: list[pulumi.Resource],
    context: Context,
) -> s3.BucketNotification:
    """One, however many subscribers, since each replaces what there was."""
    return s3.BucketNotification(
        context.child(name, NAME),
        bucket=bucket,
        eventbridge=True,
        queues=[_subscriber(event, arns[named(source_of(event))]) for event in events] or None,
        opts=context.options(depends_on=after),
    )


def _subscriber(event: UploadPlan, queue: pulumi.Input[str]) -> s3.BucketNotificationQueueArgs:
    return s3.BucketNotificationQueueArgs(
        id=event.name,
        events=[CREATED],
        queue_arn=queue,
        filter_prefix=quote_plus(event.prefix, safe=SAFE) or None,
        filter_suffix=quote_plus(event.suffix, safe=SAFE) or None,
    )


def _target(
    event: UploadPlan,
    arns: Mapping[str, pulumi.Output[str]],
    ready: Iterable[pulumi.Resource],
    context: Context,
) -> cloudwatch.EventTarget:
    """EventBridge tries a queue for a day, if nothing else is said (user guide, "How EventBridge retries delivering
    events")."""
    return cloudwatch.EventTarget(
        context.child(event.name, RULE_NAME),
        rule=arns[named(rule_of(event))].apply(lambda arn: arn.rpartition("/")[2]),
        arn=arns[named(source_of(event))],
        opts=context.options(depends_on=list(ready)),
    )


def _uploads(plan: Plan) -> list[UploadPlan]:
    return [event for event in plan.events if isinstance(event, UploadPlan)]
