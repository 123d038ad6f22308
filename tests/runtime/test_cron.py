"""The cron dialect, judged by two libraries that are not ours: croniter and cronsim.

Where they mean something else, they are asked about what they and we mean alike:

* cronsim is Debian's cron: both days restricted means either, as here. It runs a fixed time that spring skips right
  after the gap, and one that autumn repeats once, but an hourly one in both hours; here the clock's skipped times are
  skipped and the second of two equal hours never counts. So in a time zone it is asked about days without a change.
* croniter's `day_or=True` is the same rule; its time zones follow the library's own, so it is asked in UTC.
* A step on a star in a day field (`*/2`) makes cronsim and Vixie's cron count the field as a star for the rule of
  "either"; here, as in POSIX's words, only `*` alone does. So it is asked about the days that such a step means.
* A range of one number, `5-5`, is a whole turn to both of them, and that number here: neither is asked about those.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

import pytest
from croniter import croniter
from cronsim import CronSim
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sls_infra.runtime import cron

BERLIN = ZoneInfo("Europe/Berlin")
YEARS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1))


def field(low: int, high: int, names: tuple[str, ...] = (), first: int = 0) -> st.SearchStrategy[str]:
    number = st.integers(low, high)
    named = st.sampled_from(names) if names else number.map(str)
    span = st.sets(number, min_size=2, max_size=2).map(lambda ends: f"{min(ends)}-{max(ends)}")
    stepped = st.tuples(span, st.integers(1, high)).map(lambda both: f"{both[0]}/{both[1]}")
    part = st.one_of(number.map(str), named, span, stepped)
    return st.one_of(st.just("*"), st.lists(part, min_size=1, max_size=3).map(",".join))


MINUTES = st.one_of(field(0, 59), st.integers(1, 59).map(lambda step: f"*/{step}"))
HOURS = st.one_of(field(0, 23), st.integers(1, 23).map(lambda step: f"*/{step}"))
MONTHS = field(1, 12, cron.MONTHS)
EXPRESSIONS = st.tuples(MINUTES, HOURS, field(1, 31), MONTHS, field(0, 6, cron.DAYS)).map(" ".join)


FEW = st.sampled_from(["0", "30", "*/20", "59", "1-3,40"])
"""Minutes; a judge that walks through hours of every minute would take long."""
FEW_TIMES = st.tuples(FEW, HOURS, field(1, 31), MONTHS, field(0, 6, cron.DAYS)).map(" ".join)


def parsed(text: str) -> cron.Cron:
    """The expression; one that is never due is left out."""
    try:
        return cron.parse(text)
    except ValueError as error:
        if "never due" not in str(error):
            raise
        assume(False)
        raise


def times(expression: cron.Cron, start: datetime, zone: ZoneInfo, count: int) -> list[datetime]:
    found: list[datetime] = []
    moment: datetime | None = start
    while len(found) < count and moment is not None:
        moment = expression.next_after(moment, zone)
        if moment is not None:
            found.append(moment)
    return found


@settings(max_examples=60)
@given(text=EXPRESSIONS, start=YEARS)
def test_in_utc_as_croniter_and_cronsim(text: str, start: datetime) -> None:
    start = start.replace(tzinfo=UTC)
    ours = times(parsed(text), start, ZoneInfo("UTC"), 5)
    assert ours == list(islice(CronSim(text, start), 5))
    judge = croniter(text, start, day_or=True)
    assert ours == [judge.get_next(datetime) for _ in range(5)]


@settings(max_examples=30)
@given(text=st.tuples(MINUTES, HOURS, st.sampled_from(["*/2", "*/5", "1-31"]), MONTHS, field(0, 6)), start=YEARS)
def test_a_step_in_a_day_is_a_restriction(text: tuple[str, ...], start: datetime) -> None:
    start = start.replace(tzinfo=UTC)
    expression = parsed(" ".join(text))
    ours = times(expression, start, ZoneInfo("UTC"), 3)
    plain = " ".join((*text[:2], ",".join(map(str, sorted(expression.days))), *text[3:]))
    assert ours == list(islice(CronSim(plain, start), 3))


@settings(max_examples=60)
@given(text=FEW_TIMES, start=YEARS, zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata"]))
def test_in_a_time_zone_as_cronsim_on_days_without_a_change(text: str, start: datetime, zone: str) -> None:
    place = ZoneInfo(zone)
    expression = parsed(text)
    day = start.replace(hour=0, minute=0, second=0, microsecond=0)
    assume(day.replace(tzinfo=place).utcoffset() == (day + timedelta(days=1)).replace(tzinfo=place).utcoffset())
    begin = (day - timedelta(minutes=1)).replace(tzinfo=place)
    end = (day + timedelta(days=1)).replace(tzinfo=place)
    assume(begin.utcoffset() == end.utcoffset())
    ours = [moment for moment in times(expression, begin.astimezone(UTC), place, 100) if moment < end]
    judged = [moment.astimezone(UTC) for moment in takewhile(lambda moment: moment < end, CronSim(text, begin))]
    assert ours == judged


@settings(max_examples=30)
@given(
    text=FEW_TIMES,
    day=st.sampled_from([datetime(2026, 3, 29), datetime(2026, 10, 25), datetime(2026, 3, 8), datetime(2026, 11, 1)]),
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"]),
)
def test_on_days_of_change_each_minute_of_the_clock_counts_once(text: str, day: datetime, zone: str) -> None:
    """By walking through every minute of the day in UTC, and looking at the clock on the wall."""
    place = ZoneInfo(zone)
    expression = parsed(text)
    start = day.replace(tzinfo=UTC) - timedelta(hours=14)
    seen: set[datetime] = set()
    walked = []
    for minute in range(1, 52 * 60):
        moment = start + timedelta(minutes=minute)
        wall = moment.astimezone(place).replace(tzinfo=None, fold=0)
        if wall not in seen and expression.matches(wall):
            walked.append(moment)
        seen.add(wall)
    end = start + timedelta(minutes=52 * 60 - 1)
    found = [moment for moment in times(expression, start, place, 52 * 5) if moment <= end]
    assert found == [moment for moment in walked if moment.astimezone(place).fold == 0]
    assert all(expression.due(moment, place) for moment in found)
    assert sum(expression.due(start + timedelta(minutes=minute), place) for minute in range(1, 52 * 60)) == len(found)


def test_a_time_that_spring_skips_is_skipped_and_one_that_autumn_repeats_comes_once() -> None:
    daily = cron.parse("30 2 * * *")
    spring = times(daily, datetime(2026, 3, 27, 12, tzinfo=UTC), BERLIN, 3)
    assert [moment.astimezone(BERLIN).strftime("%d %H:%M") for moment in spring] == ["28 02:30", "30 02:30", "31 02:30"]
    autumn = times(daily, datetime(2026, 10, 24, 12, tzinfo=UTC), BERLIN, 2)
    assert autumn == [datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 26, 1, 30, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "0 fields"), ("* * * *", "4 fields"), ("* * * * * *", "6 fields"), ("@daily", "1 fields"),
        ("60 * * * *", "minute '60' is not within"), ("* 24 * * *", "hour '24'"), ("* * 0 * *", "day of month '0'"),
        ("* * 32 * *", "day of month '32'"), ("* * * 13 *", "month '13'"), ("* * * * 8", "day of week '8'"),
        ("*/0 * * * *", "at least 1"), ("5/10 * * * *", "write 5-59/10"), ("10-5 * * * *", "ends before it starts"),
        ("L * * * *", "no number"), ("* * L * *", "no number"), ("* * 15W * *", "no number"),
        ("* * * * 5#2", "no number"), ("* * ? * *", "no number"), ("1, * * * *", "no number"),
        (", * * * *", "no number"), ("-1 * * * *", "no number"), ("1- * * * *", "no number"),
        ("*/ * * * *", "no number"), ("٣ * * * *", "no number"), ("99999 * * * *", "no number"),
        ("* * * SUN *", "no number"), ("* * * * JAN", "no number"), ("1.5 * * * *", "no number"),
        ("0 0 30 2 *", "never due"), ("0 0 31 4,6,9,11 *", "never due"), ("0 0 31 2 *", "never due"),
    ],
)  # fmt: skip
def test_what_is_no_expression_is_told(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words.replace("*", r"\*")):
        cron.parse(text)


@given(st.text("0123456789*/,-?#LWJANSUMO ", max_size=30))
def test_any_text_is_told_or_an_expression_for_croniter_too(text: str) -> None:
    try:
        expression = cron.parse(text)
    except ValueError:
        return
    croniter(expression.text)  # takes it, or raises


def test_rare_days() -> None:
    leap = cron.parse("0 0 29 2 *")
    assert leap.next_after(datetime(2097, 1, 1, tzinfo=UTC), UTC) == datetime(2104, 2, 29, tzinfo=UTC)
    assert cron.parse("0 0 30 2 MON").next_after(datetime(2026, 1, 1, tzinfo=UTC), UTC) == datetime(
        2026, 2, 2, tzinfo=UTC
    )
    assert cron.parse("* * * * *").next_after(datetime(9999, 12, 31, 23, 59, tzinfo=UTC), UTC) is None


def test_sunday_is_0_and_7_and_names_in_any_case() -> None:
    sundays = [cron.parse(f"0 0 * * {day}").weekdays for day in ("0", "7", "sun", "Sun", "6-7", "5-7/2")]
    assert sundays == [{0}, {0}, {0}, {0}, {6, 0}, {5, 0}]
