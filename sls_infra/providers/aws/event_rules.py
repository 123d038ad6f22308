"""What tables can't say of event sources: rules over a whole Plan. Data only, no SDK is imported."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from math import prod

from ...errors import Problem
from ...plan.model import ChangePlan, MessagePlan, Plan, QueuePlan, SchedulePlan, UploadPlan

FIFO_BATCH = 10
FILTER_NAMES, FILTER_VALUES = 5, 150
"""Of a subscription's filter policy: names, and values of each multiplied (SNS developer guide, "Filter policy
constraints")."""
READERS = 2
"""Of a shard at once (docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html)."""
SHORTEST_INDEX = 3
NOTIFICATIONS = 100
"""Of a bucket (S3 user guide, "Amazon S3 event notifications")."""


def batches(plan: Plan) -> Iterator[Problem]:
    """Sizes that Lambda takes from a queue: over ten with a window alone, and of FIFO queues neither
    (docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html)."""
    for event in plan.events:
        if not isinstance(event, MessagePlan):
            continue
        source = plan.resource("queue", event.source) if event.kind == "queue" else None
        if isinstance(source, QueuePlan) and source.fifo:
            if event.batch_size > FIFO_BATCH:
                message = f"a batch of a FIFO queue has at most {FIFO_BATCH} messages, not {event.batch_size}"
                yield Problem(f"{event.where}.batch_size", message, f"write batch_size={FIFO_BATCH}")
            if event.batch_window:
                message = f"Lambda waits for no batches of a FIFO queue, and batch_window is {event.batch_window} s"
                yield Problem(f"{event.where}.batch_window", message, "leave batch_window out")
        elif event.batch_size > FIFO_BATCH and not event.batch_window:
            message = f"a batch of more than {FIFO_BATCH} messages takes a window to wait for it in"
            yield Problem(f"{event.where}.batch_window", message, "write batch_window=1, in seconds")


def filters(plan: Plan) -> Iterator[Problem]:
    """Attributes that a subscription can't filter by."""
    for event in plan.events:
        if not isinstance(event, MessagePlan) or event.kind != "topic":
            continue
        names, values = len(event.attributes), prod(len(values) for values in event.attributes.values())
        if names > FILTER_NAMES or values > FILTER_VALUES:
            message = (
                f"SNS filters by {FILTER_NAMES} attributes with {FILTER_VALUES} combinations of values at the most"
            )
            fix = f"name fewer: these are {names} attributes and {values} combinations"
            yield Problem(f"{event.where}.attributes", message, fix)


def uploads(plan: Plan) -> Iterator[Problem]:
    """What the one notification of a bucket can't hold. Buckets that are there already tell EventBridge, which has no
    such bounds (see `uploads`)."""
    subscribers: dict[str, list[UploadPlan]] = {}
    for event in plan.events:
        if isinstance(event, UploadPlan):
            subscribers.setdefault(event.source, []).append(event)
    for bucket in plan.buckets:
        events = subscribers.get(bucket.name, []) if bucket.ref is None else []
        for one, other in combinations(events, 2):
            if overlap(one, other):
                message = f"it would be told of the same uploads as {one.where} ({_filter(one)} and {_filter(other)})"
                message += ", and a bucket of S3 tells of each upload once"
                fix = "tell them apart by prefix or by suffix, or let one handler do both, or publish to a Topic"
                yield Problem(other.where, message, fix)
        if len(events) > NOTIFICATIONS:
            message = f"{len(events)} event sources on {bucket.name!r}: a bucket tells {NOTIFICATIONS} at the most"
            yield Problem(events[NOTIFICATIONS].where, message, "let one handler do what several do")


def overlap(one: UploadPlan, other: UploadPlan) -> bool:
    """Whether S3 refuses both: where one prefix starts the other, and one suffix ends the other
    (docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html)."""
    prefixes = one.prefix.startswith(other.prefix) or other.prefix.startswith(one.prefix)
    return prefixes and (one.suffix.endswith(other.suffix) or other.suffix.endswith(one.suffix))


def _filter(event: UploadPlan) -> str:
    return f"{event.prefix}*{event.suffix}"


def changes(plan: Plan) -> Iterator[Problem]:
    """More readers of a table's stream than DynamoDB serves, and two that one function could not tell apart."""
    readers: dict[str, list[ChangePlan]] = {}
    for event in plan.events:
        if isinstance(event, ChangePlan):
            readers.setdefault(event.source, []).append(event)
    for table, events in readers.items():
        for event in events[READERS:]:
            message = f"{len(events)} event sources read the changes of {table!r}: DynamoDB serves {READERS} at once"
            fix = "let one handler do what several do, or have it publish to a Topic that the others listen to"
            yield Problem(event.where, message, fix)
        for one, other in combinations(events[:READERS], 2):
            if one.function == other.function:
                message = f"{one.where} gives the changes of {table!r} to {other.function!r} too, by the same stream"
                yield Problem(other.where, message, "let one handler do both, or use another Function")


def indexes(plan: Plan) -> Iterator[Problem]:
    """Names of indexes that DynamoDB finds too short (API reference, GlobalSecondaryIndex)."""
    for table in plan.tables:
        for name in table.indexes:
            if table.ref is None and len(name) < SHORTEST_INDEX:
                message = f"the name of an index has at least {SHORTEST_INDEX} characters, and {name!r} has {len(name)}"
                yield Problem(f"{table.where}.indexes", message, f"write a longer one, as 'by-{name}'")


def dead_letters(plan: Plan) -> Iterator[Problem]:
    """A tick's queue is no FIFO queue, and so neither may its dead letters' be (SQS developer guide, "Dead-letter
    queues")."""
    for event in plan.events:
        queue = plan.resource("queue", event.dead_letter)
        if isinstance(event, SchedulePlan) and isinstance(queue, QueuePlan) and queue.fifo:
            fix = "name a queue without fifo, or leave dead_letter out: one is made"
            yield Problem(f"{event.where}.dead_letter", "a FIFO queue can't take a schedule's dead letters", fix)


EVENT_RULES = (batches, filters, uploads, changes, indexes, dead_letters)
