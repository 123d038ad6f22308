"""Prints the table case by target as markdown: `python -m tests.contract.table`.

Runs every case; pytest's own words go to stderr. Ends with pytest's status.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence

import pytest

from . import results


class _Table:
    """Looks over pytest's shoulder."""

    text = ""

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        results.collect(items)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        results.note(report)

    def pytest_sessionfinish(self) -> None:
        _Table.text = results.table()


def main(arguments: Sequence[str]) -> int:
    """`arguments` are pytest's."""
    with contextlib.redirect_stdout(sys.stderr):
        status = pytest.main([str(results.FOLDER), "-q", *arguments], plugins=[_Table()])
    print(_Table.text)
    return int(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
