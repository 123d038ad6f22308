"""The cron dialect as EventBridge Scheduler writes it. Data only, no SDK is imported.

Six fields with a year; of both days exactly one is `?`; days of the week are 1 to 7 from Sunday
(docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html, "Cron-based schedules").
"""

from __future__ import annotations

from collections.abc import Iterable

from ...runtime.cron import Cron


def expression(cron: Cron) -> str:
    """`0 3 * * MON` → `cron(0 3 ? * 2 *)`. Raises ValueError where either of two days suffices: EventBridge has no such
    thing, and `event.schedule.either_day` is refused before."""
    if cron.either_day:
        raise ValueError(f"{cron.text!r}: EventBridge takes one of both days")
    days = "?" if not cron.any_weekday else _field(cron.days, 1, 31)
    weekdays = "?" if cron.any_weekday else _field({day + 1 for day in cron.weekdays}, 1, 7)
    fields = (_field(cron.minutes, 0, 59), _field(cron.hours, 0, 23), days, _field(cron.months, 1, 12), weekdays, "*")
    return f"cron({' '.join(fields)})"


def _field(values: Iterable[int], low: int, high: int) -> str:
    """A list of values and ranges; no steps, which vendors count from different starts."""
    known = sorted(values)
    if known == list(range(low, high + 1)):
        return "*"
    runs: list[list[int]] = []
    for value in known:
        if runs and value == runs[-1][-1] + 1:
            runs[-1].append(value)
        else:
            runs.append([value])
    return ",".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)
