"""Time that passes when somebody sleeps, and not otherwise."""

from __future__ import annotations

import threading


class Time:
    """A clock and its sleep."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.pauses: list[float] = []
        self._lock = threading.Lock()

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.pauses.append(seconds)
            self.now += seconds
