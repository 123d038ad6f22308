"""Queues, topics, buckets and tables: folders on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import pulumi

from ...plan.model import BucketPlan, Plan, QueuePlan, ResourcePlan, TablePlan, TopicPlan
from ..base import Context, given
from . import existing
from .kept import Bucket, Queue, Table, Topic

NAME = 64
Refs = dict[str, dict[str, pulumi.Output[str]]]
"""Kind → name → ref."""


def deploy_storage(plan: Plan, root: str, context: Context) -> Refs:
    """Makes what is to be made; one that is there already is known by its ref."""
    refs: Refs = {"queue": {}, "topic": {}, "bucket": {}, "table": {}}
    for kind, resource in existing.of(plan):
        if resource.ref is None:
            made = _made(resource, root, context)
            refs[kind][resource.name] = made.ref
        else:
            look = partial(existing.checked, resource, kind)
            refs[kind][resource.name] = pulumi.Output.from_input(given(resource.ref)).apply(look)
    return refs


def kept(plan: Plan, refs: Mapping[str, Mapping[str, Any]]) -> dict[str, list[Any]]:
    """The refs of those that this stack owns, for its gateway to look after."""
    found: dict[str, list[Any]] = {}
    for kind, resource in existing.of(plan):
        if resource.ref is None:
            found.setdefault(f"{kind}s", []).append(refs[kind][resource.name])
    return found


def _made(resource: ResourcePlan, root: str, context: Context) -> Queue | Topic | Bucket | Table:
    # A forced replacement (`pulumi up --replace`) would else make the new one beside the old, under one URN.
    options = context.options(delete_before_replace=True)
    child = context.child(resource.name, NAME)
    match resource:
        case QueuePlan():
            return Queue(
                child,
                root=root,
                name=resource.name,
                fifo=resource.fifo,
                retention=resource.retention,
                opts=options,
            )
        case TopicPlan():
            return Topic(child, root=root, name=resource.name, opts=options)
        case BucketPlan():
            return Bucket(
                child,
                root=root,
                name=resource.name,
                versioned=resource.versioned,
                expire_after=resource.expire_after,
                opts=options,
            )
        case TablePlan():
            return Table(child, root=root, name=resource.name, opts=options, **_layout(resource))


def _layout(table: TablePlan) -> dict[str, Any]:
    indexes = {name: list(keys) for name, keys in table.indexes.items()}
    return {"key": table.key, "sort_key": table.sort_key, "ttl": table.ttl, "indexes": indexes}


def described(resource: ResourcePlan) -> dict[str, Any]:
    """What `sls_infra.local.storage.keep` is told of a resource; for those who make it without the engine."""
    match resource:
        case QueuePlan():
            return {"fifo": resource.fifo, "retention": resource.retention}
        case BucketPlan():
            return {"name": resource.name, "versioned": resource.versioned, "expire_after": resource.expire_after}
        case TablePlan():
            return _layout(resource)
        case TopicPlan():
            return {}
