"""Environment variables that are secrets: there before a handler is imported, and current later."""

from __future__ import annotations

import json
import os
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sls_infra.runtime import Request, deployed, links, services
from sls_infra.runtime.dispatch import MANIFEST_NAME, Dispatcher
from sls_infra.runtime.environment import PAUSE, Environment
from sls_infra.runtime.errors import HttpError, SecretsMissing, ServiceError
from tests.runtime.conftest import manifest, problem_of
from tests.runtime.services.test_services import Platform

HANDLER = """
import os
PASSWORD = os.environ["DB_PASSWORD"]

def read(request):
    return {"at_import": PASSWORD, "now": os.environ["DB_PASSWORD"]}

async def wait(request):
    return "waited"
"""


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    for name in ("_name", "_platform", "_cache"):
        monkeypatch.setattr(services, name, getattr(services, name))
    monkeypatch.setattr(links, "_function", "")
    platform = Platform({"ref-db": "p4ss", "ref-api": "k3y"}, fresh=0.0)
    services.use("memory", platform)
    deployed.use({"secrets": {"db": "ref-db", "api": "ref-api"}})
    for variable in ("DB_PASSWORD", "API_KEY", "SECOND"):
        monkeypatch.setenv(variable, "")  # so that it is put back as it was
        monkeypatch.delenv(variable)
    yield platform
    deployed.use(None)


@pytest.fixture
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A bundle whose module needs the variable as it is imported."""
    (tmp_path / "needy_shop.py").write_text(textwrap.dedent(HANDLER))
    routes = [{"method": "GET", "path": f"/{name}", "handler": f"needy_shop:{name}"} for name in ("read", "wait")]
    secure = {"method": "GET", "path": "/secure", "handler": "needy_shop:read", "auth": ["jwt"]}
    known: dict[str, Any] = {**manifest(*routes, secure), "env": {"DB_PASSWORD": "db"}}
    (tmp_path / MANIFEST_NAME).write_text(json.dumps(known))
    monkeypatch.syspath_prepend(str(tmp_path))
    yield str(tmp_path)
    sys.modules.pop("needy_shop", None)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_it_is_filled_before_a_handler_is_imported(platform: Platform, bundle: str) -> None:
    dispatcher = Dispatcher.of_bundle(bundle)
    assert platform.asked == []
    dispatcher.warm()
    assert json.loads(dispatcher.handle(Request("GET", "/read")).body) == {"at_import": "p4ss", "now": "p4ss"}


def test_without_warming_the_first_request_fills_it(platform: Platform, bundle: str) -> None:
    assert Dispatcher.of_bundle(bundle).handle(Request("GET", "/read")).status == 200
    assert platform.asked == ["ref-db"]


def test_while_a_secret_can_not_be_had_nothing_is_imported_and_routes_answer_503(
    platform: Platform, bundle: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    value = platform.secrets.pop("ref-db")
    dispatcher = Dispatcher.of_bundle(bundle)
    with pytest.raises(SecretsMissing, match="secret ref-db: gone"):
        dispatcher.warm()
    assert "needy_shop" not in sys.modules
    for _ in range(2):
        answer = dispatcher.handle(Request("GET", "/read"))
        assert answer.status == 503
        assert problem_of(answer)["detail"] == "the function is not ready"
        assert ("retry-after", "5") in answer.headers
    assert dispatcher.handle(Request("GET", "/secure")).status == 401
    assert dispatcher.handle(Request("GET", "/nothing")).status == 404
    assert len(platform.asked) == 1
    assert dispatcher._environment is not None
    monkeypatch.setattr(dispatcher._environment, "_due", 0.0)
    services.use("memory", platform)  # what is cached of the failure is not what this is about
    assert dispatcher.handle(Request("GET", "/read")).status == 503
    assert "secret ref-db: gone" in capsys.readouterr().err
    platform.secrets["ref-db"] = value
    monkeypatch.setattr(dispatcher._environment, "_due", 0.0)
    services.use("memory", platform)
    assert dispatcher.handle(Request("GET", "/read")).status == 200


def test_a_bundle_without_it_asks_nobody(platform: Platform, tmp_path: Path) -> None:
    (tmp_path / MANIFEST_NAME).write_text(json.dumps(manifest()))
    dispatcher = Dispatcher.of_bundle(str(tmp_path))
    dispatcher.warm()
    assert dispatcher._environment is None
    assert platform.asked == []


def test_a_name_that_the_deployment_did_not_give(platform: Platform) -> None:
    with pytest.raises(SecretsMissing, match="secret other: this function was given none of that name"):
        Environment({"DB_PASSWORD": "other"}).fill()


def test_a_value_that_no_variable_can_hold(platform: Platform) -> None:
    platform.secrets["ref-db"] = "s3cr3t\0"
    with pytest.raises(SecretsMissing, match="NUL") as caught:
        Environment({"DB_PASSWORD": "db"}).fill()
    assert "s3cr3t" not in str(caught.value)


def test_all_or_none(platform: Platform) -> None:
    del platform.secrets["ref-api"]
    with pytest.raises(SecretsMissing):
        Environment({"DB_PASSWORD": "db", "API_KEY": "api"}).fill()
    assert "DB_PASSWORD" not in os.environ


def test_several_are_fetched_at_once(platform: Platform) -> None:
    together = threading.Barrier(2)

    class Slow(Platform):
        def secret(self, ref: str) -> str:
            together.wait(10)  # breaks, and fails, unless both are being fetched
            return super().secret(ref)

    slow = Slow(platform.secrets)
    services.use("memory", slow)
    Environment({"DB_PASSWORD": "db", "API_KEY": "api", "SECOND": "db"}).fill()
    assert [os.environ[name] for name in ("DB_PASSWORD", "API_KEY", "SECOND")] == ["p4ss", "k3y", "p4ss"]
    assert sorted(slow.asked) == ["ref-api", "ref-db"]


def changed(variable: str, value: str) -> bool:
    deadline = time.monotonic() + 10
    while os.environ[variable] != value and time.monotonic() < deadline:
        time.sleep(0.005)
    return os.environ[variable] == value


def test_it_is_renewed_in_the_background_every_five_minutes(platform: Platform) -> None:
    clock = Clock()
    environment = Environment({"DB_PASSWORD": "db"}, clock)
    environment.check()
    platform.secrets["ref-db"] = "rotated"
    clock.now += platform.fresh_environment - 0.1
    environment.check()
    assert platform.asked == ["ref-db"]
    clock.now += 0.1
    environment.check()
    assert changed("DB_PASSWORD", "rotated")


def test_an_outage_leaves_the_last_values(platform: Platform, capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    environment = Environment({"DB_PASSWORD": "db"}, clock)
    environment.fill()
    fetched = threading.Event()

    def broken(ref: str) -> str:
        fetched.set()
        raise ServiceError("out of order")

    platform.secret = broken  # type: ignore[method-assign]
    services.use("memory", platform)  # nothing is cached
    clock.now += platform.fresh_environment
    environment.check()
    assert fetched.wait(10)
    with environment._lock:  # the background is done
        assert os.environ["DB_PASSWORD"] == "p4ss"
    environment.check()
    assert "the last values go on" in capsys.readouterr().err
    assert environment._due == clock.now + PAUSE


def test_callers_don_t_each_wait_for_it(platform: Platform) -> None:
    clock = Clock()
    del platform.secrets["ref-db"]
    environment = Environment({"DB_PASSWORD": "db"}, clock)
    for _ in range(3):
        with pytest.raises(HttpError, match="503"):
            environment.check()
    assert len(platform.asked) == 1
