"""What all tests share."""

from __future__ import annotations

import signal

import pytest

from sls_infra.testing.loops import current_loop as thread_loop


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


@pytest.fixture
def current_loop() -> None:
    """An event loop for Outputs that a test makes itself: what ran before may have left the thread without one."""
    thread_loop()
