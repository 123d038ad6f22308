"""Cron expressions as Cloud Scheduler reads them ("Cron job format and time zone"). No SDK is needed."""

from __future__ import annotations

from collections.abc import Collection

from ...runtime.cron import Cron


def unix_cron(cron: Cron) -> str:
    """The expression in numbers, lists and ranges, which everybody reads alike.

    Where both days are restricted, unix-cron takes either, and the vendor's page says nothing: it runs each day, and
    the runtime lets the right ones through (`runtime.entry.gcp_messages.due`).
    """
    days = "*" if cron.any_day or cron.either_day else _field(cron.days)
    weekdays = "*" if cron.any_weekday or cron.either_day else _field(cron.weekdays)
    minutes = "*" if len(cron.minutes) == 60 else _field(cron.minutes)
    hours = "*" if len(cron.hours) == 24 else _field(cron.hours)
    months = "*" if len(cron.months) == 12 else _field(cron.months)
    return f"{minutes} {hours} {days} {months} {weekdays}"


def _field(values: Collection[int]) -> str:
    """`1,3-5`: neighbours as ranges, since an expression may have at most 500 characters."""
    spans: list[list[int]] = []
    for value in sorted(values):
        if spans and value == spans[-1][1] + 1:
            spans[-1][1] = value
        else:
            spans.append([value, value])
    return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in spans)
