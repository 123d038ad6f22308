"""Rate limits as Cloud Armor counts them: so many calls an interval, for calls that an expression picks out."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from ...plan.model import LimitPlan, Plan, RoutePlan
from .paths import by_precedence, literal, overlap

INTERVALS = (10, 30, 60, 120, 180, 240, 270, 300, 600, 900, 1200, 1800, 2700, 3600)
"""Seconds: those that a rule takes (Cloud Armor, "Rate limiting overview": threshold; `gcloud compute
security-policies rules create --rate-limit-threshold-interval-sec`)."""
MOST = 1_000_000
"""Calls an interval (Cloud Armor, "Rate limiting overview": throttle)."""
EXPRESSION, PART = 2048, 1024
"""Characters of an expression and of each of its conditions (Cloud Armor, "Quotas and limits")."""
STRANGE = r"request.path.matches('(^|/)[.][.]?(/|$)|//|\\\\|%2[eEfF]|%5[cC]')"
"""Paths that no route takes, since the runtime answers them by 404, and that something on the way could make one of."""


def threshold(limit: LimitPlan) -> tuple[int, int] | None:
    """Calls and seconds of the interval that count a limit; None where no interval does.

    The contract is a token bucket: `requests` a window on average, and at most `requests + burst` in any one window.
    Cloud Armor counts whole intervals, in buckets that nobody can see the edges of: in the worst case a window of W
    seconds touches ceil(W / I) + 1 intervals of I seconds, each with `count` calls. So an interval will do where

    - `count` = requests * I / W, rounded down, is at least 95 % of that: the average rate is as it was asked for, or a
      little stricter, and
    - (ceil(W / I) + 1) * count <= requests + burst, which keeps the contract.

    Of those the longest is taken: the shorter ones refuse callers who come in bursts that the bucket would let through.

    - 60 a minute: I = 60, 60 calls; in a minute at most 2 * 60 = 60 + 60.
    - 1,000 a day: I = 3600, 41 calls; in a day at most 25 * 41 = 1,025 of the 2,000 that the contract allows.
    - 100 a second: I = 10 would let 1,000 through in one second, not 200: no interval. With burst=2000 it is one,
      since 2 * 1,000 <= 100 + 2,000. (100 calls in 10 seconds would never be too many, and a tenth of what was asked
      for: that is another limit, and is left to whoever writes the spec.)
    """
    for interval in reversed(INTERVALS):
        count, rest = divmod(limit.requests * interval, limit.seconds)
        touched = math.ceil(limit.seconds / interval) + 1
        near = rest * 20 <= limit.requests * interval
        if near and 1 <= count <= MOST and touched * count <= limit.requests + limit.burst:
            return count, interval
    return None


def picked(plan: Plan) -> Iterator[tuple[RoutePlan, LimitPlan | None]]:
    """The routes that the policy has a rule for, in the order in which rules are tried: those with a limit, and those
    without one that would else be taken for a less specific one with a limit."""
    routes = by_precedence(plan.routes)
    for at, route in enumerate(routes):
        if route.limits:
            yield route, route.limits[0]
        elif any(other.limits and overlap(route, other) for other in routes[at + 1 :]):
            yield route, None


def expression(route: RoutePlan) -> str:
    """What is true of the calls of a route, in Cloud Armor's rules language, a subset of CEL with RE2 ("Configure
    custom rules language attributes"). A path can't get out of its text: of all characters that one may hold, once
    percent-encoded, the apostrophe alone means something in a text of CEL, and no backslash is among them."""
    path = f"request.path.matches('{pattern(route.path)}')" if "{" in route.path else _equals(route.path)
    return path if route.method == "ANY" else f"request.method == '{route.method}' && {path}"


def _equals(path: str) -> str:
    return f"request.path == '{_text('/'.join(map(literal, path.split('/'))))}'"


def pattern(path: str) -> str:
    """The paths that a route takes, as RE2 and in a text of CEL: whole ones, as they are on the wire."""
    return "^" + "/".join(_part(segment) for segment in path.split("/")) + "$"


def _part(segment: str) -> str:
    if segment.startswith("{"):
        return "[^/].*" if segment.endswith("+}") else "[^/]+"
    return _text(re.sub(r"[.$()*+]", lambda found: f"[{found[0]}]", literal(segment)))


def _text(text: str) -> str:
    return text.replace("'", "\\'")
