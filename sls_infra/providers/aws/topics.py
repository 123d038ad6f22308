"""Topics of SNS, and subscriptions of queues to them.

Encrypted by SNS's own key of KMS, which lets in whoever in the account may use the topic, but no other account and none
of AWS's services (docs.aws.amazon.com/sns/latest/dg/sns-key-management.html). Queues that
subscribe get messages over TLS, and need no rights on that key.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

import pulumi
from pulumi_aws import sns

from ...plan.model import MessagePlan, Plan
from ..base import Context
from .policy import document, tls_only

NAME = 64
KEY = "alias/aws/sns"


def deploy_topics(plan: Plan, context: Context) -> dict[str, pulumi.Output[str]]:
    """Makes every topic that is not there already; name → ARN."""
    return {topic.name: _topic(topic.name, context) for topic in plan.topics if topic.ref is None}


def _topic(name: str, context: Context) -> pulumi.Output[str]:
    logical = context.child(name, NAME)
    topic = sns.Topic(logical, kms_master_key_id=KEY, tags=context.tags, opts=context.options())
    # in place of the default one, which lets in whatever of the account's may act for it: roles need no word here
    policy = sns.TopicPolicy(
        logical,
        arn=topic.arn,
        policy=topic.arn.apply(lambda arn: json.dumps(document(tls_only(arn, "sns:Publish")))),
        opts=context.options(),
    )
    return policy.arn


def deploy_subscription(
    event: MessagePlan,
    topic: pulumi.Input[str],
    queue: pulumi.Input[str],
    ready: Iterable[pulumi.Resource],
    context: Context,
) -> sns.TopicSubscription:
    """A queue's subscription: messages as they were published, only those whose attributes fit. `ready`: what lets the
    topic send to the queue."""
    wanted = {name: list(values) for name, values in event.attributes.items()}
    return sns.TopicSubscription(
        context.child(event.name, NAME),
        topic=topic,
        protocol="sqs",
        endpoint=queue,
        raw_message_delivery=True,
        filter_policy=json.dumps(wanted, sort_keys=True) if wanted else None,
        filter_policy_scope="MessageAttributes" if wanted else None,
        opts=context.options(depends_on=list(ready)),
    )
