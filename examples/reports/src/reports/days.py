"""What day it is in the shop."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")


def day_of(moment: datetime) -> str:
    """The day of a moment: 2026-11-23."""
    return moment.astimezone(BERLIN).date().isoformat()


def day_before(moment: datetime) -> str:
    """The day before that."""
    return (moment.astimezone(BERLIN).date() - timedelta(days=1)).isoformat()
