"""The machine's own region is none of the tests'."""

from __future__ import annotations

import pytest

from sls_infra.providers.gcp.adapter import REGION_VARIABLES


@pytest.fixture(autouse=True)
def no_region_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in REGION_VARIABLES:
        monkeypatch.delenv(name, raising=False)
