"""Resources of other stacks on this machine, by the paths of their folders. No SDK is imported."""

from __future__ import annotations

import os
from collections.abc import Iterator

from ...errors import Problem, SpecError
from ...plan.model import Plan, ResourceKind, ResourcePlan

_OTHERS = (("arn:", "Amazon's"), ("/subscriptions/", "Azure's"), ("projects/", "Google's"), ("//", "Google's"))


def wrong(kind: ResourceKind, ref: str) -> str:
    """Why a ref names no resource of that kind on this machine; empty where it does."""
    for start, whose in _OTHERS:
        if ref.startswith(start):
            return f"{ref!r} is {whose} name of a resource, and this is the local target"
    parts = ref.split(os.sep)
    if not os.path.isabs(ref) or len(parts) < 3 or os.path.normpath(ref) != ref:
        return f"{ref!r} is no {kind} on this machine: its ref is the path of its folder"
    if parts[-2] != f"{kind}s":
        kept = parts[-2].removesuffix("s")
        what = f"the ref of a {kept}" if kept in ("queue", "topic", "bucket", "table") else "no ref of a resource"
        return f"{ref!r} is {what}, not of a {kind}"
    return ""


def checked(resource: ResourcePlan, kind: ResourceKind, ref: str) -> str:
    """The ref of one that is there already, once it is known. Raises SpecError where it is none."""
    message = wrong(kind, ref)
    if message:
        raise SpecError([_problem(resource, kind, message)])
    return ref


def existing_refs(plan: Plan) -> Iterator[Problem]:
    """A rule: refs that the spec says must name resources of this machine. (Outputs are looked at when known.)"""
    for kind, resource in of(plan):
        if isinstance(resource.ref, str) and (message := wrong(kind, resource.ref)):
            yield _problem(resource, kind, message)


def of(plan: Plan) -> Iterator[tuple[ResourceKind, ResourcePlan]]:
    """Every resource of a Plan, with its kind."""
    for queue in plan.queues:
        yield "queue", queue
    for topic in plan.topics:
        yield "topic", topic
    for bucket in plan.buckets:
        yield "bucket", bucket
    for table in plan.tables:
        yield "table", table


def _problem(resource: ResourcePlan, kind: ResourceKind, message: str) -> Problem:
    fix = f"use what the other deployment's outputs give: ServerlessApi(…).{kind}s[{resource.name!r}]"
    return Problem(f"{resource.where}.ref", message, fix)
