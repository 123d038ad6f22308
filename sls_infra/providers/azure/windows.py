"""Limits as API Management's `rate-limit-by-key` counts them, or none where it can't. No SDK is imported.

What the contract grants is a token bucket: it lets through at most `burst + requests / seconds * t` calls in any time
`t`. The v2 tiers count by a token bucket, too: of `calls` at first, refilled by `calls` in each `renewal-period`, which
is a whole number of seconds and at most 300 ("Limit call rate by key", usage notes: v2 tiers). It lets through at most
`calls + calls / period * t`, and so do the sliding windows of the classic tiers. So nobody gets more than was granted
where

    calls ≤ burst   and   calls / period ≤ requests / seconds

Of those the fastest is taken, and of the fastest the one with most calls at once:

    100 a second                →  100 in   1 s   the same
    100 a second, burst 200     →  200 in   2 s   the same
    100 a second, burst  50     →   50 in   1 s   half as fast: there is no period below a second
    100 a minute, burst  10     →   10 in   6 s   the same
   1000 an hour                 →   80 in 288 s   as fast; 80 at once, not 1000
     11 an hour                 →   none          less than one in 300 s
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from ...plan.model import LimitPlan

LONGEST = 300
"""Seconds of the longest period."""


@dataclass(frozen=True, slots=True)
class Window:
    """So many calls in so many seconds."""

    calls: int
    seconds: int


def window(limit: LimitPlan) -> Window | None:
    """What is counted for a limit; None where not even one call in the longest period would be within it."""
    rate = Fraction(limit.requests, limit.seconds)
    fitting = [
        Window(calls, seconds)
        for seconds in range(1, LONGEST + 1)
        if (calls := min(limit.burst, int(rate * seconds))) > 0
    ]
    return max(fitting, key=lambda each: (Fraction(each.calls, each.seconds), each.calls), default=None)
