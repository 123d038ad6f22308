"""The orders API, to be called by tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from examples.orders.infra import api
from examples.orders.tests.callers import Gateway, Handlers, Shop
from examples.serving import served
from sls_infra.testing import client
from tools.issuer import Issuer

AUDIENCE = "orders"

SERVED = """
from examples.orders.infra import api as described

def api():
    return described({issuer!r}, {database!r})
"""


@pytest.fixture
def handlers(tmp_path: Path) -> Iterator[Shop]:
    """The handlers alone."""
    with client(api(database=str(tmp_path / "orders.db"))) as calls:
        yield Handlers(calls)


@pytest.fixture(scope="session")
def issuer() -> Iterator[Issuer]:
    """Who signs the tokens."""
    with Issuer() as made:
        yield made


@pytest.fixture(scope="session")
def gateway(issuer: Issuer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """The API on this machine, as `sls-infra dev` serves it: real HTTP, real tokens, worker processes."""
    folder = tmp_path_factory.mktemp("served")
    database = str(folder / "orders.db")
    program = SERVED.format(issuer=issuer.url, database=database)
    with served(folder, program) as server, httpx.Client(base_url=server.url, timeout=20, trust_env=False) as http:
        yield Gateway(http, lambda who, scope: issuer.token(AUDIENCE, subject=who, scope=scope))


@pytest.fixture(params=["handlers", "gateway"])
def shop(request: pytest.FixtureRequest) -> Shop:
    """The API each way that it can be called."""
    found: Shop = request.getfixturevalue(request.param)
    return found
