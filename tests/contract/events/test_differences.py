"""What is not the same everywhere is a difference indeed, and one that `plan` tells where a user sees it."""

from __future__ import annotations

import pytest

from sls_infra.plan.capabilities import Native, Runtime
from sls_infra.providers import registry

from .conftest import PLATFORMS
from .differences import ALL, Difference


@pytest.mark.parametrize("known", ALL, ids=lambda known: known.why[:40])
def test_it_is_one(known: Difference) -> None:
    assert set(known.elsewhere) < set(PLATFORMS)
    assert known.usual not in known.elsewhere.values()
    assert set(known.told) <= set(known.elsewhere)


@pytest.mark.parametrize(
    ("platform", "requirement", "words"), [(name, *told) for known in ALL for name, told in known.told.items()]
)
def test_the_platforms_notes_tell_it(platform: str, requirement: str, words: str) -> None:
    met = registry.capabilities(platform).meets[requirement]
    assert isinstance(met, Native | Runtime)
    assert words in met.note
