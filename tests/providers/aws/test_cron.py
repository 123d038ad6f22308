"""Cron as EventBridge has it, judged by a parser of EventBridge's dialect that is none of ours."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyawscron import AWSCron  # type: ignore[import-untyped]

from sls_infra.providers.aws.cron import expression
from sls_infra.runtime.cron import Cron, parse

START = datetime(2027, 2, 27, 22, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("0 3 * * *", "cron(0 3 * * ? *)"),
        ("*/15 * * * *", "cron(0,15,30,45 * * * ? *)"),
        ("30 3 * * MON-FRI", "cron(30 3 ? * 2-6 *)"),
        ("0 0 * * 0", "cron(0 0 ? * 1 *)"),
        ("0 0 * * 7", "cron(0 0 ? * 1 *)"),
        ("0 0 * * 5-7", "cron(0 0 ? * 1,6-7 *)"),
        ("0 12 1,15 JAN-MAR *", "cron(0 12 1,15 1-3 ? *)"),
        ("5 4 29 2 *", "cron(5 4 29 2 ? *)"),
        ("0 0 * * 0-6", "cron(0 0 ? * * *)"),
    ],
)
def test_each_field_is_said_as_eventbridge_says_it(ours: str, theirs: str) -> None:
    assert expression(parse(ours)) == theirs


def test_either_of_two_days_has_no_expression() -> None:
    with pytest.raises(ValueError, match="one of both days"):
        expression(parse("0 0 13 * FRI"))


@st.composite
def fields(draw: st.DrawFn, low: int, high: int) -> str:
    kind = draw(st.sampled_from(["star", "step", "list", "range", "range_step"]))
    first = draw(st.integers(low, high))
    last = draw(st.integers(first, high))
    step = draw(st.integers(1, high))
    values = draw(st.lists(st.integers(low, high), min_size=1, max_size=6, unique=True))
    return {
        "star": "*",
        "step": f"{low}-{high}/{step}",
        "list": ",".join(map(str, values)),
        "range": f"{first}-{last}",
        "range_step": f"{first}-{last}/{step}",
    }[kind]


# The judge fails on days that a month does not have: those are by the examples above.
@st.composite
def crons(draw: st.DrawFn) -> Cron:
    minute, hour, month = draw(fields(0, 59)), draw(fields(0, 23)), draw(fields(1, 12))
    day, weekday = draw(st.one_of(st.tuples(fields(1, 28), st.just("*")), st.tuples(st.just("*"), fields(0, 7))))
    return parse(f"{minute} {hour} {day} {month} {weekday}")


@settings(max_examples=150, deadline=None)
@given(crons())
def test_it_is_due_when_the_other_parser_says(cron: Cron) -> None:
    found = expression(cron)
    assert re.fullmatch(r"cron\([0-9,*-]+ [0-9,*-]+ ([0-9,*?-]+) [0-9,*-]+ ([0-9,*?-]+) \*\)", found)
    assert len(found) <= 256, "Scheduler's limit (API reference, CreateSchedule)"
    theirs = AWSCron(found.removeprefix("cron(").removesuffix(")"))
    moment = START
    for _ in range(4):
        due = theirs.occurrence(moment).next()
        assert due == cron.next_after(moment, UTC)
        moment = due


def test_the_longest_expressions_fit() -> None:
    minutes = ",".join(str(value) for value in range(0, 60, 2))
    hours, days = ",".join(str(value) for value in range(0, 24, 2)), ",".join(str(value) for value in range(1, 32, 2))
    assert len(expression(parse(f"{minutes} {hours} {days} 1,3,5,7,9,11 *"))) <= 256
