"""How often a route may be called: the generic cell rate algorithm (GCRA), of throttled-py, in memory."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import timedelta

from throttled import MemoryStore, RateLimiterType, Throttled
from throttled.rate_limiter import Quota, Rate

from .model import LimitSpec


class Limiter:
    """One limit, counted for itself."""

    def __init__(self, spec: LimitSpec) -> None:
        self.spec = spec
        self._throttled = Throttled(
            key="all",
            using=RateLimiterType.GCRA.value,
            quota=Quota(Rate(timedelta(seconds=spec.seconds), spec.requests), spec.burst),
            store=MemoryStore(),
        )

    def take(self) -> int | None:
        """Counts a call. None where it may pass, else after how many whole seconds, at least 1, it is worth a retry."""
        result = self._throttled.limit()
        if not result.limited:
            return None
        return max(1, math.ceil(result.state.retry_after))


def limiters(
    limits: Iterable[tuple[str, LimitSpec | None]], before: Mapping[str, Limiter] | None = None
) -> dict[str, Limiter]:
    """A limiter a limited route. Those of `before` whose limit is the same go on counting where they are."""
    made = {}
    for route, spec in limits:
        if spec is not None:
            kept = (before or {}).get(route)
            made[route] = kept if kept is not None and kept.spec == spec else Limiter(spec)
    return made
