"""The machine's own region is none of the tests'."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def no_region_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GOOGLE_REGION", "GCLOUD_REGION", "CLOUDSDK_COMPUTE_REGION"):
        monkeypatch.delenv(name, raising=False)
