"""Cron expressions as Azure's timers take them: NCRONTAB, six fields, in UTC.

A Flex Consumption app has no WEBSITE_TIME_ZONE (Azure Functions: "Timer trigger", NCRONTAB time zones), so that the
timer runs at every UTC time at which the expression may be due, at whatever offset its zone has, and the runtime lets
through those at which it is (`runtime.cron.Cron.due`). It does likewise where day of month and day of week are both
restricted: for NCRONTAB both must fit, for cron either.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from ...runtime.cron import Cron

FIRST, LAST = datetime(2024, 1, 1, tzinfo=UTC), datetime(2038, 1, 1, tzinfo=UTC)
"""Between them are a zone's offsets looked for: fixed, so that no deployment changes for the day that it is made on."""
DAY = 24 * 60
ALL_DAYS, ALL_MONTHS, ALL_WEEKDAYS = frozenset(range(1, 32)), frozenset(range(1, 13)), frozenset(range(7))


def ncrontab(cron: Cron, timezone: str) -> str:
    """The expression of a timer that runs at least whenever `cron` is due in that time zone."""
    offsets = offsets_of(timezone)
    times = [hour * 60 + minute for hour in cron.hours for minute in cron.minutes]
    shifted = {time - offset for time in times for offset in offsets}
    shifts = {time // DAY for time in shifted}
    days, months, weekdays = _dates(cron, shifts)
    fields = (
        _written({time % 60 for time in shifted}, range(60)),
        _written({time % DAY // 60 for time in shifted}, range(24)),
        _written(days, ALL_DAYS),
        _written(months, ALL_MONTHS),
        _written(weekdays, ALL_WEEKDAYS),
    )
    return " ".join(("0", *fields))


@lru_cache
def offsets_of(timezone: str) -> frozenset[int]:
    """How many minutes a zone's clocks may be ahead of UTC."""
    if timezone == "UTC":
        return frozenset({0})
    zone = ZoneInfo(timezone)
    found: set[int] = set()
    moment = FIRST
    while moment < LAST:
        offset = moment.astimezone(zone).utcoffset()
        assert offset is not None
        found.add(round(offset.total_seconds()) // 60)
        moment += timedelta(days=1)  # none is kept for less
    return frozenset(found)


def _dates(cron: Cron, shifts: set[int]) -> tuple[frozenset[int], frozenset[int], frozenset[int]]:
    """Days, months and days of the week in UTC. `shifts`: how many days UTC's may be after the local one."""
    if cron.either_day:
        days, weekdays = ALL_DAYS, ALL_WEEKDAYS
    else:
        days = ALL_DAYS if cron.any_day else frozenset(day for shift in shifts for day in _moved(cron.days, shift))
        weekdays = frozenset((day + shift) % 7 for shift in shifts for day in cron.weekdays)
    months = cron.months
    if -1 in shifts:
        months |= {(month - 2) % 12 + 1 for month in cron.months}
    if 1 in shifts:
        months |= {month % 12 + 1 for month in cron.months}
    return days, months, weekdays


def _moved(days: Iterable[int], shift: int) -> Iterable[int]:
    """Days of the month that may be the one before (-1) or after (1) one of these, or itself."""
    for day in days:
        if shift == 0:
            yield day
        elif shift < 0:
            yield from (28, 29, 30, 31) if day == 1 else (day - 1,)
        else:
            yield from (day + 1, 1) if 28 <= day < 31 else (1,) if day == 31 else (day + 1,)


def _written(values: Iterable[int], every: Iterable[int]) -> str:
    """A field: a star, or numbers and ranges of them."""
    numbers = sorted(values)
    if set(numbers) == set(every):
        return "*"
    parts: list[str] = []
    start = previous = numbers[0]
    for number in [*numbers[1:], None]:
        if number is not None and number == previous + 1:
            previous = number
            continue
        parts.append(str(start) if start == previous else f"{start}-{previous}")
        if number is not None:
            start = previous = number
    return ",".join(parts)
