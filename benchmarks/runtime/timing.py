"""Times calls in turns within one process."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable

TURNS, CALLS = 60, 500


def medians(subjects: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Microseconds a call, by subject."""
    taken: dict[str, list[float]] = {name: [] for name in subjects}
    for _ in range(TURNS):
        for name, call in subjects.items():
            start = time.perf_counter()
            for _ in range(CALLS):
                call()
            taken[name].append((time.perf_counter() - start) / CALLS * 1e6)
    return {name: statistics.median(times) for name, times in taken.items()}


def show(subjects: dict[str, Callable[[], object]]) -> None:
    """Prints them as JSON."""
    print(json.dumps(medians(subjects)))
