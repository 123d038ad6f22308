"""Event sources: what carries each to its function. Everything goes by Pub/Sub, but changes of tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi

from ...plan.model import ChangePlan, EventPlan, MessagePlan, Plan, SchedulePlan, UploadPlan
from ..base import Context
from .callers import Callers, deploy_bringer
from .changes import deploy_trigger
from .deployed import Deployed, Place, Store, called
from .schedules import deploy_job
from .subscriptions import NAME, Consumer, deploy_subscriber, deploy_subscription
from .topics import deploy_publisher, deploy_topic
from .uploads import deploy_uploads


def deploy_events(
    plan: Plan,
    store: Store,
    callers: Callers,
    hosts: Mapping[str, Deployed],
    place: Place,
    enabled: Sequence[pulumi.Resource],
    context: Context,
) -> None:
    """Makes them, and the subscriptions that queues are made of. `hosts`: a function's name → the one that is called
    with its events."""
    agents = _dead_letters(plan, store, callers, context)
    consumers = {
        event.name: _consumer(plan, event, store, callers, hosts, agents, place, context) for event in plan.events
    }
    _queues(plan, store, consumers, callers, place, context)
    uploads = deploy_uploads(plan, store, place, enabled, context)
    for event in plan.events:
        consumer = consumers[event.name]
        match event:
            case ChangePlan():
                deploy_trigger(event, consumer, store.tables[event.source], callers.eventarc, place, context)
            case SchedulePlan():
                topic = deploy_topic(event.name, "schedule", place, enabled, context)
                subscribed = _subscribe(consumer, topic.id, callers, place, context)
                deploy_job(event, topic, subscribed, place, context)
            case UploadPlan():
                _subscribe(consumer, uploads[event.source], callers, place, context)
            case MessagePlan(kind="topic"):
                _subscribe(consumer, store.topics[event.source], callers, place, context)


def _consumer(
    plan: Plan,
    event: EventPlan,
    store: Store,
    callers: Callers,
    hosts: Mapping[str, Deployed],
    agents: Mapping[str, pulumi.Resource],
    place: Place,
    context: Context,
) -> Consumer:
    function = next(each for each in plan.functions if each.name == event.function)
    host, caller = hosts[event.function], callers.accounts[event.name]
    brings = deploy_bringer(event, host, caller, place, context)
    after = [brings, callers.tokens[event.name]]
    if event.dead_letter in agents:
        after.append(agents[event.dead_letter])
    return Consumer(event, function, host, caller, store.queues[event.dead_letter], tuple(after))


def _dead_letters(plan: Plan, store: Store, callers: Callers, context: Context) -> dict[str, pulumi.Resource]:
    """Lets Pub/Sub itself put what it gives up into the queues of dead letters. By queue."""
    queues = dict.fromkeys(event.dead_letter for event in plan.events if not isinstance(event, ChangePlan))
    if callers.pubsub is None:
        return {}
    agent = callers.pubsub
    return {
        name: deploy_publisher(called(context, name, "dead-letters", NAME), store.queues[name], agent, context)
        for name in queues
    }


def _queues(
    plan: Plan, store: Store, consumers: Mapping[str, Consumer], callers: Callers, place: Place, context: Context
) -> None:
    """A queue is a topic's subscription: known by the queue's name, so that it stays when its consumer comes or goes.
    One that is there already is kept by its owner, and gets a subscription more for a consumer of this Api."""
    by_queue = {
        event.source: consumers[event.name]
        for event in plan.events
        if isinstance(event, MessagePlan) and event.kind == "queue"
    }
    for queue in plan.queues:
        consumer = by_queue.get(queue.name)
        if consumer is None and queue.ref is not None:
            continue
        logical = called(context, queue.name, "queue", NAME)
        subscription = deploy_subscription(
            logical, store.queues[queue.name], consumer, place, context, retention=queue.retention, fifo=queue.fifo
        )
        if consumer is not None and callers.pubsub is not None:
            deploy_subscriber(logical, subscription, callers.pubsub, context)


def _subscribe(
    consumer: Consumer, topic: pulumi.Output[str], callers: Callers, place: Place, context: Context
) -> pulumi.Resource:
    logical = context.child(consumer.event.name, NAME)
    subscription = deploy_subscription(logical, topic, consumer, place, context)
    if callers.pubsub is not None:
        deploy_subscriber(logical, subscription, callers.pubsub, context)
    return subscription
