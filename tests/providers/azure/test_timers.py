"""Timers: whenever a cron expression is due in its zone, the timer in UTC runs; judged minute by minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sls_infra.providers.azure.timers import ncrontab, offsets_of
from sls_infra.runtime import cron

ZONES = (
    "UTC", "Europe/Berlin", "Europe/London", "America/New_York", "America/St_Johns", "America/Sao_Paulo",
    "Australia/Lord_Howe", "Australia/Adelaide", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Tokyo", "Pacific/Apia",
    "Pacific/Kiritimati", "Pacific/Chatham", "Pacific/Pago_Pago", "Africa/Casablanca", "Africa/Cairo",
    "America/Havana", "Asia/Beirut", "Antarctica/Troll",
)  # fmt: skip
CRONS = (
    "0 3 * * *", "30 2 * * *", "0 0 1 * *", "59 23 31 12 *", "*/15 9-17 * * MON-FRI", "0 12 29 2 *", "15 1 * 3,10 SUN",
    "0 0 * * 1", "45 23 28-31 * *", "0 1 13 * FRI",
)  # fmt: skip


def expanded(field: str, first: int, last: int) -> set[int]:
    """A field of NCRONTAB, as Azure's page on timers describes it."""
    found: set[int] = set()
    for part in field.split(","):
        low, dash, high = part.partition("-")
        found |= set(range(first, last + 1)) if part == "*" else set(range(int(low), int(high if dash else low) + 1))
    return found


def runs_at(expression: str) -> tuple[set[int], ...]:
    """Its fields, each within what Azure takes."""
    fields = expression.split(" ")
    assert len(fields) == 6
    bounds = ((0, 59), (0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
    sets = tuple(expanded(field, *bound) for field, bound in zip(fields, bounds, strict=True))
    for values, (low, high) in zip(sets, bounds, strict=True):
        assert values
        assert low <= min(values) <= max(values) <= high
    return sets


def fires(sets: tuple[set[int], ...], moment: datetime) -> bool:
    """Of day of month and day of week, both must fit."""
    seconds, minutes, hours, days, months, weekdays = sets
    return (
        0 in seconds
        and moment.minute in minutes
        and moment.hour in hours
        and moment.day in days
        and moment.month in months
        and moment.isoweekday() % 7 in weekdays
    )


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("text", CRONS)
def test_a_timer_runs_whenever_it_is_due_over_years(zone: str, text: str) -> None:
    expression, known = cron.parse(text), ZoneInfo(zone)
    sets = runs_at(ncrontab(expression, zone))
    moment, last, due = datetime(2025, 1, 1, tzinfo=UTC), datetime(2029, 3, 1, tzinfo=UTC), 0
    while due < 300:
        found = expression.next_after(moment, known)
        if found is None or found > last:
            break
        assert expression.due(found, known)
        assert fires(sets, found), f"due at {found}, and the timer {sets} does not run"
        moment, due = found, due + 1
    assert due


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
def test_each_minute_around_a_change_of_the_clocks(zone: str) -> None:
    """Each that is due runs, none that is not due is let through, and by the clock it is once a day."""
    expression, known = cron.parse("*/30 1-3 * * *"), ZoneInfo(zone)
    sets = runs_at(ncrontab(expression, zone))
    let_through: dict[tuple[int, int], set[tuple[int, int]]] = {}
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for minute in range(0, 365 * 24 * 60, 15):
        moment = start + timedelta(minutes=minute)
        if expression.due(moment, known):
            assert fires(sets, moment)
            local = moment.astimezone(known)
            day = let_through.setdefault((local.month, local.day), set())
            assert (local.hour, local.minute) not in day, "twice by the clock"
            day.add((local.hour, local.minute))
    assert {len(times) for times in let_through.values()} - {6}, "in spring, times are skipped"
    assert max(len(times) for times in let_through.values()) == 6


FIELDS = st.tuples(
    st.sampled_from(["0", "*/20", "7,31", "59"]),
    st.sampled_from(["0", "23", "*", "*/5", "2-4"]),
    st.sampled_from(["*", "1", "31", "28", "1,15", "29-31"]),
    st.sampled_from(["*", "2", "12", "1", "3,10"]),
    st.sampled_from(["*", "0", "6", "MON-FRI", "7"]),
)


@given(FIELDS, st.sampled_from(ZONES), st.integers(0, 3 * 365))
@settings(max_examples=150, deadline=None)
def test_any_expression_in_any_zone(fields: tuple[str, ...], zone: str, day: int) -> None:
    try:
        expression = cron.parse(" ".join(fields))
    except ValueError:
        return
    sets = runs_at(ncrontab(expression, zone))
    found = expression.next_after(datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=day), ZoneInfo(zone))
    assert found is None or fires(sets, found)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("0 3 * * *", "0 0 3 * * *"),
        ("*/15 9-17 * * MON-FRI", "0 0,15,30,45 9-17 * * 1-5"),
        ("0 0 1,15 * *", "0 0 0 1,15 * *"),
        ("* * * * *", "0 * * * * *"),
        ("0 0 * * 7", "0 0 0 * * 0"),
        ("0 1 13 * FRI", "0 0 1 * * *"),
    ],
)
def test_in_utc_it_is_the_same_expression(text: str, written: str) -> None:
    assert ncrontab(cron.parse(text), "UTC") == written


def test_a_zone_costs_no_more_calls_than_it_has_offsets() -> None:
    assert ncrontab(cron.parse("0 3 * * *"), "Europe/Berlin") == "0 0 1-2 * * *"
    assert ncrontab(cron.parse("0 3 * * *"), "Asia/Kolkata") == "0 30 21 * * *"
    assert ncrontab(cron.parse("0 0 1 * *"), "Europe/Berlin") == "0 0 22-23 28-31 * *"
    assert offsets_of("Australia/Lord_Howe") == {630, 660}
