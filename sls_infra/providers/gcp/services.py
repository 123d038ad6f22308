"""The services (Google's word for its APIs) that a project needs to have enabled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pulumi
from pulumi_gcp import projects

from ...plan.model import ChangePlan, Plan, SchedulePlan
from ..base import Context
from .deployed import Place

NAME = 100
FUNCTIONS = ("artifactregistry", "cloudbuild", "cloudfunctions", "iam", "run")
"""Cloud Run functions, "Before you begin"; and iam, for accounts."""
GATEWAY = ("apigateway", "servicecontrol", "servicemanagement")
"""API Gateway, "Configuring your development environment"."""
LOAD_BALANCER = ("compute",)
MESSAGES, SCHEDULES, TABLES = ("pubsub",), ("cloudscheduler",), ("firestore",)
CHANGES = ("eventarc", "eventarcpublishing")
"""Eventarc, "Route Cloud Firestore events to Cloud Run"."""
SIGNATURES = ("iamcredentials",)
"""By which an account signs addresses of objects."""
KEYS, SECRETS, NAMES = ("apikeys",), ("secretmanager",), ("dns",)


def used(plan: Plan, balanced: bool) -> tuple[str, ...]:
    """Those that an Api uses. `balanced`: behind a load balancer."""
    wanted = list(FUNCTIONS)
    if plan.routes:
        wanted += LOAD_BALANCER if balanced else GATEWAY
    if plan.domain is not None and plan.domain.zone is not None:
        wanted += NAMES
    if plan.secrets or plan.api_keys:
        wanted += SECRETS
    if plan.api_keys:
        wanted += KEYS
    wanted += _of_events(plan)
    return tuple(wanted)


def _of_events(plan: Plan) -> Iterator[str]:
    if plan.queues or plan.topics:
        yield from MESSAGES
    if any(isinstance(event, SchedulePlan) for event in plan.events):
        yield from SCHEDULES
    if any(isinstance(event, ChangePlan) for event in plan.events):
        yield from CHANGES
    if plan.tables:
        yield from TABLES
    if any(link.kind == "bucket" for function in plan.functions for link in function.links):
        yield from SIGNATURES


def enable(services: Iterable[str], place: Place, context: Context) -> list[pulumi.Resource]:
    """Enables services, and leaves them on when the Api goes: others in the project may use them too."""
    return [
        projects.Service(
            context.child(name, NAME),
            service=f"{name}.googleapis.com",
            project=place.project,
            disable_on_destroy=False,
            opts=context.options(),
        )
        for name in services
    ]
