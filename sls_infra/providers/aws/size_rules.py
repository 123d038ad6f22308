"""What becomes too long for AWS, and names that would be taken: rules over a whole Plan, before anything is made. Data
only, no SDK is imported."""

from __future__ import annotations

import json
from collections.abc import Iterator

from ...errors import Problem
from ...plan import names
from ...plan.manifest_events import reached
from ...plan.model import FunctionPlan, Plan, QueuePlan, SchedulePlan
from ...plan.names import canonical
from .grants import Key, grants_of, named, source_of
from .policy import MAX_POLICY, allowed

REGION = "ap-northeast-1"
ACCOUNT = "123456789012"
LONGEST = 120
"""Characters of an ARN that only the deployment knows."""
SUFFIX = 8


def policies(plan: Plan) -> Iterator[Problem]:
    """Functions with more links and event sources than the one inline policy of a role holds."""
    for function in plan.functions:
        length = len(likely_policy(plan, function))
        if length > MAX_POLICY:
            message = f"what {function.name!r} may do takes about {length} characters of its role's policy"
            message += f", and IAM takes {MAX_POLICY}"
            fix = "give some of its routes, events and links to another Function"
            yield Problem(f"{function.where}.links", message, fix)


def likely_policy(plan: Plan, function: FunctionPlan) -> str:
    """What the policy of a function's role may look like, without white space, which IAM does not count."""
    secrets = {name: "x" * LONGEST + str(index) for index, name in enumerate(function.secrets)}
    grants = grants_of(plan, function)
    arns = {named(grant.on): likely_arn(plan, grant.on) for grant in grants}
    found = allowed("x" * LONGEST, secrets, {}, grants, arns, network=True)
    return json.dumps(found, separators=(",", ":"))


def told_of(plan: Plan, function: FunctionPlan) -> int:
    """Bytes that a function's variable says of its resources and event sources."""
    size = 0
    for kind, linked in reached(plan, function).items():
        size += len(kind) + 6 + sum(len(name) + len(likely_arn(plan, (kind, name))) + 8 for name in linked)
    for event in plan.events_of(function):
        arns = (source_of(event), ("queue", event.dead_letter))
        size += len(event.name) + 40 + sum(len(likely_arn(plan, key)) for key in arns)
    return size


def likely_arn(plan: Plan, on: Key) -> str:
    """What an ARN may look like: of what is made, as it is named."""
    kind, name = on
    resource = None if kind == "carrier" else plan.resource("table" if kind == "stream" else kind, name)  # type: ignore[arg-type]
    if resource is not None and resource.ref is not None:
        return resource.ref if isinstance(resource.ref, str) else "x" * LONGEST
    made = names.child(plan.name, name, 60) + "x" * SUFFIX
    match kind:
        case "bucket":
            return f"arn:aws:s3:::{made}"
        case "table":
            return f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{made}"
        case "stream":
            return f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{made}/stream/2026-01-31T00:00:00.000"
        case "topic":
            return f"arn:aws:sns:{REGION}:{ACCOUNT}:{made}"
        case _:
            return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{made}{'-events' if kind == 'carrier' else '.fifo'}"


def taken_by_events(plan: Plan) -> Iterator[Problem]:
    """Names that what is made for event sources has."""
    carriers = {canonical(f"{event.name}-events") for event in plan.events if source_of(event)[0] == "carrier"}
    for queue in plan.queues:
        if queue.ref is None and canonical(queue.name) in carriers:
            message = f"{queue.name!r} is what the queue is called that carries an event source's events"
            yield Problem(_of(queue), message, "give it another name, or the event source")
    roles = {canonical(f"{event.name}-schedule") for event in plan.events if isinstance(event, SchedulePlan)}
    for function in plan.functions:
        if canonical(function.name) in roles:
            message = f"{function.name!r} is what the role is called that a schedule sends with"
            yield Problem(f"{function.where}.name", message, "give it another name, or the schedule")


def _of(queue: QueuePlan) -> str:
    return f"{queue.where}.name"


SIZE_RULES = (policies, taken_by_events)
