"""Prints the table attack by target as markdown: `python -m tests.attacks.table`.

Makes every attack; pytest's own words go to stderr. Ends with pytest's status.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest


def main(arguments: Sequence[str]) -> int:
    """`arguments` are pytest's."""
    with contextlib.redirect_stdout(sys.stderr):
        status = pytest.main([str(Path(__file__).parent), "-q", *arguments])
    from .conftest import TARGETS
    from .results import table  # what conftest.py has filled; pytest wants to import it itself

    print(table(TARGETS))
    return int(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
