"""What a table of bounds cannot say of a Plan on Azure: what API Management would refuse, or misread."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from ...errors import Problem, SpecError
from ...plan.model import Plan, RoutePlan
from ...plan.resolve import ROUTE_METHODS
from ...spec.values import is_output
from . import clients, policies, policy, verified
from .operations import template
from .tier import CONSUMPTION, Tier
from .tokens import Token, way

Rule = Callable[[Plan], Iterable[Problem]]
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


def operations(tier: Tier) -> Rule:
    """More of them than one API takes: a method of a path is one."""

    def rule(plan: Plan) -> Iterator[Problem]:
        count = sum(len(_methods(route)) for route in plan.routes) + (2 if plan.cors is not None else 0)
        if count > tier.operations:
            most = f"{tier.operations}, and Consumption, which counts nothing, {CONSUMPTION.operations}"
            message = f"the routes come to {count} operations; API Management {tier.title} takes at most "
            message += f"{most if tier.counts else tier.operations} ({tier.source}: API operations)"
            fix = "name the methods instead of ANY, or make two Apis of it"
            yield Problem("api.routes", message, f"{fix}, or leave limits out" if tier.counts else fix)

    return rule


def sizes(tier: Tier) -> Rule:
    """A policy that is larger than the tier takes, as far as can be told before the deployment."""

    def rule(plan: Plan) -> Iterator[Problem]:
        ways = {
            token.name: way(
                Token(
                    issuer=_known(token.issuer),
                    audience=tuple(map(_known, token.audience)),
                    algorithms=token.algorithms,
                    leeway=token.leeway,
                    scheme=token.scheme,
                )
            )
            for token in verified.tokens(plan)
        }
        if tier.counts:
            ways |= {key.name: clients.way(key) for key in verified.counted_keys(plan)}
        try:
            policy.written(policies.of_api(plan, ways, tier), "api", tier)
        except SpecError as error:
            yield from error.problems

    return rule


def _known(value: object) -> str:
    return UNKNOWN if is_output(value) else str(value)


def _methods(route: RoutePlan) -> tuple[str, ...]:
    return ROUTE_METHODS if route.method == "ANY" else (route.method,)
