"""What tables cannot say of events and resources on Google Cloud."""

from __future__ import annotations

from collections.abc import Iterator

from ...errors import Problem
from ...plan.model import Plan, ResourcePlan
from .capabilities_events import EVENT_TIMEOUT
from .refs import misread


def refs(plan: Plan) -> Iterator[Problem]:
    """Refs of another cloud. One that only the deployment knows is looked at there."""
    named: tuple[tuple[str, tuple[ResourcePlan, ...]], ...] = (
        ("queue", plan.queues), ("topic", plan.topics), ("bucket", plan.buckets), ("table", plan.tables)
    )  # fmt: skip
    for kind, resources in named:
        for resource in resources:
            if isinstance(resource.ref, str) and (looks := misread(kind, resource.ref)):
                message = f"{resource.ref!r} is no {kind} of Google Cloud"
                yield Problem(f"{resource.where}.ref", message, f"give its resource name: {looks}")


def timeouts(plan: Plan) -> Iterator[Problem]:
    """A function with routes may take an hour, and one that events start nine minutes: the lesser counts."""
    for function in plan.routed:
        if plan.events_of(function) and function.timeout > EVENT_TIMEOUT:
            message = f"{function.timeout:g} s is more than the {EVENT_TIMEOUT} s that a function has for an event"
            fix = f"use at most {EVENT_TIMEOUT} s, or give the events a function of their own"
            yield Problem(f"{function.where}.timeout", message, fix)


EVENT_RULES = (refs, timeouts)
