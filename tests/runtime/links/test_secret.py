"""`links.secret`: by the name in the spec, on whatever platform."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sls_infra.runtime import NotLinked, deployed, links, services
from sls_infra.runtime.errors import ServiceError
from tests.runtime.services.test_services import Platform


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    for name in ("_name", "_platform", "_cache"):
        monkeypatch.setattr(services, name, getattr(services, name))
    platform = Platform({"ref-db": "p4ss"})
    services.use("memory", platform)
    deployed.use({"secrets": {"db": "ref-db", "gone": "ref-gone"}})
    yield platform
    deployed.use(None)


def test_a_linked_secret_is_fetched_once_a_minute(platform: Platform) -> None:
    assert [links.secret("db") for _ in range(3)] == ["p4ss"] * 3
    assert platform.asked == ["ref-db"]


def test_one_that_is_not_linked_is_named_and_never_asked_for(platform: Platform) -> None:
    with pytest.raises(NotLinked, match=r'no secret named "other".*links=\[other\.read\(\)\]'):
        links.secret("other")
    assert platform.asked == []


def test_one_that_the_platform_does_not_give_is_an_error(platform: Platform) -> None:
    with pytest.raises(ServiceError, match="secret ref-gone: gone"):
        links.secret("gone")
