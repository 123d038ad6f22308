"""Event source mappings: Lambda's own pollers, of queues and of tables' streams."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pulumi
from pulumi_aws import lambda_

from ...plan.model import ChangePlan, EventPlan, MessagePlan
from ..base import Context
from .deployed import Deployed

NAME = 64
LEAST, MOST = 2, 1000
"""Bounds of a mapping's maximum concurrency."""
PARTIAL = "ReportBatchItemFailures"
MOST_RETRIES = 10_000
"""Bound of a mapping's maximum retry attempts (docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html)."""
PROCESSES = 3
"""Processes that may each have counted a change's attempts from one, as Lambda called now this one and now that."""
OLDEST = 23 * 3600
"""Seconds after which a change is given up. Streams forget after 24 hours, of which nobody would be told: what Lambda
gives up before lies among the dead letters, with an hour to read it from the stream."""
KINDS = {"insert": "INSERT", "update": "MODIFY", "delete": "REMOVE"}


def deploy_mapping(
    event: EventPlan,
    function: Deployed,
    source: pulumi.Output[str],
    dead_letters: pulumi.Output[str],
    ready: Iterable[pulumi.Resource],
    made_here: bool,
    max_instances: int | None,
    context: Context,
) -> lambda_.EventSourceMapping:
    """Lets Lambda poll a queue or stream, `source`, and call the function. `made_here`: whether this Api made the table
    whose stream it is. `max_instances`: the function's, which calls at once are kept within: those that are throttled
    count as attempts (docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html)."""
    options = context.options(depends_on=[*function.ready, *ready])  # Lambda tries the role as it makes the mapping
    if isinstance(event, ChangePlan):
        return _of_stream(event, function, source, dead_letters, made_here, options, context)
    batch = event if isinstance(event, MessagePlan) else None
    concurrency = _at_once(batch.concurrency if batch else None, max_instances)
    return lambda_.EventSourceMapping(
        context.child(event.name, NAME),
        function_name=function.arn,
        event_source_arn=source,
        batch_size=batch.batch_size if batch else 1,
        maximum_batching_window_in_seconds=(batch.batch_window if batch else 0) or None,
        function_response_types=[PARTIAL],
        scaling_config=None
        if concurrency is None
        else lambda_.EventSourceMappingScalingConfigArgs(maximum_concurrency=concurrency),
        tags=context.tags,
        opts=options,
    )


def _at_once(asked: int | None, max_instances: int | None) -> int | None:
    """The smaller one, as far as a mapping takes it; None: as Lambda likes."""
    known = [most for most in (asked, max_instances) if most is not None]
    return min(MOST, max(LEAST, min(known))) if known else None


def _of_stream(
    event: ChangePlan,
    function: Deployed,
    stream: pulumi.Output[str],
    dead_letters: pulumi.Output[str],
    made_here: bool,
    options: pulumi.ResourceOptions,
    context: Context,
) -> lambda_.EventSourceMapping:
    """From the beginning of a table of our own, so that no change is missed while the mapping is being made; of others
    from now on (docs.aws.amazon.com/lambda/latest/dg/services-ddb-eventsourcemapping.html). The runtime writes dead
    letters, and counts attempts; the bounds and the destination here are for what crashes, or takes too long."""
    wanted = json.dumps({"eventName": [KINDS[kind] for kind in event.kinds]})
    some = len(event.kinds) < len(KINDS)
    failed = lambda_.EventSourceMappingDestinationConfigOnFailureArgs(destination_arn=dead_letters)
    return lambda_.EventSourceMapping(
        context.child(event.name, NAME),
        function_name=function.arn,
        event_source_arn=stream,
        starting_position="TRIM_HORIZON" if made_here else "LATEST",
        batch_size=event.batch_size,
        function_response_types=[PARTIAL],
        bisect_batch_on_function_error=True,
        maximum_retry_attempts=retries(event),
        maximum_record_age_in_seconds=OLDEST,
        parallelization_factor=1,  # changes of one item stay in order with more, too; those of a shard with one alone
        destination_config=lambda_.EventSourceMappingDestinationConfigArgs(on_failure=failed),
        filter_criteria=lambda_.EventSourceMappingFilterCriteriaArgs(
            filters=[lambda_.EventSourceMappingFilterCriteriaFilterArgs(pattern=wanted)]
        )
        if some
        else None,
        tags=context.tags,
        opts=options,
    )


def retries(event: ChangePlan) -> int:
    """How often Lambda calls again before it gives up a batch: more often than the runtime may need.

    A call that buries one change goes on to the next, and may fail there. Lambda then sends the rest again, and nowhere
    says that it counts those calls anew (docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html):
    bounded by `max_attempts` alone, it might discard all that stands behind a change that was just buried. At worst
    every change of a batch fails as often as it may, one after the other. A change that crashes its process each time
    holds up its shard for as many calls, and no longer than `OLDEST`.
    """
    return min(MOST_RETRIES, event.max_attempts * max(event.batch_size, PROCESSES))
