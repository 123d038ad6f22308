"""What a table of bounds cannot say of a Plan on Azure: told before anything is made."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...errors import Problem
from ...plan.model import Plan
from ...plan.resolve import ROUTE_METHODS
from ...spec.targets import Azure
from . import operations

OPERATIONS = 3000
RETENTION = (30, 730)


def of_target(target: Azure) -> Iterator[Problem]:
    """Options that are not built, or that Azure does not take."""
    if target.front == "basic-v2":
        fix = "leave front out: the Consumption tier meets what this spec asks for, or the plan says what it refuses"
        yield Problem("target.front", "the Basic v2 front is not built yet", fix)
    if not RETENTION[0] <= target.log_retention <= RETENTION[1]:
        message = f"{target.log_retention} days are not from 30 to 730 (Log Analytics: retention of a workspace)"
        yield Problem("target.log_retention", message, "use 30")
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", target.publisher_email) or len(target.publisher_email) > 100:
        message = f"{target.publisher_email!r} is no address of at most 100 characters"
        yield Problem("target.publisher_email", message, "write it as 'api@example.com'")
    if target.publisher_name is not None and not 1 <= len(target.publisher_name) <= 100:
        message = "API Management takes 1 to 100 characters"
        yield Problem("target.publisher_name", message, "use a shorter one, or leave it out for the Api's name")


def of_plan(plan: Plan) -> Iterator[Problem]:
    """More operations than one service takes; paths that it would take for one another."""
    count = sum(len(ROUTE_METHODS) if route.method == "ANY" else 1 for route in plan.routes)
    if count > OPERATIONS:
        message = f"the routes come to {count} operations; API Management takes at most {OPERATIONS} "
        message += "(API Management service limits: API operations, Consumption)"
        yield Problem("api.routes", message, "name the methods instead of ANY, or make two Apis of it")
    for route in plan.routes:
        if any("*" in segment for segment in route.path.split("/")):
            message = f"{route.path} has a '*': in API Management's URL templates that is a wildcard"
            yield Problem(f"{route.where}.path", message, "leave the '*' out")
        text = operations.template(route.path)
        if len(text) > 1000:
            message = f"the path has {len(text)} characters; API Management takes at most 1000 (REST API: urlTemplate)"
            yield Problem(f"{route.where}.path", message, "use a shorter one")
