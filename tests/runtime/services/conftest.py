from __future__ import annotations

from collections.abc import Iterator

import pytest

from sls_infra.runtime import deployed, services
from sls_infra.runtime.services import calling
from tests.runtime.services.fakes import Tls


@pytest.fixture(autouse=True)
def _no_platform(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test leaves a platform behind, none waits before a retry, none sees this machine's own credentials."""
    monkeypatch.setattr(calling, "PAUSE", 0.0)
    for name in ("_name", "_platform", "_cache"):
        monkeypatch.setattr(services, name, getattr(services, name))
    yield
    deployed.use(None)


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    return Tls.made(tmp_path_factory.mktemp("tls"))
