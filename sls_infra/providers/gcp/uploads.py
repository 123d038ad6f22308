"""Uploads: a notification a bucket, into a topic that each event source of the bucket listens to.

One for all: a bucket takes ten that tell of the same kind of event ("Pub/Sub notifications for Cloud Storage"), and two
of overlapping prefixes would tell of one object twice. Each source's subscription picks its own out.
"""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi_gcp import pubsub, storage
from pulumi_gcp.storage.get_project_service_account import get_project_service_account_output

from ...plan.model import Plan, UploadPlan
from ..base import Context
from .deployed import Place, Store, called
from .topics import deploy_publisher, deploy_topic

NAME = 100
CREATED = "OBJECT_FINALIZE"


def deploy_uploads(
    plan: Plan, store: Store, place: Place, enabled: Sequence[pulumi.Resource], context: Context
) -> dict[str, pulumi.Output[str]]:
    """Bucket → its topic, for each bucket whose uploads are asked for. A bucket that is there already is to be one of
    the same project, whose agent of Cloud Storage tells of it."""
    buckets = dict.fromkeys(event.source for event in plan.events if isinstance(event, UploadPlan))
    if not buckets:
        return {}
    agent = get_project_service_account_output(
        project=place.project, opts=pulumi.InvokeOutputOptions(parent=context.parent, depends_on=list(enabled))
    )
    member = agent.apply(lambda found: f"serviceAccount:{found.email_address}")
    topics = {}
    for name in buckets:
        topic = deploy_topic(name, "uploads", place, enabled, context)
        _notification(name, store.buckets[name], topic, member, context)
        topics[name] = topic.id
    return topics


def _notification(
    name: str, bucket: pulumi.Output[str], topic: pubsub.Topic, agent: pulumi.Output[str], context: Context
) -> storage.Notification:
    """Cloud Storage's agent must be let in before it is told where to."""
    publisher = deploy_publisher(called(context, name, "uploads", NAME), topic.id, agent, context)
    return storage.Notification(
        context.child(name, NAME),
        bucket=bucket,
        topic=topic.id,
        payload_format="JSON_API_V1",
        event_types=[CREATED],
        opts=context.options(depends_on=[publisher]),
    )
