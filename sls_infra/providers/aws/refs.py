"""Refs of what is there already: what is taken, and what is made of it. Data only, no SDK is imported."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...errors import Problem
from ...plan.model import Plan, QueuePlan, ResourceKind, ResourcePlan

_ARN = r"arn:aws[a-z-]*"
_WHERE = r"[a-z0-9-]+:\d{12}"
_BUCKET = r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
PATTERNS: dict[ResourceKind, tuple[re.Pattern[str], str, str]] = {
    "queue": (
        re.compile(rf"{_ARN}:sqs:{_WHERE}:[A-Za-z0-9_-]{{1,80}}(\.fifo)?"),
        "a queue of SQS",
        "arn:aws:sqs:eu-west-1:123456789012:name",
    ),
    "topic": (
        re.compile(rf"{_ARN}:sns:{_WHERE}:[A-Za-z0-9_-]{{1,256}}(\.fifo)?"),
        "a topic of SNS",
        "arn:aws:sns:eu-west-1:123456789012:name",
    ),
    "bucket": (
        re.compile(rf"({_ARN}:s3:::)?{_BUCKET}"),
        "a bucket of S3",
        "arn:aws:s3:::name, or its name alone",
    ),
    "table": (
        re.compile(rf"{_ARN}:dynamodb:{_WHERE}:table/[A-Za-z0-9_.-]{{3,255}}"),
        "a table of DynamoDB",
        "arn:aws:dynamodb:eu-west-1:123456789012:table/name",
    ),
}
"""Kind → what a ref is, what that is called, how it is written."""


def kinds(plan: Plan) -> tuple[tuple[ResourceKind, tuple[ResourcePlan, ...]], ...]:
    """Each kind of resource with those of a Plan."""
    return ("queue", plan.queues), ("topic", plan.topics), ("bucket", plan.buckets), ("table", plan.tables)


def resource_refs(plan: Plan) -> Iterator[Problem]:
    """What is there already, by something that is none of this cloud's, or of another service."""
    for kind, resources in kinds(plan):
        pattern, what, written = PATTERNS[kind]
        for resource in resources:
            ref = resource.ref
            if not isinstance(ref, str) or not ref.strip():
                continue  # an Output is known too late, and an empty one is told elsewhere
            where = f"{resource.where}.ref"
            if not pattern.fullmatch(ref):
                fix = f"write its ARN, {written}: what `pulumi stack output` of its own stack says"
                yield Problem(where, f"{ref!r} is no ARN of {what}", fix)
            elif isinstance(resource, QueuePlan) and ref.endswith(".fifo") != resource.fifo:
                words = "is" if ref.endswith(".fifo") else "is no"
                fix = f"write Queue.existing({resource.name!r}, …, fifo={not resource.fifo})"
                yield Problem(where, f"{ref!r} {words} FIFO queue: their names end in .fifo", fix)


def fifo_topics(plan: Plan) -> Iterator[Problem]:
    """A FIFO topic wants a group with each message (API reference of SNS, Publish), which links to topics don't send.
    To listen to one is another thing: what it sends to a queue without order is taken as any other."""
    theirs = {topic.name for topic in plan.topics if isinstance(topic.ref, str) and topic.ref.endswith(".fifo")}
    for function in plan.functions:
        for link in function.links:
            if link.kind == "topic" and link.name in theirs:
                message = f"{link.name!r} is a FIFO topic, and messages are published without a group"
                yield Problem(
                    f"{function.where}.links", message, "publish to a topic without order, or to a FIFO Queue"
                )


def bucket_name(ref: str) -> str:
    """The name of a bucket, of its ARN or its name."""
    return ref.rpartition(":")[2]


def table_name(ref: str) -> str:
    """The name of a table, of its ARN."""
    return ref.rpartition("/")[2]
