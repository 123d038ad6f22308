"""Queues and topics: a Service Bus namespace of the Api's own, which no key opens."""

from __future__ import annotations

from pulumi_azure_native import servicebus

from ...plan.model import MessagePlan, Plan, QueuePlan, TopicPlan
from ...plan.names import shortened
from ...plan.resources import RETENTION
from ...spec.targets import Azure
from ..base import Context
from .deployed import Found, Group, found_at

NAME = 42
"""Characters of a logical name: a namespace's takes 50, of which Pulumi's suffix uses 8."""
ENTITY = 64
LOCK = "PT1M"
"""How long a message is one receiver's own; the host asks for more while a call lasts."""
SIZE = 5120
"""MiB that a queue or topic holds, the most of both tiers, at no other price ("Service Bus quotas")."""


def deploy_bus(plan: Plan, group: Group, target: Azure, context: Context) -> tuple[dict[str, Found], dict[str, Found]]:
    """Makes queues and topics that are not there yet, and finds the others."""
    queues: dict[str, Found] = {}
    topics: dict[str, Found] = {}
    if any(each.ref is None for each in plan.queues) or any(each.ref is None for each in plan.topics):
        namespace = _namespace(plan, group, target, context)
        # Those that others forward to are there before them.
        for queue in sorted(plan.queues, key=lambda each: consumer(plan, each) is not None):
            if queue.ref is None:
                event = consumer(plan, queue)
                forward = None if event is None else dead_end(plan, event)
                end = None if forward is None else queues[forward]
                queues[queue.name] = _queue(queue, event, end, namespace, group, context)
        topics = {each.name: _topic(each, namespace, group, context) for each in plan.topics if each.ref is None}
    return (
        {each.name: queues.get(each.name) or found_at("queue", each) for each in plan.queues},
        {each.name: topics.get(each.name) or found_at("topic", each) for each in plan.topics},
    )


def standard(plan: Plan) -> bool:
    """Whether the namespace must be of the Standard tier, which costs while it is idle: Basic has neither topics nor
    sessions, which keep an order ("Service Bus pricing", tiers)."""
    own = [queue for queue in plan.queues if queue.ref is None]
    return any(topic.ref is None for topic in plan.topics) or any(queue.fifo for queue in own)


def consumer(plan: Plan, queue: QueuePlan) -> MessagePlan | None:
    """The event source that takes a queue's messages."""
    for event in plan.events:
        if isinstance(event, MessagePlan) and event.kind == "queue" and event.source == queue.name:
            return event
    return None


def entity(name: str) -> str:
    """What a queue is called within the namespace."""
    return shortened(name, ENTITY)


def dead_end(plan: Plan, event: MessagePlan) -> str | None:
    """The queue to which Service Bus itself forwards what it gives up: what crashed or ran out of time each time, so
    that the runtime could not write the dead letter. None where it stays in the entity's own dead-letter subqueue:
    Basic forwards nothing ("Service Bus pricing"), FIFO queues keep their order, and a queue that has a consumer of its
    own would hand it on, perhaps in a circle."""
    target = plan.resource("queue", event.dead_letter)
    assert isinstance(target, QueuePlan)
    ours = plan.resource(event.kind, event.source).ref is None and target.ref is None
    return target.name if ours and standard(plan) and not target.fifo and consumer(plan, target) is None else None


def seconds(count: int) -> str:
    """A duration, at least a second, as Azure writes it."""
    days, hours, minutes, rest = count // 86400, count // 3600 % 24, count // 60 % 60, count % 60
    time = "".join(f"{number}{unit}" for number, unit in ((hours, "H"), (minutes, "M"), (rest, "S")) if number)
    return "P" + (f"{days}D" if days else "") + (f"T{time}" if time else "")


def _namespace(plan: Plan, group: Group, target: Azure, context: Context) -> servicebus.Namespace:
    tier = "Standard" if standard(plan) else "Basic"
    return servicebus.Namespace(
        context.own(NAME),
        resource_group_name=group.name,
        location=target.location,
        sku=servicebus.SBSkuArgs(name=servicebus.SkuName(tier), tier=servicebus.SkuTier(tier)),
        disable_local_auth=True,
        minimum_tls_version="1.2",
        tags=context.tags,
        opts=context.options(),
    )


def _queue(
    queue: QueuePlan,
    event: MessagePlan | None,
    end: Found | None,
    namespace: servicebus.Namespace,
    group: Group,
    context: Context,
) -> Found:
    made = servicebus.Queue(
        context.child(queue.name, ENTITY),
        resource_group_name=group.name,
        namespace_name=namespace.name,
        queue_name=entity(queue.name),
        default_message_time_to_live=seconds(queue.retention),
        lock_duration=LOCK,
        # The runtime writes dead letters at the last attempt; this is for what it did not come to.
        max_delivery_count=10 if event is None else event.max_attempts + 1,
        max_size_in_megabytes=SIZE,
        requires_session=queue.fifo,
        dead_lettering_on_message_expiration=False,
        forward_dead_lettered_messages_to=end.place.apply(lambda at: at.name) if end else None,
        opts=context.options(),
    )
    return found_at("queue", queue, made.id)


def _topic(topic: TopicPlan, namespace: servicebus.Namespace, group: Group, context: Context) -> Found:
    made = servicebus.Topic(
        context.child(topic.name, ENTITY),
        resource_group_name=group.name,
        namespace_name=namespace.name,
        # In a namespace no queue and topic have one name; no name in a spec has a dot.
        topic_name=f"{entity(topic.name)}.topic",
        default_message_time_to_live=seconds(RETENTION),
        max_size_in_megabytes=SIZE,
        opts=context.options(),
    )
    return found_at("topic", topic, made.id)
