"""What the tests of links share: drivers that note what they are given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sls_infra.runtime import deployed, links, services


class Noted:
    """A driver of any kind: notes each call, and answers as it was told to."""

    put_headers = {"x-own": "1"}

    def __init__(self, **answers: Any) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.answers = answers

    def __getattr__(self, name: str) -> Any:
        def call(*given: Any) -> Any:
            self.calls.append((name, *given))
            return self.answers.get(name)

        return call


@pytest.fixture(autouse=True)
def _put_back(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("_name", "_platform", "_cache"):
        monkeypatch.setattr(services, name, getattr(services, name))
    yield
    deployed.use(None)
    links.serve("")
