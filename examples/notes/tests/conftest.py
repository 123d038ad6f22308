"""The app, to be called by its tests: directly, and as it is served on this machine."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

from examples.notes.src.notes.app import app

from .calls import Call

SERVED = """
from examples.notes.infra import api as described

def api():
    return described({database!r}, {prefix!r})
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
    (folder / "served.py").write_text(SERVED.format(database=str(folder / "notes.db"), prefix=prefix))
    with _served(folder) as url, httpx.Client(timeout=20, trust_env=False) as client:
        yield Call(client, url + prefix)


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
        yield line.removeprefix("Serving on ").strip().rstrip("/")
    finally:
        server.stdin.close()
        try:
            server.wait(20)
        finally:
            server.kill()
            server.stdout.close()
