from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.callers import kill, processes_of
from tests.engine.harness import Workspace
from tests.engine.local.shop import BIN, DESK_CODE, PROGRAM, SHOP_CODE, Make


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Makes workspaces; when the test is over, everything that it deployed is gone, whatever happened."""
    stack = contextlib.ExitStack()

    def workspace(name: str = "one", program: str = PROGRAM, **more: object) -> Workspace:
        files = {"__main__.py": program, "shop/shop.py": SHOP_CODE, "desk/desk.py": DESK_CODE}
        config = {"sls:target": "local", **more.pop("config", {})}  # type: ignore[dict-item]
        env = {"SLS_INFRA_CACHE": str(tmp_path / "cache"), **more.pop("env", {})}  # type: ignore[dict-item]
        made = Workspace(tmp_path / name, files, config=config, env=env, **{"plugins": {"sls": BIN}, **more})  # type: ignore[arg-type]
        return stack.enter_context(made)

    yield workspace
    try:
        stack.close()
    finally:
        for pid in processes_of(tmp_path):
            kill(pid)


@pytest.fixture
def workspace(make: Make) -> Workspace:
    return make()
