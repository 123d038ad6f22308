"""Queues of SQS: those of the spec, those for dead letters, and those that carry events to functions.

Uploads, ticks and messages of topics come through a queue of their own. Invoked directly instead, a function would have
one setting for the retries of all its sources, two retries at the most, and no word of which attempt it is
(docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html).

Encrypted by SQS itself (SSE-SQS): with the key that KMS has for SQS, S3 and SNS could not send to them, and one of
ours would cost 1 USD a month (docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import sqs

from ...plan.model import ChangePlan, EventPlan, MessagePlan, Plan, UploadPlan
from ...plan.resources import DEAD_RETENTION
from ..base import Context
from .grants import Key, named, rule_of, source_of
from .policy import document, sent_by, tls_only

NAME = 67
"""Characters of a logical name: SQS takes 80, of which Pulumi's suffix uses 8, and that of FIFO queues 5."""
TIMES = 6
"""Visibility timeout, in time-outs of the function (developer guide of Lambda, "Using Lambda with Amazon SQS")."""
UNCONSUMED = 900
"""Seconds of it where the consumer is none of this Api's: as long as any function may run; Lambda asks for no less."""
LOOKED_AT = 30
"""Likewise, of dead letters, which people look at."""

FIFO_TIMES = 3
"""Receives of a FIFO queue's message, for each time that it may be tried."""
MOST_RECEIVES = 1000
"""Bound of a redrive policy's maxReceiveCount (API reference of SQS, SetQueueAttributes)."""


@dataclass(frozen=True, slots=True)
class _Queue:
    key: Key
    name: str
    fifo: bool
    retention: int
    visibility: int


def carrier(event: EventPlan) -> str:
    """What the queue is called that carries an event source's events."""
    return f"{event.name}-events"


def deploy_queues(plan: Plan, context: Context) -> dict[str, sqs.Queue]:
    """Makes every queue that is not there already, by `named(key)`."""
    return {named(queue.key): _made(queue, context) for queue in _queues(plan)}


def deploy_access(
    plan: Plan, queues: Mapping[str, sqs.Queue], arns: Mapping[str, pulumi.Output[str]], context: Context
) -> dict[str, tuple[pulumi.Resource, ...]]:
    """Who may send to each, and where what failed too often goes. `arns`: of all that there is, by `named(key)`."""
    done: dict[str, list[pulumi.Resource]] = {}
    senders = {named(source_of(event)): event for event in plan.events if source_of(event)[0] == "carrier"}
    for name, queue in queues.items():
        done[name] = [_policy(name, queue, senders.get(name), arns, context)]
    for event in plan.events:
        source = named(source_of(event))
        if source in queues:
            done[source] += _redrive(plan, event, queues[source], queues, arns, context)
    return {name: tuple(made) for name, made in done.items()}


def _queues(plan: Plan) -> list[_Queue]:
    consumers = {event.source: event for event in plan.events if isinstance(event, MessagePlan)}
    found = []
    for queue in plan.queues:
        if queue.ref is None:
            event = consumers.get(queue.name)
            consumed = event is not None and event.kind == "queue"
            idle = UNCONSUMED if queue.dead_letters_of is None else LOOKED_AT
            visible = _visibility(plan, event) if event is not None and consumed else idle
            found.append(_Queue(("queue", queue.name), queue.name, queue.fifo, queue.retention, visible))
    for event_plan in plan.events:
        key = source_of(event_plan)
        if key[0] == "carrier":
            visible = _visibility(plan, event_plan)
            found.append(_Queue(key, carrier(event_plan), False, DEAD_RETENTION, visible))
    return found


def _visibility(plan: Plan, event: EventPlan) -> int:
    timeout = next(function.timeout for function in plan.functions if function.name == event.function)
    window = event.batch_window if isinstance(event, MessagePlan) else 0
    return TIMES * math.ceil(timeout) + window


