"""What the Api needs of its target."""

from __future__ import annotations

import pytest

from examples.notes.infra import api
from sls_infra.plan import check
from sls_infra.providers.registry import BUILT, capabilities


@pytest.mark.parametrize("prefix", ["", "/v1"])
@pytest.mark.parametrize("target", BUILT)
def test_every_target_can_host_the_app(target: str, prefix: str) -> None:
    planned, problems = check.look(api(prefix=prefix), capabilities(target))
    assert problems == []
    assert [route.handler for route in planned.routes] == ["notes.app:app"] * 2
