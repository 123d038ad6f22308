"""Queues, topics, buckets and tables of a spec: each use with its place, and what a Plan makes of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from ..spec.api import Api
from ..spec.events import Event, OnMessage, OnSchedule
from ..spec.function import Function
from ..spec.resources import Bucket, Queue, Secret, Table, Topic
from ..spec.values import as_tuple
from .model import BucketPlan, LinkPlan, QueuePlan, ResourceKind, TablePlan, TopicPlan
from .uses import function_uses

Resource = Queue | Topic | Bucket | Table
R = TypeVar("R", Queue, Topic, Bucket, Table)
KINDS: dict[type[Resource], ResourceKind] = {Queue: "queue", Topic: "topic", Bucket: "bucket", Table: "table"}
RETENTION = 4 * 86400
"""Seconds that a queue keeps a message, where the spec says nothing."""
DEAD_RETENTION = 14 * 86400
"""Likewise, of a queue that is made for dead letters: the most that Amazon SQS keeps."""


def resource_uses(api: Api) -> Iterator[tuple[str, Resource]]:
    """Each place of an Api that names a queue, topic, bucket or table."""
    for index, event in enumerate(api.events):
        where = f"api.events[{index}]"
        if not isinstance(event, OnSchedule):
            yield f"{where}.source", event.source
        if event.dead_letter is not None:
            yield f"{where}.dead_letter", event.dead_letter
    for where, function in function_uses(api):
        for index, link in enumerate(function.links):
            if not isinstance(link.resource, Secret):
                yield f"{where}.links[{index}]", link.resource


def event_name(event: Event) -> str:
    """What an event source is called."""
    if isinstance(event, OnSchedule):
        return event.name
    return event.name or f"{event.source.name}-{event.function.name}"


def dead_letters_name(event: Event) -> str:
    """What the queue for its dead letters is called: the spec's own, or the one that is made."""
    return event.dead_letter.name if event.dead_letter is not None else f"{event_name(event)}-dead-letters"


def links_of(function: Function) -> Iterator[LinkPlan]:
    """What a function may do, one a resource."""
    rights: dict[tuple[ResourceKind, str], tuple[bool, bool]] = {}
    for link in function.links:
        if isinstance(link.resource, Secret):
            continue
        key = KINDS[type(link.resource)], link.resource.name
        read, write = rights.get(key, (False, False))
        reads, writes = link.access in ("read", "read_write"), link.access != "read"
        rights[key] = (read or reads, write or writes)
    for (kind, name), (read, write) in rights.items():
        yield LinkPlan(kind, name, read, write)


def queues(api: Api) -> Iterator[QueuePlan]:
    """Each queue once; the ones made for dead letters last."""
    for where, queue in _first(api, Queue):
        yield QueuePlan(where, queue.name, queue.fifo, queue.retention or RETENTION, queue.ref, None)
    made: set[str] = set()
    for index, event in enumerate(api.events):
        name = dead_letters_name(event)
        if event.dead_letter is None and name not in made:
            made.add(name)
            fifo = isinstance(event, OnMessage) and isinstance(event.source, Queue) and event.source.fifo
            yield QueuePlan(f"api.events[{index}]", name, fifo, DEAD_RETENTION, None, event_name(event))


def topics(api: Api) -> Iterator[TopicPlan]:
    """Each topic once."""
    for where, topic in _first(api, Topic):
        yield TopicPlan(where, topic.name, topic.ref)


def buckets(api: Api) -> Iterator[BucketPlan]:
    """Each bucket once."""
    for where, each in _first(api, Bucket):
        yield BucketPlan(where, each.name, each.versioned, each.expire_after, each.protect, each.ref)


def tables(api: Api) -> Iterator[TablePlan]:
    """Each table once."""
    for where, table in _first(api, Table):
        indexes = {name: tuple(as_tuple(keys)) for name, keys in (table.indexes or {}).items()}
        yield TablePlan(where, table.name, table.key, table.sort_key, table.ttl, indexes, table.protect, table.ref)


def _first(api: Api, kind: type[R]) -> Iterator[tuple[str, R]]:
    seen: set[str] = set()
    for where, resource in resource_uses(api):
        if isinstance(resource, kind) and resource.name not in seen:
            seen.add(resource.name)
            yield where, resource
