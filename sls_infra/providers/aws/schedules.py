"""Schedules of EventBridge Scheduler, which send a tick to a queue."""

from __future__ import annotations

import json
from typing import Any

import pulumi
from pulumi_aws import iam, scheduler

from ...plan.model import SchedulePlan
from ...spec.targets import Aws
from ..base import Context, given
from .cron import expression
from .grants import SEND
from .policy import document, trust

NAME = 56
DAY = 86_400
RETRIES = 185
"""As many as Scheduler does: what a queue does not take at once is tried again for a day."""
SCHEDULED = "<aws.scheduler.scheduled-time>"
"""Replaced by when it was due (user guide of EventBridge Scheduler, "Adding context attributes")."""


def role(event: SchedulePlan) -> str:
    """What the role is called that a schedule sends with."""
    return f"{event.name}-schedule"


def deploy_schedule(
    event: SchedulePlan,
    queue: pulumi.Output[str],
    dead_letters: pulumi.Output[str],
    target: Aws,
    context: Context,
) -> scheduler.Schedule:
    """A schedule that puts a message into its queue, and, where that fails for a day, among the dead letters. The whole
    of it is when it was due, `2026-01-31T02:00:00Z`: which schedule that is, the queue tells."""
    sender, rights = _role(event, queue, dead_letters, target, context)
    return scheduler.Schedule(
        context.child(event.name, NAME),
        schedule_expression=expression(event.cron),
        schedule_expression_timezone=event.timezone,
        flexible_time_window=scheduler.ScheduleFlexibleTimeWindowArgs(mode="OFF"),
        target=scheduler.ScheduleTargetArgs(
            arn=queue,
            role_arn=sender.arn,
            input=SCHEDULED,
            retry_policy=scheduler.ScheduleTargetRetryPolicyArgs(
                maximum_event_age_in_seconds=DAY, maximum_retry_attempts=RETRIES
            ),
            dead_letter_config=scheduler.ScheduleTargetDeadLetterConfigArgs(arn=dead_letters),
        ),
        opts=context.options(depends_on=[rights]),  # Scheduler tries the role as it makes the schedule
    )


def _role(
    event: SchedulePlan,
    queue: pulumi.Output[str],
    dead_letters: pulumi.Output[str],
    target: Aws,
    context: Context,
) -> tuple[iam.Role, iam.RolePolicy]:
    name = context.child(role(event), NAME)
    made = iam.Role(
        name,
        assume_role_policy=queue.apply(lambda arn: json.dumps(_trust(arn))),
        permissions_boundary=None if target.permissions_boundary is None else given(target.permissions_boundary),
        tags=context.tags,
        opts=context.options(),
    )
    known: pulumi.Output[Any] = pulumi.Output.all(queue, dead_letters)
    rights = iam.RolePolicy(
        name,
        role=made.id,
        policy=known.apply(lambda arns: json.dumps(_allowed(sorted(set(arns))))),
        opts=context.options(),
    )
    return made, rights


def _allowed(queues: list[str]) -> dict[str, Any]:
    return document({"Sid": "Send", "Effect": "Allow", "Action": list(SEND), "Resource": queues})


def _trust(queue_arn: str) -> dict[str, Any]:
    """Scheduler's, for schedules of this account's default group alone: of one schedule it can't be said
    (docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html)."""
    _, partition, _, region, account, _ = queue_arn.split(":")
    group = f"arn:{partition}:scheduler:{region}:{account}:schedule-group/default"
    return trust("scheduler", {"StringEquals": {"aws:SourceAccount": account}, "ArnEquals": {"aws:SourceArn": group}})
