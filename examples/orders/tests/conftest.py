"""The orders API, to be called by tests."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from examples.orders.infra import api
from examples.orders.tests.callers import Gateway, Handlers, Shop
from sls_infra.testing import client
from tools.issuer import Issuer

AUDIENCE = "orders"

SERVED = """
from examples.orders.infra import api as described

def api():
    return described({issuer!r}, {database!r})
"""

SERVE = """
import os, signal, sys, threading
from sls_infra.cli.main import main

def end_with_the_tests():
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)

threading.Thread(target=end_with_the_tests, daemon=True).start()
sys.exit(main(["dev", "served:api", "--port", "0"]))
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
    (folder / "served.py").write_text(SERVED.format(issuer=issuer.url, database=database))
    with _served(folder) as url, httpx.Client(base_url=url, timeout=20, trust_env=False) as http:
        yield Gateway(http, lambda who, scope: issuer.token(AUDIENCE, subject=who, scope=scope))


@pytest.fixture(params=["handlers", "gateway"])
def shop(request: pytest.FixtureRequest) -> Shop:
    """The API each way that it can be called."""
    found: Shop = request.getfixturevalue(request.param)
    return found


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    """The URL of a development server, which ends with the block, and with this process whatever becomes of it."""
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-c", SERVE],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    assert server.stdin is not None
    assert server.stdout is not None
    try:
        line = server.stdout.readline()
        if not line.startswith("Serving on "):
            raise RuntimeError(f"the development server said: {line}{(folder / 'log').read_text()}")
        yield line.removeprefix("Serving on ").strip()
    finally:
        server.stdin.close()
        try:
            server.wait(20)
        finally:
            server.kill()
            server.stdout.close()
