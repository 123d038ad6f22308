"""Where local state is kept, and which port and host are taken."""

from __future__ import annotations

from pathlib import Path

import pulumi
import pytest

from sls_infra import Local, SpecError
from sls_infra.providers.local import place


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project's folder, and nothing of this machine's own settings."""
    for name in ("PULUMI_BACKEND_URL", "PULUMI_CREDENTIALS_PATH", "PULUMI_DEBUG_PROVIDERS", place.ROOT):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(pulumi, "get_root_directory", lambda: str(tmp_path / "project"))
    monkeypatch.setattr(pulumi, "get_organization", lambda: "organization")
    configured(monkeypatch)
    (tmp_path / "project").mkdir()
    return tmp_path / "project"


def configured(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    """The config `sls:…`."""

    class Config:
        def __init__(self, name: str) -> None:
            assert name == "sls"

        get = staticmethod(values.get)

    monkeypatch.setattr(pulumi, "Config", Config)


def test_state_is_beside_the_project(project: Path) -> None:
    root = Path(place.root())
    assert root.parent == project / ".sls"
    assert Path(place.root()) == root


def test_state_can_be_elsewhere(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(place.ROOT, "/var/tmp/elsewhere")
    assert Path(place.root()).parent == Path("/var/tmp/elsewhere")
    configured(monkeypatch, root="../shared")
    assert Path(place.root()).parent == project.parent / "shared"
    configured(monkeypatch, root="~/state")
    assert Path(place.root()).parent == Path.home() / "state"


def test_each_backend_has_a_folder(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    roots = [place.root()]
    home = project.parent / "home"
    home.mkdir()
    (home / "credentials.json").write_text('{"current": "https://api.pulumi.com"}')
    roots.append(place.root())
    monkeypatch.setattr(pulumi, "get_organization", lambda: "another")
    roots.append(place.root())
    (project / "Pulumi.yaml").write_text("name: demo\nbackend:\n  url: s3://bucket\n")
    roots.append(place.root())
    monkeypatch.setenv("PULUMI_BACKEND_URL", "file://~")
    roots.append(place.root())
    assert len(set(roots)) == len(roots)
    assert {Path(root).parent for root in roots} == {project / ".sls"}


def test_one_backend_has_one_folder_however_it_is_written(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = set()
    for url in ("file://./state", "file://state", f"file://{project}/state", f"file://{project}/state/"):
        monkeypatch.setenv("PULUMI_BACKEND_URL", url)
        found.add(place.root())
    assert len(found) == 1


def test_files_that_can_not_be_read_are_for_the_engine_to_tell(project: Path) -> None:
    before = place.root()
    (project / "Pulumi.yaml").write_text("a: [1\n")
    (project.parent / "home").mkdir()
    (project.parent / "home" / "credentials.json").write_bytes(b"\xff")
    assert place.root() == before


def test_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    assert place.port(Local()) == 0
    assert place.port(Local(port=8080)) == 8080
    configured(monkeypatch, port="9000")
    assert place.port(Local()) == 9000


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_is_none(port: int) -> None:
    with pytest.raises(SpecError, match=f"target.port: '{port}' is no port"):
        place.port(Local(port=port))


@pytest.mark.parametrize("text", ["-1", "65536", "http", "", "8080.0", "٣"])
def test_a_configured_port_that_is_none(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    configured(monkeypatch, port=text)
    with pytest.raises(SpecError, match="is no port") as told:
        place.port(Local())
    assert "pulumi config" in str(told.value)


def test_a_port_given_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    configured(monkeypatch, port="9000")
    with pytest.raises(SpecError, match="the port is given twice"):
        place.port(Local(port=9000))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_hosts(host: str) -> None:
    assert place.host(Local(host=host)) == host


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.1", "example.com", "", "127.0.0.1:80"])
def test_a_host_that_others_could_reach(host: str) -> None:
    with pytest.raises(SpecError, match="is no address of this machine alone"):
        place.host(Local(host=host))
