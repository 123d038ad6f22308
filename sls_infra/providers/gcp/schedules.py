"""Schedules: a job of Cloud Scheduler, which publishes when it is due."""

from __future__ import annotations

import base64

import pulumi
from pulumi_gcp import cloudscheduler, pubsub

from ...plan.model import SchedulePlan
from ..base import Context
from .crons import unix_cron
from .deployed import Place

NAME = 100
TRIES = 5
FOR = "600s"
"""How long publishing is tried: `runtime.entry.gcp_messages.LATE` is longer."""


def deploy_job(
    event: SchedulePlan, topic: pubsub.Topic, subscription: pulumi.Resource, place: Place, context: Context
) -> cloudscheduler.Job:
    """What it publishes is the same each time: the runtime tells when it was due by when it was published. Its agent
    may publish to all topics of the project, by the role it gets as the service is enabled."""
    return cloudscheduler.Job(
        context.child(event.name, NAME),
        description=f"{context.name}: {event.name}",
        schedule=unix_cron(event.cron),
        time_zone=event.timezone,
        region=place.region,
        pubsub_target=cloudscheduler.JobPubsubTargetArgs(
            topic_name=topic.id, data=base64.b64encode(event.name.encode()).decode()
        ),
        retry_config=cloudscheduler.JobRetryConfigArgs(retry_count=TRIES, max_retry_duration=FOR),
        project=place.project,
        opts=context.options(depends_on=[subscription]),
    )
