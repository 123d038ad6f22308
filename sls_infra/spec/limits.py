"""How often: rate limits and quotas."""

from __future__ import annotations

from dataclasses import KW_ONLY

from pydantic.dataclasses import dataclass

from .base import CONFIG, Spec
from .values import CountedBy, Period, QuotaPeriod


@dataclass(frozen=True, config=CONFIG)
class RateLimit(Spec):
    """A token bucket: `requests` a `per` on average, `burst` of them at once. Over it, callers get 429.

    In any window it lets through at most `requests + burst`.
    """

    requests: int
    """Calls let through in each `per`, on average; at least 1."""
    _: KW_ONLY
    per: Period = "second"
    """The window: "second", "minute", "hour" or "day"."""
    burst: int | None = None
    """Calls that may come at once (the bucket's size); default: `requests`."""
    by: CountedBy = "route"
    """Who is counted: "route" (all callers of a route together), "client" (each by its key or its token's subject), or
    "ip" (each address). What stands with a client of an `ApiKey` counts that client, over all routes of its key."""


@dataclass(frozen=True, config=CONFIG)
class Quota(Spec):
    """How many calls a client of an `ApiKey` has in a calendar window."""

    requests: int
    """Calls in each `per`; at least 1."""
    _: KW_ONLY
    per: QuotaPeriod = "month"
    """The window, in UTC: "day", "week" (from Monday) or "month"."""
