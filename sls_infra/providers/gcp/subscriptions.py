"""Subscriptions of Pub/Sub: what waits for a queue's or topic's consumer, and what pushes it to a function.

A message that comes again and again is a dead letter: the runtime writes it, with its reason, after `max_attempts`; the
subscription's own policy does where the function never gets so far (it crashes, or is too slow), after five at the
least ("Handle message failures").
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import pulumi
from pulumi_gcp import pubsub, serviceaccount

from ...plan.model import EventPlan, FunctionPlan
from ..base import Context
from .deployed import Deployed, Place
from .filters import filter_of
from .topics import permitted

NAME = 100
PREFIX = "/_sls/events/"
RETENTION = 7 * 86400
"""Seconds that a message waits for a topic's consumer."""
ATTEMPTS = (5, 100)
"""The least and most deliveries of a dead-letter policy."""
DEADLINE = (60, 600)
"""Seconds that a push may take: the least that is asked for here, and the most that there is."""
MARGIN = 30
"""Seconds beyond a function's own, for a cold start."""
BACKOFF = ("10s", "600s")
SUBSCRIBER = "roles/pubsub.subscriber"


@dataclass(frozen=True, slots=True)
class Consumer:
    """Who is pushed to."""

    event: EventPlan
    function: FunctionPlan
    host: Deployed
    """The function as it is made."""
    caller: serviceaccount.Account
    """As whom Pub/Sub calls it."""
    dead_letters: pulumi.Output[str]
    """The topic of them."""
    after: tuple[pulumi.Resource, ...]
    """What must be there before anything is pushed."""


def deploy_subscription(
    logical: str,
    topic: pulumi.Output[str],
    consumer: Consumer | None,
    place: Place,
    context: Context,
    *,
    retention: int = RETENTION,
    fifo: bool = False,
) -> pubsub.Subscription:
    """Makes one; without a consumer it keeps what comes, to be pulled by hand. A consumer can come and go, and what
    waits stays."""
    event = None if consumer is None else consumer.event
    return pubsub.Subscription(
        permitted(logical, context),
        topic=topic,
        push_config=None if consumer is None else _push(consumer),
        ack_deadline_seconds=DEADLINE[0] if consumer is None else deadline(consumer.function),
        message_retention_duration=f"{retention}s",
        expiration_policy=pubsub.SubscriptionExpirationPolicyArgs(ttl=""),  # never, though nobody comes for a month
        enable_message_ordering=fifo,
        filter=None if event is None else filter_of(event),
        dead_letter_policy=None if consumer is None else _dead_letters(consumer),
        retry_policy=pubsub.SubscriptionRetryPolicyArgs(minimum_backoff=BACKOFF[0], maximum_backoff=BACKOFF[1]),
        labels=context.tags,
        project=place.project,
        opts=context.options(depends_on=[] if consumer is None else [*consumer.after]),
    )


def deadline(function: FunctionPlan) -> int:
    """Seconds after which a push counts as failed."""
    return max(DEADLINE[0], min(DEADLINE[1], math.ceil(function.timeout) + MARGIN))


def deploy_subscriber(
    logical: str, subscription: pubsub.Subscription, agent: pulumi.Output[str], context: Context
) -> pubsub.SubscriptionIAMMember:
    """Lets Pub/Sub itself take a message out, once it is a dead letter."""
    return pubsub.SubscriptionIAMMember(
        logical,
        subscription=subscription.name,
        role=SUBSCRIBER,
        member=agent,
        project=subscription.project,
        opts=context.options(),
    )


def _push(consumer: Consumer) -> pubsub.SubscriptionPushConfigArgs:
    """The token is made for the function's own address: what Cloud Run asks for, whatever the path."""
    return pubsub.SubscriptionPushConfigArgs(
        push_endpoint=pulumi.Output.concat(consumer.host.uri, PREFIX, consumer.event.name),
        oidc_token=pubsub.SubscriptionPushConfigOidcTokenArgs(
            service_account_email=consumer.caller.email, audience=consumer.host.uri
        ),
    )


def _dead_letters(consumer: Consumer) -> pubsub.SubscriptionDeadLetterPolicyArgs:
    return pubsub.SubscriptionDeadLetterPolicyArgs(
        dead_letter_topic=consumer.dead_letters,
        max_delivery_attempts=max(ATTEMPTS[0], min(ATTEMPTS[1], consumer.event.max_attempts)),
    )
