"""What is told before the engine fails in its own words."""

from __future__ import annotations

from pathlib import Path

import pulumi
import pytest

from sls_infra import SpecError
from sls_infra.providers.engine import check_plugin


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project's folder, and nothing of this machine's own settings."""
    monkeypatch.delenv("PULUMI_DEBUG_PROVIDERS", raising=False)
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(pulumi, "get_root_directory", lambda: str(tmp_path / "project"))
    (tmp_path / "project").mkdir()
    return tmp_path / "project"


def test_a_plugin_that_the_engine_would_not_find(
    project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SpecError, match="can't find pulumi-resource-sls, the plugin for azure") as told:
        check_plugin("azure")
    assert "Pulumi.yaml" in str(told.value)

    def found() -> bool:
        try:
            check_plugin("azure")
        except SpecError:
            return False
        return True

    (project / "Pulumi.yaml").write_text("plugins:\n  providers:\n  - name: other\n    path: bin\n")
    assert not found()
    (project / "Pulumi.yaml").write_text("plugins:\n  providers:\n  - name: sls\n    path: bin\n")
    assert found()
    (project / "Pulumi.yaml").write_text("name: demo\n")
    (tmp_path / "pulumi-resource-sls").touch(0o755)
    assert found()
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("PULUMI_DEBUG_PROVIDERS", "sls:1234")
    assert found()
