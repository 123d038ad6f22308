"""What all tests share."""

from __future__ import annotations

import signal
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

from sls_infra.testing.loops import current_loop as thread_loop

CONTRACT = "tests/contract/"


def pytest_configure(config: pytest.Config) -> None:
    """Programs that tests interrupt must hear of it: in the background, a shell starts pytest with SIGINT ignored, and
    whatever pytest starts would inherit that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Nothing is deployed to an account but by `pytest -m cloud`."""
    if "cloud" not in config.getoption("markexpr"):
        left_out = [item for item in items if item.get_closest_marker("cloud")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("cloud")]


class _Together(LoadFileScheduling):  # type: ignore[misc]  # xdist has no types
    """A file's tests run in one process, and those of the contract, which count what ran on each cloud, in one too."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return CONTRACT if file.startswith(CONTRACT) else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling:
    """Who runs what, where there are several processes."""
    return _Together(config, log)


@pytest.fixture
def current_loop() -> None:
    """An event loop for Outputs that a test makes itself: what ran before may have left the thread without one."""
    thread_loop()
