"""What the Api keeps things in: queues, topics, buckets and tables, each made once, or known where it is already."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi

from ...errors import Problem, SpecError
from ...plan.model import Plan, ResourcePlan
from ...spec.values import Input
from ..base import Context, given
from .buckets import deploy_bucket
from .deployed import Place, Store
from .refs import misread
from .tables import deploy_table
from .topics import deploy_topic


def deploy_resources(plan: Plan, place: Place, enabled: Sequence[pulumi.Resource], context: Context) -> Store:
    """Makes those that are not there already. What a queue keeps its messages in, its subscription, is made with the
    event sources, since its consumer is part of it."""
    store = Store()
    for queue in plan.queues:
        store.queues[queue.name] = (
            there("queue", queue, queue.ref)
            if queue.ref is not None
            else deploy_topic(queue.name, "queue", place, enabled, context).id
        )
    for topic in plan.topics:
        store.topics[topic.name] = (
            there("topic", topic, topic.ref)
            if topic.ref is not None
            else deploy_topic(topic.name, "topic", place, enabled, context).id
        )
    for bucket in plan.buckets:
        store.buckets[bucket.name] = (
            there("bucket", bucket, bucket.ref)
            if bucket.ref is not None
            else deploy_bucket(bucket, place, enabled, context).name
        )
    for table in plan.tables:
        if table.ref is not None:
            store.tables[table.name] = there("table", table, table.ref)
            continue
        database, ready = deploy_table(table, place, enabled, context)
        store.tables[table.name] = database.id
        store.ready["table", table.name] = ready
    return store


def there(kind: str, resource: ResourcePlan, ref: Input[str]) -> pulumi.Output[str]:
    """The ref of one that is there already, looked at once it is known: the plan's rules look at those that are."""

    def looked_at(text: str) -> str:
        if looks := misread(kind, text):
            message = f"{text!r} is no {kind} of Google Cloud"
            raise SpecError([Problem(f"{resource.where}.ref", message, f"give its resource name: {looks}")])
        return text

    return pulumi.Output.from_input(given(ref)).apply(looked_at)
