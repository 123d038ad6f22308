"""What all tests share."""

from __future__ import annotations

import pytest

from sls_infra.testing.loops import current_loop as thread_loop


@pytest.fixture
def current_loop() -> None:
    """An event loop for Outputs that a test makes itself: what ran before may have left the thread without one."""
    thread_loop()
