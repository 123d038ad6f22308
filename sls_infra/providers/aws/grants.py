"""What a function may do with which resources: the exact actions of its links and event sources. Data only, no SDK is
imported: rules ask how long a policy becomes before anything is made.

Actions are those of the Service Authorization Reference that `runtime.links.aws` and Lambda's own pollers call:
docs.aws.amazon.com/lambda/latest/dg/with-sqs.html ("Configuring execution role permissions") and …/with-ddb.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...plan.model import ChangePlan, EventPlan, FunctionPlan, LinkPlan, MessagePlan, Plan, TablePlan, UploadPlan

Key = tuple[str, str]
"""What a grant is on: ("table", "orders"); "carrier" of an event source's queue, "stream" of a table's changes."""

TABLE_READ = ("dynamodb:GetItem", "dynamodb:Query")
TABLE_WRITE = ("dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem")
OBJECT_READ = ("s3:GetObject",)
OBJECT_WRITE = ("s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject")
OBJECT_LIST = ("s3:ListBucket",)
"""Also what makes S3 answer 404, and not 403, to a key that is not there (API reference, GetObject)."""
SEND = ("sqs:SendMessage",)
PUBLISH = ("sns:Publish",)
RECEIVE = ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage")
STREAM = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams")


@dataclass(frozen=True, slots=True)
class Grant:
    """Actions on one resource, or on a part of it."""

    sid: str
    """What the statement is called that it goes into: letters and digits."""
    actions: tuple[str, ...]
    on: Key
    part: str = ""
    """What follows the ARN: "/*", "/index/by-customer"."""


def grants_of(plan: Plan, function: FunctionPlan) -> tuple[Grant, ...]:
    """Everything that a function's links and event sources need, each once."""
    found: dict[Grant, None] = {}
    for link in function.links:
        found.update(dict.fromkeys(_of_link(plan, link)))
    for event in plan.events_of(function):
        found.update(dict.fromkeys(_of_event(event)))
        found[Grant("Send", SEND, ("queue", event.dead_letter))] = None
    return tuple(found)


def statements(grants: Iterable[Grant], arns: Mapping[str, str]) -> list[dict[str, Any]]:
    """Statements of a policy, one a `sid`. `arns`: `named(key)` → ARN."""
    resources: dict[tuple[str, tuple[str, ...]], set[str]] = {}
    for grant in grants:
        resources.setdefault((grant.sid, grant.actions), set()).add(arns[named(grant.on)] + grant.part)
    return [
        {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": sorted(on)}
        for (sid, actions), on in sorted(resources.items())
    ]


def named(key: Key) -> str:
    """A key as one word: "table orders"."""
    return " ".join(key)


def source_of(event: EventPlan) -> Key:
    """Where Lambda polls an event source's events."""
    if isinstance(event, ChangePlan):
        return "stream", event.source
    if isinstance(event, MessagePlan) and event.kind == "queue":
        return "queue", event.source
    return "carrier", event.name


def rule_of(event: UploadPlan) -> Key:
    """What EventBridge's rule is known by that tells of uploads to a bucket that is there already."""
    return "rule", event.name


def _of_link(plan: Plan, link: LinkPlan) -> Iterator[Grant]:
    on = (link.kind, link.name)
    match link.kind:
        case "queue":
            yield Grant("Send", SEND, on)
        case "topic":
            yield Grant("Publish", PUBLISH, on)
        case "bucket":
            if link.read:
                yield Grant("ListObjects", OBJECT_LIST, on)
                yield Grant("ReadObjects", OBJECT_READ, on, "/*")
            if link.write:
                yield Grant("WriteObjects", OBJECT_WRITE, on, "/*")
        case "table":
            table = plan.resource("table", link.name)
            assert isinstance(table, TablePlan)
            if link.read:
                yield Grant("ReadItems", TABLE_READ, on)
                for index in table.indexes:
                    yield Grant("QueryIndexes", ("dynamodb:Query",), on, f"/index/{index}")
            if link.write:
                yield Grant("WriteItems", TABLE_WRITE, on)


def _of_event(event: EventPlan) -> Iterator[Grant]:
    if isinstance(event, ChangePlan):
        yield Grant("ReadStreams", STREAM, source_of(event))
        return
    yield Grant("Receive", RECEIVE, source_of(event))
    if isinstance(event, UploadPlan):
        on = ("bucket", event.source)
        yield Grant("ListObjects", OBJECT_LIST, on)
        yield Grant("ReadObjects", OBJECT_READ, on, f"/{_literal(event.prefix)}*{_literal(event.suffix)}")


def _literal(text: str) -> str:
    """Text as a policy's resource says it, where `*`, `?` and `$` mean more (IAM user guide, "Policy variables"). What
    no policy can hold (API reference of IAM, PutRolePolicy) may be anything."""
    return re.sub(r"[^\u0020-\u00ff]+", "*", re.sub(r"[*?$]", lambda found: f"${{{found.group()}}}", text))
