"""Subscriptions to topics, one an event source, with the rule that its attributes come to."""

from __future__ import annotations

from pulumi_azure_native import servicebus

from ...plan.model import MessagePlan
from ...plan.resources import RETENTION
from ..base import Context
from . import filters
from .bus import LOCK, seconds
from .deployed import Found

NAME = 50


def deploy_subscription(
    event: MessagePlan, topic: Found, end: Found | None, context: Context
) -> servicebus.Subscription:
    """Subscribes to a topic, of the Api's own or there already. `end`: where Service Bus forwards what it gives up."""
    name = context.child(event.name, NAME)
    made = servicebus.Subscription(
        name,
        resource_group_name=topic.place.apply(lambda at: at.group),
        namespace_name=topic.place.apply(lambda at: at.home),
        topic_name=topic.place.apply(lambda at: at.name),
        subscription_name=name,
        default_message_time_to_live=seconds(RETENTION),
        lock_duration=LOCK,
        # The runtime writes dead letters at the last attempt; this is for what it did not come to.
        max_delivery_count=event.max_attempts + 1,
        dead_lettering_on_message_expiration=False,
        dead_lettering_on_filter_evaluation_exceptions=False,
        forward_dead_lettered_messages_to=end.place.apply(lambda at: at.name) if end else None,
        opts=context.options(),
    )
    if event.attributes:
        _rule(name, event, made, topic, context)
    return made


def _rule(name: str, event: MessagePlan, subscription: servicebus.Subscription, topic: Found, context: Context) -> None:
    """In place of the rule that a subscription has from its start, by which everything comes."""
    equal, condition = filters.correlation(event.attributes), filters.sql(event.attributes)
    if equal is None and condition is None:
        return
    kind = servicebus.FilterType
    servicebus.DefaultRule(
        name,
        resource_group_name=topic.place.apply(lambda at: at.group),
        namespace_name=topic.place.apply(lambda at: at.home),
        topic_name=topic.place.apply(lambda at: at.name),
        subscription_name=subscription.name,
        filter_type=kind.CORRELATION_FILTER if equal is not None else kind.SQL_FILTER,
        correlation_filter=servicebus.CorrelationFilterArgs(properties=equal) if equal is not None else None,
        sql_filter=servicebus.SqlFilterArgs(sql_expression=condition) if equal is None else None,
        opts=context.options(),
    )
