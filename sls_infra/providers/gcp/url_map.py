"""Which function a load balancer sends a request to: lines of a URL map, tried in order."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import groupby

from ...plan.model import Plan, RoutePlan
from .paths import by_precedence, literal, rank

WILDCARDS, TEMPLATE, FULL = 5, 255, 1024
"""The most wildcards of a path template, and characters of one and of a whole path (Compute Engine API, `urlMaps`:
`pathTemplateMatch`, `fullPathMatch`)."""
APART = "*="
"""Characters of a literal segment that a path template has no way to hold (Envoy, `uri_template`, which the load
balancer is made of)."""


@dataclass(frozen=True, slots=True)
class Match:
    """A request that is meant: one of a method, at a path."""

    method: str | None
    """None: any."""
    path: str
    template: bool
    """Whether the path has wildcards."""


@dataclass(frozen=True, slots=True)
class Line:
    """What goes to a function: whatever fits one of the matches."""

    function: str
    matches: tuple[Match, ...]


def lines(plan: Plan) -> tuple[str, list[Line]]:
    """The function that gets what no line takes, and the lines. One function alone needs none.

    The order is that of the runtime's matcher, so that the first line that fits is of the function whose route it is.
    The function with the most routes is the one that gets the rest, unknown paths among it: its runtime answers 404.
    """
    rest = Counter(route.function for route in plan.routes).most_common(1)[0][0]
    grouped = groupby(by_precedence(plan.routes), key=lambda route: route.function)
    found = [Line(function, tuple(each for route in routes for each in matches(route))) for function, routes in grouped]
    if found[-1].function == rest:
        found.pop()
    return rest, found


def matches(route: RoutePlan) -> tuple[Match, ...]:
    """The matches of a route. `**` takes no segment too, where a greedy parameter takes at least one: so that is `*`,
    or `*` with a slash and anything behind it."""
    method = None if route.method == "ANY" else route.method
    path = "/".join("*" if rank(segment) else literal(segment) for segment in route.path.split("/"))
    found = Match(method, path, "{" in route.path)
    return (found, Match(method, f"{path}/**", True)) if route.path.endswith("+}") else (found,)


def unsaid(route: RoutePlan) -> str:
    """Why a URL map can't tell a route's requests; empty where it can."""
    longest = matches(route)[-1]
    if not longest.template:
        return f"it has over {FULL} characters on the wire" if len(longest.path) > FULL else ""
    if any(char in segment for segment in route.path.split("/") if not rank(segment) for char in APART):
        return f"it has parameters, and one of {' '.join(APART)} in a literal segment"
    if longest.path.count("*") > WILDCARDS + longest.path.endswith("**"):
        return f"it has more parameters than the {WILDCARDS} wildcards of a path template (a greedy one takes two)"
    return f"it has over {TEMPLATE} characters on the wire" if len(longest.path) > TEMPLATE else ""
