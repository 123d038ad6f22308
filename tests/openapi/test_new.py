"""`sls-infra new`: the project holds together, as the tools that its user has say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .documents import OLDER, PLAIN, SWAGGER

BIN = Path(sys.executable).parent


def run(folder: Path, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs a program of this environment in a folder."""
    environment = {**os.environ, "COLUMNS": "120", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [str(BIN / program), *arguments]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=120, env=environment
    )


def holds_together(folder: Path, cache: Path) -> None:
    """Planned, tested, and clean to ruff and mypy."""
    for program, *arguments in (
        ("sls-infra", "plan", "infra:api", "--target", "local"),
        ("python", "-m", "pytest", "-q", "-p", "no:cacheprovider"),
        ("ruff", "check", "--no-cache", "."),
        ("ruff", "format", "--no-cache", "--check", "--diff", "."),
        ("mypy", f"--cache-dir={cache}"),
    ):
        done = run(folder, program, *arguments)
        assert done.returncode == 0, (program, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What mypy knows of this package, for all projects."""
    return tmp_path_factory.mktemp("mypy")


SLASHED = {"$ref": "#/components/schemas/a~1b"}
HOSTILE = {
    "openapi": "3.1.0",
    "info": {"title": 'a"""b\\', "version": "1\n2", "description": '"""\nimport os'},
    "paths": {
        "/a'\"b/{import}/{import}": {
            "get": {
                "operationId": "class",
                "summary": '"""; raise SystemExit(1) #\\',
                "tags": ["../../etc", "x"],
                "parameters": [{"name": 'h"""\n', "in": "header"}],
                "responses": {"200": {"content": {"application/json": {"schema": SLASHED}}}},
            }
        },
        "/ok": {"get": {"operationId": "def", "tags": ["import"], "responses": {"200": {"description": "x"}}}},
        "/ok/{x}": {"get": {"operationId": "def", "tags": ["class"], "security": [{'k"\n': []}], "responses": {}}},
    },
    "components": {
        "schemas": {"a/b": {"title": '"""', "properties": {"__import__('os')": SLASHED}}},
        "securitySchemes": {'k"\n': {"type": "apiKey", "in": "header", "name": "X-Key"}},
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "routes"),
    [("pets", PLAIN, 7), ("json", OLDER, 1), ("class", SWAGGER, 3), ("hostile", json.dumps(HOSTILE), 2)],
)
def test_a_project_of_a_description_holds_together(
    tmp_path: Path, cache: Path, name: str, text: str, routes: int
) -> None:
    (tmp_path / "api.yaml").write_text(text)
    done = run(tmp_path, "sls-infra", "new", name, "--from-openapi", "api.yaml", "--into", "made")
    assert done.returncode == 0, done.stderr
    assert f"{routes} routes" in done.stdout
    assert "IMPORTED.md" in done.stdout
    holds_together(tmp_path / "made", cache)
    written = [path.relative_to(tmp_path / "made") for path in (tmp_path / "made").rglob("*.py")]
    assert not [path for path in written if ".." in path.parts]
    described = run(tmp_path / "made", "sls-infra", "openapi", "infra:api")
    assert described.returncode == 0, described.stderr
    operations = [
        each for item in json.loads(described.stdout)["paths"].values() for each in item if each != "parameters"
    ]
    assert len(operations) == routes


def test_every_remark_is_told(tmp_path: Path) -> None:
    (tmp_path / "api.yaml").write_text(PLAIN)
    done = run(tmp_path, "sls-infra", "new", "pets", "--from-openapi", "api.yaml")
    imported = (tmp_path / "pets" / "IMPORTED.md").read_text()
    infra = (tmp_path / "pets" / "infra.py").read_text()
    for what in ("callbacks are not carried over", "left out: there are no routes for TRACE"):
        assert what in done.stdout
        assert f"## {what}" in imported
    assert "# callbacks are not carried over" in infra
    assert "stands in for login and key, query (apiKey query key)" in infra


def test_a_blank_project_holds_together(tmp_path: Path, cache: Path) -> None:
    done = run(tmp_path, "sls-infra", "new", "shop")
    assert done.returncode == 0, done.stderr
    holds_together(tmp_path / "shop", cache)


@pytest.mark.parametrize("source", [(), ("--from-openapi", "plain.yaml")])
def test_what_its_deployment_needs_is_said(tmp_path: Path, source: tuple[str, ...]) -> None:
    """Pulumi.yaml names a virtual environment, without which `pulumi up` fails at once."""
    (tmp_path / "plain.yaml").write_text(PLAIN)
    done = run(tmp_path, "sls-infra", "new", "shop", *source)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "shop/Pulumi.yaml").read_text().count(".venv") == 2
    assert "`.venv`" in (tmp_path / "shop/README.md").read_text()


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "mine.txt").write_text("mine")
    done = run(tmp_path, "sls-infra", "new", "shop")
    assert (done.returncode, done.stdout) == (1, "")
    assert "not empty: name another folder by --into" in done.stderr
    assert [path.name for path in (tmp_path / "shop").iterdir()] == ["mine.txt"]


EMPTY: dict[str, Any] = {"openapi": "3.0.0", "info": {"title": "x", "version": "1"}, "paths": {}}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["5"], "'5' is no name"),
        (["shop", "--from-openapi", "no.json"], "no.json can't be read"),
        (["shop", "--from-openapi", "empty.json"], "no operation that could become a route"),
        (["shop", "--into", "empty.json"], "is there already"),
        (["shop", "--into", "empty.json/x"], "can't be written"),
    ],
)
def test_mistakes_are_one_message(tmp_path: Path, arguments: list[str], told: str) -> None:
    (tmp_path / "empty.json").write_text(json.dumps(EMPTY))
    done = run(tmp_path, "sls-infra", "new", *arguments)
    assert done.returncode == 1
    assert told in done.stderr
    assert "Traceback" not in done.stderr
