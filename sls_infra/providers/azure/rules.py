"""What a table of bounds cannot say of a Plan on Azure: what API Management would refuse, or misread."""

from __future__ import annotations

from collections.abc import Iterator

from ...errors import Problem, SpecError
from ...plan.model import Plan, RoutePlan
from ...plan.resolve import ROUTE_METHODS
from ...spec.values import is_output
from . import policies, policy
from .operations import template
from .tokens import Token, way

OPERATIONS = 3000
UNKNOWN = "https://" + "x" * 56
"""Stands for an issuer or audience that only the deployment knows: about as long as one."""


def paths(plan: Plan) -> Iterator[Problem]:
    """URL templates: how long they may be, and what they take for a wildcard or for one another."""
    first: dict[tuple[str, str], RoutePlan] = {}
    for route in plan.routes:
        text = template(route.path)
        if any("*" in segment for segment in route.path.split("/")):
            message = f"{route.path} has a '*': in API Management's URL templates that is a wildcard"
            yield Problem(f"{route.where}.path", message, "leave the '*' out")
        if len(text) > 1000:
            message = f"the path has {len(text)} characters; API Management takes at most 1000 (REST API: urlTemplate)"
            yield Problem(f"{route.where}.path", message, "use a shorter one")
        for method in _methods(route):
            other = first.setdefault((method, text.lower()), route)
            if template(other.path) != text:
                message = (
                    f"{route.path} and {other.path} differ in case alone, which API Management does not tell apart"
                )
                yield Problem(f"{route.where}.path", message, "use another word for one of them")
                break


def operations(plan: Plan) -> Iterator[Problem]:
    """More of them than one service takes: a method of a path is one."""
    count = sum(len(_methods(route)) for route in plan.routes)
    if count > OPERATIONS:
        message = f"the routes come to {count} operations; API Management takes at most {OPERATIONS} "
        message += "(API Management service limits: API operations, Consumption)"
        yield Problem("api.routes", message, "name the methods instead of ANY, or make two Apis of it")


def sizes(plan: Plan) -> Iterator[Problem]:
    """A policy that is larger than the tier takes, as far as can be told before the deployment."""
    tokens = {
        token.name: way(
            Token(
                issuer=_known(token.issuer),
                audience=tuple(map(_known, token.audience)),
                algorithms=token.algorithms,
                leeway=token.leeway,
                scheme=token.scheme,
            )
        )
        for token in plan.jwts
    }
    try:
        policy.written(policies.of_api(plan, tokens), "api")
    except SpecError as error:
        yield from error.problems


def _known(value: object) -> str:
    return UNKNOWN if is_output(value) else str(value)


def _methods(route: RoutePlan) -> tuple[str, ...]:
    return ROUTE_METHODS if route.method == "ANY" else (route.method,)
