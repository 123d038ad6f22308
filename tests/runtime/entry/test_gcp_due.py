"""When a schedule was due whose message was published then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sls_infra.runtime.cron import parse
from sls_infra.runtime.entry.gcp_messages import due


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


@pytest.mark.parametrize(
    ("cron", "zone", "published", "expected"),
    [
        ("0 3 * * *", "UTC", "2026-05-01T03:00:00", "2026-05-01T03:00:00"),
        ("0 3 * * *", "UTC", "2026-05-01T03:09:59", "2026-05-01T03:00:00"),  # tried again
        ("*/5 * * * *", "UTC", "2026-05-01T03:07:10", "2026-05-01T03:05:00"),
        ("0 3 * * *", "Asia/Kolkata", "2026-05-01T21:30:01", "2026-05-01T21:30:00"),
        ("0 3 * * *", "UTC", "2026-05-01T12:34:56", "2026-05-01T12:34:00"),  # started by hand
        ("30 2 * * *", "Europe/Berlin", "2026-10-25T00:30:00", "2026-10-25T00:30:00"),  # the first 2:30
        ("30 2 * * *", "Europe/Berlin", "2026-10-25T01:30:00", None),  # the second
        ("0 * * * *", "Europe/Berlin", "2026-10-25T01:00:00", None),
        ("30 2 * * *", "Europe/Berlin", "2026-03-29T01:30:00", None),  # 2:30 is skipped; 3:30 on the wall
        ("30 2 * * *", "Europe/Berlin", "2026-03-29T01:00:00", None),
        ("0 0 1 * MON", "UTC", "2026-06-01T00:00:00", "2026-06-01T00:00:00"),  # both
        ("0 0 1 * MON", "UTC", "2026-06-08T00:00:00", "2026-06-08T00:00:00"),  # a Monday
        ("0 0 1 * MON", "UTC", "2026-07-01T00:00:00", "2026-07-01T00:00:00"),  # a first
        ("0 0 1 * MON", "UTC", "2026-06-09T00:00:00", None),  # it runs on each day
    ],
)
def test_due(cron: str, zone: str, published: str, expected: str | None) -> None:
    assert due(parse(cron), zone, at(published)) == (None if expected is None else at(expected))


ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Santiago")
CRONS = ("0 3 * * *", "30 2 * * *", "0 * * * *", "*/15 1-3 * * *", "0 0 * * 0")


@given(
    st.sampled_from(CRONS),
    st.sampled_from(ZONES),
    st.datetimes(datetime(2024, 1, 1), datetime(2029, 1, 1)),
    st.integers(0, 600),
)
def test_each_time_that_is_due_is_told_whenever_it_is_published(
    cron: str, zone: str, moment: datetime, late: int
) -> None:
    from zoneinfo import ZoneInfo

    parsed = parse(cron)
    expected = parsed.next_after(moment.replace(tzinfo=UTC), ZoneInfo(zone))
    assert expected is not None
    found = due(parsed, zone, expected + timedelta(seconds=late))
    assert found is not None
    assert parsed.due(found, ZoneInfo(zone))
    assert timedelta(0) <= found - expected <= timedelta(seconds=late)
