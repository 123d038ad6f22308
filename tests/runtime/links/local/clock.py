"""Time that stands until a test moves it."""

from __future__ import annotations


class Clock:
    """Seconds since 1970."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def pass_(self, seconds: float) -> None:
        """Lets so many seconds pass."""
        self.now += seconds
