from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.local.events.harness import World
from tests.local.harness import Stack


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A stack of the test's own; its gateway is stopped at the end."""
    stack = Stack(tmp_path)
    yield World(stack)
    stack.close()
