"""The table of capabilities: it has a row for everything that a target says of what a spec asks for beyond routes."""

from __future__ import annotations

import pytest

from sls_infra.plan import check
from sls_infra.plan.capabilities import Capabilities

from .capability_rows import Row, rows
from .capability_table import cell, columns, table, title

ROWS = {f"{row.family}: {row.name}": row for row in rows("aws")}
FAMILIES = (
    "auth.",
    "limit.",
    "quota",
    "secret",
    "domain",
    "request",
    "event.",
    "link.",
    "queue",
    "topic",
    "bucket",
    "table",
)


def test_every_kind_that_a_target_speaks_of_has_a_row() -> None:
    spoken = {kind for front in columns() for kind in front.meets if kind.startswith(FAMILIES)}
    assert spoken - {kind for row in ROWS.values() for kind in row.kinds} == set()


@pytest.mark.parametrize("name", ROWS)
def test_a_rows_api_asks_for_what_the_row_says(name: str) -> None:
    row: Row = ROWS[name]
    planned, problems = check.look(row.api)
    assert problems == []
    assert set(row.kinds) <= {requirement.kind for requirement in planned.requirements}


@pytest.mark.parametrize("front", columns(), ids=lambda front: f"front={title(front)}")
def test_each_cell_says_why(front: Capabilities) -> None:
    for row in rows(front.target):
        assert cell(row, front).why, row.name


def test_the_table_has_a_line_a_row() -> None:
    lines = table().splitlines()
    for row in ROWS.values():
        assert any(line.startswith(f"| {row.name} |") for line in lines)
