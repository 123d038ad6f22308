"""Topics of Pub/Sub: those of the spec, those that queues are made of, and one a bucket whose uploads are asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pulumi
from pulumi_gcp import pubsub

from ..base import Context
from .deployed import Place, called

NAME = 100
"""Characters of a logical name; Pub/Sub takes 255."""
PUBLISHER = "roles/pubsub.publisher"


def deploy_topic(
    name: str, kind: str, place: Place, enabled: Sequence[pulumi.Resource], context: Context
) -> pubsub.Topic:
    """Makes a topic. `kind`: "topic" for one of the spec, else what it serves: "queue", "uploads", "schedule".

    Messages are encrypted, and stay in the region ("Message storage policies").
    """
    logical = context.child(name, NAME) if kind == "topic" else called(context, name, kind, NAME)
    return pubsub.Topic(
        permitted(logical, context),
        message_storage_policy=pubsub.TopicMessageStoragePolicyArgs(allowed_persistence_regions=[place.region]),
        labels=context.tags,
        project=place.project,
        opts=context.options(depends_on=enabled),
    )


def permitted(logical: str, context: Context) -> str:
    """The name without "goog" at its start, which Pub/Sub keeps for itself ("Resource names")."""
    name = re.sub("^goog", "g-oog", logical)
    context.spoken[name] = context.spoken[logical]
    return name


def deploy_publisher(
    logical: str, topic: pulumi.Input[str], member: pulumi.Input[str], context: Context
) -> pubsub.TopicIAMMember:
    """Lets a member publish to one topic, and nothing else."""
    return pubsub.TopicIAMMember(logical, topic=topic, role=PUBLISHER, member=member, opts=context.options())
