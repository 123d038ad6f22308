"""Event sources: subscriptions to what they listen to, and what the gateway is told of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from ...plan.model import ChangePlan, EventPlan, MessagePlan, Plan, SchedulePlan, UploadPlan
from ..base import Context
from .kept import Subscription

NAME = 64


def deploy_subscriptions(
    plan: Plan, refs: Mapping[str, Mapping[str, Any]], root: str, context: Context
) -> dict[str, pulumi.Output[str]]:
    """Makes one for each event source that is told of something: event source → its name as a subscriber."""
    made = {}
    for event in plan.events:
        told = subscribed(event)
        if told is None:
            continue
        kind, source, filter = told
        subscription = Subscription(
            context.child(event.name, NAME),
            root=root,
            kind=kind,
            source=refs[kind][source],
            event=event.name,
            filter=filter,
            opts=context.options(delete_before_replace=True),
        )
        made[event.name] = subscription.subscriber
    return made


def subscribed(event: EventPlan) -> tuple[str, str, dict[str, Any]] | None:
    """Kind and name of what an event source subscribes to, and what of it is wanted; None for a queue or a clock."""
    match event:
        case MessagePlan(kind="topic"):
            attributes = {name: list(values) for name, values in event.attributes.items()}
            return "topic", event.source, {"attributes": attributes}
        case UploadPlan():
            return "bucket", event.source, {"prefix": event.prefix, "suffix": event.suffix}
        case ChangePlan():
            return "table", event.source, {"kinds": list(event.kinds)}
        case _:
            return None


def event_of(event: EventPlan, refs: Mapping[str, Mapping[str, Any]], subscribers: Mapping[str, Any]) -> dict[str, Any]:
    """An event source as the gateway takes it. `refs`: kind → name → ref."""
    known: dict[str, Any] = {
        "kind": event.kind,
        "name": event.name,
        "function": event.function,
        "dead_letter": refs["queue"][event.dead_letter],
        "max_attempts": event.max_attempts,
    }
    told = subscribed(event)
    if told is not None:
        known |= {"source": refs[told[0]][told[1]], "subscription": subscribers[event.name]}
    match event:
        case SchedulePlan():
            return {**known, "cron": event.cron.text, "timezone": event.timezone}
        case MessagePlan():
            known.setdefault("source", refs[event.kind][event.source])
            batch = {"batch_size": event.batch_size, "batch_window": event.batch_window}
            return {**known, **batch, "concurrency": event.concurrency}
        case ChangePlan():
            return {**known, "batch_size": event.batch_size}
        case _:
            return known
