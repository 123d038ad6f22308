"""The orders API, to be called by tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from examples.orders.infra import api
from examples.orders.tests.callers import Handlers, Shop
from sls_infra.testing import client


@pytest.fixture
def handlers(tmp_path: Path) -> Iterator[Shop]:
    """The handlers alone."""
    with client(api(database=str(tmp_path / "orders.db"))) as calls:
        yield Handlers(calls)


@pytest.fixture(params=["handlers"])
def shop(request: pytest.FixtureRequest) -> Shop:
    """The API each way that it can be called."""
    found: Shop = request.getfixturevalue(request.param)
    return found
