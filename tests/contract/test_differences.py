"""The few calls whose status depends on the cloud: each as it is known, and told by `plan`."""

from __future__ import annotations

import pytest

from sls_infra.providers import registry

from .differences import DIFFERENCES
from .model import Cloud, Served


@pytest.mark.parametrize("name", DIFFERENCES)
def test_a_difference_is_as_it_is_known(shop: Served, cloud: Cloud, name: str) -> None:
    known = DIFFERENCES[name]
    assert shop.call(known.call).status == known.elsewhere.get(cloud.name, known.status)


@pytest.mark.parametrize("name", DIFFERENCES)
def test_a_difference_is_in_the_clouds_notes(cloud: Cloud, name: str) -> None:
    known = DIFFERENCES[name]
    notes = registry.capabilities(cloud.name).gateway_notes
    if cloud.name in known.elsewhere:
        assert any(known.word in note for note in notes), known.why
