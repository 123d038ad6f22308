"""The report of a day, written in the night after."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from io import StringIO
from typing import Any

from sls_infra.runtime import Tick, links

from .days import day_before


def write(tick: Tick) -> None:
    """Writes it. The day is that before the tick was due, so that one that comes late, or again, writes the same."""
    day = day_before(tick.scheduled_at)
    pieces: defaultdict[str, int] = defaultdict(int)
    cents: defaultdict[str, int] = defaultdict(int)
    for sale in sold(day):
        pieces[sale["article"]] += sale["quantity"]
        cents[sale["article"]] += sale["quantity"] * sale["cents"]
    into = StringIO()
    rows = csv.writer(into, lineterminator="\n")
    rows.writerow(["article", "pieces", "cents"])
    rows.writerows([article, pieces[article], cents[article]] for article in sorted(pieces))
    links.bucket("reports").put(f"{day}.csv", into.getvalue(), content_type="text/csv")


def sold(day: str) -> Iterator[dict[str, Any]]:
    """Every sale of a day, a page at a time."""
    cursor = None
    while True:
        page = links.table("sales").query(day, limit=200, cursor=cursor)
        yield from page
        cursor = page.cursor
        if cursor is None:
            return