def _made(queue: _Queue, context: Context) -> sqs.Queue:
    return sqs.Queue(
        context.child(queue.name, NAME),
        fifo_queue=True if queue.fifo else None,
        # each group by itself, so that one is not held up by another's rate
        deduplication_scope="messageGroup" if queue.fifo else None,
        fifo_throughput_limit="perMessageGroupId" if queue.fifo else None,
        message_retention_seconds=queue.retention,
        visibility_timeout_seconds=queue.visibility,
        sqs_managed_sse_enabled=True,
        tags=context.tags,
        opts=context.options(),
    )


def _policy(
    name: str,
    queue: sqs.Queue,
    event: EventPlan | None,
    arns: Mapping[str, pulumi.Output[str]],
    context: Context,
) -> sqs.QueuePolicy:
    service, source = _sender(event, arns)
    known: pulumi.Output[Any] = pulumi.Output.all(queue=queue.arn, source=source)
    return sqs.QueuePolicy(
        context.child(_spoken(name, event), NAME),
        queue_url=queue.url,
        policy=known.apply(lambda of: json.dumps(_allowed(service, of["queue"], of["source"]))),
        opts=context.options(),
    )


def _sender(event: EventPlan | None, arns: Mapping[str, pulumi.Output[str]]) -> tuple[str, pulumi.Input[str]]:
    """The service that sends a queue its events, and for what. Scheduler's come by a role, which is told elsewhere."""
    if isinstance(event, UploadPlan):
        rule = arns.get(named(rule_of(event)))
        return ("s3", arns[named(("bucket", event.source))]) if rule is None else ("events", rule)
    if isinstance(event, MessagePlan):
        return "sns", arns[named(("topic", event.source))]
    return "", ""


def _allowed(service: str, queue: str, source: str) -> dict[str, Any]:
    statements = [tls_only(queue, "sqs:*")]
    if service:
        statements.append(sent_by(service, queue, source, queue.split(":")[4] if service == "s3" else None))
    return document(*statements)


def _redrive(
    plan: Plan,
    event: EventPlan,
    queue: sqs.Queue,
    queues: Mapping[str, sqs.Queue],
    arns: Mapping[str, pulumi.Output[str]],
    context: Context,
) -> Sequence[pulumi.Resource]:
    """The runtime itself writes dead letters, with their reason; this is for what crashes, or takes too long. Resources
    of their own, as two queues may be each other's."""
    assert not isinstance(event, ChangePlan)
    dead = named(("queue", event.dead_letter))
    fifo = any(each.name == event.dead_letter and each.fifo for each in plan.queues)
    target = {"deadLetterTargetArn": arns[dead], "maxReceiveCount": receives(event.max_attempts, fifo)}
    made: list[pulumi.Resource] = [
        sqs.RedrivePolicy(
            context.child(event.name, NAME),
            queue_url=queue.url,
            redrive_policy=pulumi.Output.json_dumps(target, sort_keys=True),
            opts=context.options(),
        )
    ]
    if any(each.name == event.dead_letter and each.dead_letters_of for each in plan.queues):
        sources = {"redrivePermission": "byQueue", "sourceQueueArns": [queue.arn]}
        made.append(
            sqs.RedriveAllowPolicy(
                context.child(event.dead_letter, NAME),
                queue_url=queues[dead].url,
                redrive_allow_policy=pulumi.Output.json_dumps(sources, sort_keys=True),
                opts=context.options(),
            )
        )
    return made


def receives(max_attempts: int, fifo: bool) -> int:
    """How often SQS hands out a message before it makes a dead letter of it.

    Of a FIFO queue more often than it may be tried: whenever one fails, those behind it in its group are handed back
    untried, which SQS counts as any other receive. The runtime knows which it did not try, and buries what failed
    `max_attempts` times; SQS alone would also bury what never was at fault. Each process knows only what it held back
    itself, hence so much room; a message that waits behind several that fail may still need it all.
    """
    return min(MOST_RECEIVES, FIFO_TIMES * max_attempts) if fifo else max_attempts


def _spoken(name: str, event: EventPlan | None) -> str:
    return carrier(event) if event is not None else name.partition(" ")[2]
