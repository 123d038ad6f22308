"""How often: token buckets, by the generic cell rate algorithm (GCRA), in memory.

In any window W a bucket lets through at most `burst + W * requests / seconds` calls. Times are whole nanoseconds of the
monotonic clock, and the time between two calls is rounded up: never a call too many by a rounding error.

Who asks whether a call may pass (`wait`) and who counts it (`charge`) are apart, so that several limits can be asked
before any is charged. Both are called without anything between them in which another call could come first.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping

from .model import LimitSpec

SECOND = 1_000_000_000

MOST = 100_000
"""Callers that a limit counts one by one. Those who come beyond that share one bucket until others have been idle long
enough to be forgotten: stricter, and never a call more."""

_FIRST_SWEEP = 1024


class Limiter:
    """One limit: a bucket for each who is counted by it. An idle one is full, and needs no memory."""

    __slots__ = ("_between", "_due", "_size", "_sweep_at", "_swept", "most", "spec")

    def __init__(self, spec: LimitSpec, most: int = MOST) -> None:
        self.spec = spec
        self.most = most
        self._between = math.ceil(spec.seconds * SECOND / spec.requests)
        self._size = (spec.burst - 1) * self._between
        self._due: dict[str, int] = {}
        """When a bucket would be full again, of those that are not."""
        self._sweep_at = _FIRST_SWEEP
        self._swept = 0

    def wait(self, who: str, now: int) -> int:
        """Nanoseconds after which a call may pass; 0: now."""
        due = self._due.get(who)
        if due is None:
            if len(self._due) < self._sweep_at or self._roomy(now):
                return 0
            due = self._due.get("", 0)
        return max(0, due - now - self._size)

    def charge(self, who: str, now: int) -> None:
        """Counts a call that `wait` let pass."""
        due = self._due.get(who)
        if due is None and len(self._due) >= self.most:
            who, due = "", self._due.get("", 0)
        self._due[who] = self._between + (due if due is not None and due > now else now)

    def _roomy(self, now: int) -> bool:
        """Whether one more can be counted by itself, once the idle ones are forgotten."""
        if len(self._due) < self.most or now - self._swept > SECOND:
            self._swept = now
            self._due = {who: due for who, due in self._due.items() if due > now}
            self._sweep_at = min(self.most, max(_FIRST_SWEEP, 2 * len(self._due)))
        return len(self._due) < self.most

    def __len__(self) -> int:
        return len(self._due)


class Limiters:
    """The limits of a site. Those that the site before it had too go on counting where they are."""

    def __init__(self, before: Mapping[tuple[Hashable, LimitSpec], Limiter] | None = None) -> None:
        self._before = before or {}
        self.made: dict[tuple[Hashable, LimitSpec], Limiter] = {}

    def of(self, owner: Hashable, spec: LimitSpec) -> Limiter:
        """The limiter of an owner, a route or a client, for a limit of it."""
        key = (owner, spec)
        if key not in self.made:
            self.made[key] = self._before.get(key) or Limiter(spec)
        return self.made[key]


def seconds(nanoseconds: int) -> int:
    """Whole seconds, at least 1, after which it is worth a retry."""
    return max(1, -(-nanoseconds // SECOND))
