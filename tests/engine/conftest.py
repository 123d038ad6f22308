"""Gets the engine before the first of these tests, in sight: building one takes minutes."""

from __future__ import annotations

import contextlib

import pytest

from tests.engine.harness import obtained


@pytest.fixture(scope="session", autouse=True)
def _engine(pytestconfig: pytest.Config) -> None:
    """Whether one can be had is for each test to say: not every test here needs it."""
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled() if capture else contextlib.nullcontext():
        obtained()
