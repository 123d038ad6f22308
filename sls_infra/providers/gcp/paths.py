"""Paths as they are on the wire, and which of two routes comes first where a request fits both."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from ...plan.model import RoutePlan

SAFE = "-._~!$&'()*+,;=:@"
"""What is not encoded, of what a segment may hold (RFC 3986)."""


def literal(segment: str) -> str:
    """A literal segment as clients send it: what is not ASCII is percent-encoded, in capitals."""
    return quote(segment, safe=SAFE)


def by_precedence(routes: Iterable[RoutePlan]) -> list[RoutePlan]:
    """The first that takes both method and path is the one that the runtime's matcher finds: from left to right a
    literal comes before a parameter, and that before a greedy one; then an exact method before ANY."""
    return sorted(routes, key=lambda route: (_ranks(route.path), route.method == "ANY", route.path, route.method))


def _ranks(path: str) -> list[tuple[int, str]]:
    return [(rank(segment), "" if rank(segment) else segment) for segment in path.split("/")]


def rank(segment: str) -> int:
    """0 for a literal, 1 for a parameter, 2 for a greedy one."""
    return 0 if not segment.startswith("{") else 2 if segment.endswith("+}") else 1


def overlap(one: RoutePlan, other: RoutePlan) -> bool:
    """Whether a request may fit both."""
    if one.method != other.method and "ANY" not in (one.method, other.method):
        return False
    ours, theirs = one.path.split("/"), other.path.split("/")
    for mine, its in zip(ours, theirs, strict=False):
        if 2 in (rank(mine), rank(its)):
            return True
        if rank(mine) == rank(its) == 0 and mine != its:
            return False
    return len(ours) == len(theirs)
