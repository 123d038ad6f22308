"""Mistakes in limits: how often."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..errors import Problem
from ..spec.api import Api
from ..spec.auth import Public, Webhook
from ..spec.limits import Quota, RateLimit
from ..spec.values import as_tuple
from .resolve import SECONDS, resolve

QUOTA_WINDOWS = ("day", "week", "month")


def check_limits(api: Api) -> Iterator[Problem]:
    """Every mistake in the rate limits of routes, and in what the Api says for all of them."""
    for where, limit in _each("api.rate_limit", api.rate_limit):
        yield from check_limit(where, limit)
    for index, route in enumerate(api.routes):
        for where, limit in _each(f"api.routes[{index}].rate_limit", route.rate_limit):
            yield from check_limit(where, limit)
    yield from _clients(api)


def _clients(api: Api) -> Iterator[Problem]:
    """Limits by client where callers are not known."""
    for index, (route, planned) in enumerate(zip(api.routes, resolve(api).routes, strict=True)):
        if not planned.limit_by("client"):
            continue
        where = f"api.routes[{index}].rate_limit" if route.rate_limit is not None else "api.rate_limit"
        ways = as_tuple(route.auth if route.auth is not None else api.auth)
        for kind in (Public, Webhook):
            if any(isinstance(way, kind) for way in ways):
                message = f"{route.method} {route.path} counts by client, and who comes by {kind.__name__} is none"
                yield Problem(where, message, "count by='ip' or by='route' on this route")


def _each(where: str, value: Any) -> Iterator[tuple[str, RateLimit]]:
    items = as_tuple(value)
    for index, item in enumerate(items):
        yield (f"{where}[{index}]" if isinstance(value, tuple) else where), item


def check_limit(where: str, limit: RateLimit) -> Iterator[Problem]:
    """Every mistake in a rate limit."""
    if limit.requests < 1:
        fix = "use at least 1; a route that nobody may call is left out"
        yield Problem(f"{where}.requests", f"{limit.requests} requests let nobody in", fix)
    if limit.burst is not None and limit.burst < 1:
        yield Problem(f"{where}.burst", f"a burst of {limit.burst} lets nobody in", "use at least 1, or leave it out")
    if limit.per not in SECONDS:
        yield Problem(f"{where}.per", f"{limit.per!r} is no window", f"use one of {', '.join(SECONDS)}")
    if limit.by not in ("route", "client", "ip"):
        yield Problem(f"{where}.by", f"{limit.by!r} can't be counted by", "use 'route', 'client' or 'ip'")


def check_quota(where: str, quota: Quota) -> Iterator[Problem]:
    """Every mistake in a quota."""
    if quota.requests < 1:
        fix = "use at least 1; a client that may not call is left out"
        yield Problem(f"{where}.requests", f"{quota.requests} requests let nobody in", fix)
    if quota.per not in QUOTA_WINDOWS:
        yield Problem(f"{where}.per", f"{quota.per!r} is no window", f"use one of {', '.join(QUOTA_WINDOWS)}")
