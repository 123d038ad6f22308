"""Which platform is asked, and when its module is loaded."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Any

import pytest

from sls_infra.runtime import deployed, services
from sls_infra.runtime.errors import ManifestError, ServiceError
from sls_infra.runtime.events.delivery import DeadLetter
from sls_infra.runtime.services import calling
from sls_infra.runtime.services.calling import MAX_BODY
from tests.runtime.services.fakes import Tls, serving


@dataclass
class Platform:
    """One that has these secrets, and notes what it is asked."""

    secrets: dict[str, str]
    fresh: float = 60.0
    fresh_environment: float = 300.0
    asked: list[str] = field(default_factory=list)

    def secret(self, ref: str) -> str:
        self.asked.append(ref)
        if ref not in self.secrets:
            raise ServiceError(f"secret {ref}: gone")
        return self.secrets[ref]

    def call_authorizer(self, target: str, payload: bytes) -> bytes:
        return payload

    def dead_letter(self, address: Any, letter: DeadLetter) -> None:
        raise ServiceError(f"{address}: gone")


def test_before_an_entry_point_says_where_it_runs_nothing_is_had() -> None:
    services._name, services._platform = "", None
    with pytest.raises(ServiceError, match="not known on which platform"):
        services.secret("db")


def test_a_platform_that_there_is_not() -> None:
    with pytest.raises(ValueError, match="aws, azure, gcp, local"):
        services.use("ibm")


@pytest.mark.parametrize("name", services.PLATFORMS)
def test_each_platform_is_loaded_when_it_is_asked(name: str) -> None:
    services.use(name)
    assert type(services.platform()).__module__ == f"sls_infra.runtime.services.{name}"
    assert services.platform() is services.platform()
    assert services.platform().fresh <= 60
    assert services.platform().fresh_environment <= 300


def test_nothing_is_loaded_before_that() -> None:
    code = """
import sys
from sls_infra.runtime import deployed, links, services
services.use("aws")
assert deployed.values() == {}
print(sorted(name for name in sys.modules if name.startswith("sls_infra.runtime.services.")))
"""
    ran = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert ran.stdout == "[]\n"


def test_a_secret_is_fetched_once_a_minute_by_ref() -> None:
    platform = Platform({"a": "1", "b": "2"})
    services.use("memory", platform)
    assert [services.cached_secret(ref) for ref in "aabb"] == ["1", "1", "2", "2"]
    assert platform.asked == ["a", "b"]
    assert services.secret("a") == "1"
    assert platform.asked == ["a", "b", "a"]
    assert services.call_authorizer("guard", b"{}") == b"{}"


def test_what_a_deployment_told_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    deployed.use(None)
    monkeypatch.setenv(deployed.VARIABLE, json.dumps({"secrets": {"db": "ref-of-db", "odd": 1}}))
    assert deployed.secret_ref("db") == "ref-of-db"
    assert deployed.secret_ref("odd") is None
    assert deployed.secret_ref("other") is None
    monkeypatch.delenv(deployed.VARIABLE)
    assert deployed.secret_ref("db") == "ref-of-db"
    deployed.use(None)
    assert deployed.values() == {}


@pytest.mark.parametrize("text", ["{", "[]", "null", '"x"'])
def test_what_is_no_deployment_is_told(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    deployed.use(None)
    monkeypatch.setenv(deployed.VARIABLE, text)
    with pytest.raises(ManifestError, match="SLS_DEPLOYED holds no JSON object"):
        deployed.values()


def test_an_answer_is_bounded() -> None:
    with (
        serving(lambda asked: (200, {}, b"x" * (MAX_BODY + 1))) as fake,
        pytest.raises(ServiceError, match="the answer is too long"),
    ):
        calling.call("it", "GET", fake.url, {})


def test_a_server_that_says_nothing_is_given_up(tls: Tls) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(ServiceError, match="TimeoutError while talking to"):
            calling.call("it", "GET", f"{url}/secret-path?token=s3cr3t", {}, read=0.1)


@pytest.mark.parametrize(
    "url", ["", "ftp://a/", "http://", "http://u:p@a/", "http://a b/", "http://a?x", "http://a/\n"]
)
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(ServiceError, match="URL"):
        calling.call("it", "GET", url, {})
