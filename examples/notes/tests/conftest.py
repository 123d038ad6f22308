"""The app, to be called by its tests: directly, and as it is served on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

from examples.notes.src.notes.app import app
from examples.serving import served

from .calls import Call

SERVED = """
from examples.notes.infra import api as described

def api():
    return described({database!r}, {prefix!r})
"""


@pytest.fixture(scope="module")
def direct(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Call]:
    """The app alone, in this process, by the test client of its framework."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NOTES_DB", str(tmp_path_factory.mktemp("direct") / "notes.db"))
        with TestClient(app, follow_redirects=False) as http:
            yield Call(http, "http://testserver")


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Call]:
    """Through the local gateway: real HTTP, worker processes."""
    with _gateway(tmp_path_factory.mktemp("gateway"), "") as call:
        yield call


@pytest.fixture(scope="module")
def mounted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Call]:
    """Likewise, below a prefix."""
    with _gateway(tmp_path_factory.mktemp("mounted"), "/v1") as call:
        yield call


@pytest.fixture(params=["direct", "gateway", "mounted"], scope="module")
def http(request: pytest.FixtureRequest) -> Call:
    """The app each way that it can be called."""
    found: Call = request.getfixturevalue(request.param)
    return found


@contextmanager
def _gateway(folder: Path, prefix: str) -> Iterator[Call]:
    program = SERVED.format(database=str(folder / "notes.db"), prefix=prefix)
    with served(folder, program) as server, httpx.Client(timeout=20, trust_env=False) as client:
        yield Call(client, server.url + prefix)
