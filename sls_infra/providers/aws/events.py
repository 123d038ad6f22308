"""Event sources: what sends to the queues, and the mappings by which Lambda polls them. What tells of uploads needs no
function, and stands with the buckets."""

from __future__ import annotations

from collections.abc import Mapping

from ...plan.model import ChangePlan, MessagePlan, Plan, SchedulePlan
from ...spec.targets import Aws
from ..base import Context
from .deployed import Deployed, Resources
from .grants import named, source_of
from .mappings import deploy_mapping


def deploy_events(
    plan: Plan, functions: Mapping[str, Deployed], resources: Resources, target: Aws, context: Context
) -> None:
    """Wires every event source to its function. Functions don't know of this, so that one may write to the very bucket
    whose uploads start it."""
    for event in plan.events:
        source = named(source_of(event))
        queue, ready = resources.arns[source], resources.ready.get(source, ())
        dead_letters = resources.arns[named(("queue", event.dead_letter))]
        if isinstance(event, SchedulePlan):
            from .schedules import deploy_schedule

            deploy_schedule(event, queue, dead_letters, target, context)
        elif isinstance(event, MessagePlan) and event.kind == "topic":
            from .topics import deploy_subscription

            deploy_subscription(event, resources.arns[named(("topic", event.source))], queue, ready, context)
        made_here = isinstance(event, ChangePlan) and event.source in resources.own_tables
        function = next(each for each in plan.functions if each.name == event.function)
        deploy_mapping(
            event, functions[event.function], queue, dead_letters, ready, made_here, function.max_instances, context
        )
