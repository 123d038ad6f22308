"""All cases together: enough of them, and each on every cloud. Runs last."""

from __future__ import annotations

import pytest

from . import results
from .clouds import CLOUDS
from .unjudged import UNJUDGED

ENOUGH = 120


def test_each_case_ran_on_each_cloud() -> None:
    if not results.is_whole():
        pytest.skip("only a part of the cases was selected")
    clouds = {cloud.name for cloud in CLOUDS}
    assert len(results.collected) >= ENOUGH
    lacking = {case: clouds - on for case, on in results.collected.items() if on != clouds}
    assert not lacking
    skipped = {cloud for known in results.outcomes.values() for cloud, outcome in known.items() if outcome == "skipped"}
    if skipped:
        pytest.skip(f"the runtime of {', '.join(sorted(skipped))} can't be had on this machine")
    ran = {case: {cloud for cloud, outcome in known.items() if outcome in ("passed", "failed")}
           for case, known in results.outcomes.items()}  # fmt: skip
    assert {case: clouds - ran.get(case, set()) for case in results.collected if ran.get(case) != clouds} == {}


def test_what_is_not_judged_is_said_of_a_known_cloud_and_why() -> None:
    names = {cloud.name for cloud in CLOUDS}
    for unjudged in UNJUDGED:
        assert set(unjudged.clouds) <= names
        assert unjudged.what
        assert unjudged.why
