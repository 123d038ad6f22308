"""A large public description: GitHub's REST API, of more than a thousand operations, as npm has it."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from sls_infra.openapi.reading.description import description
from sls_infra.openapi.reading.model import Description
from sls_infra.runtime import schema as checker

from .test_new import run

PACKAGE = "@octokit/openapi@23.0.2"
MEMBER = "package/generated/api.github.com.json"


@pytest.fixture(scope="module")
def github(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The description's file."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip(f"npm is not on PATH: {PACKAGE} can't be had")
    folder = tmp_path_factory.mktemp("github")
    try:
        done = subprocess.run(
            [npm, "pack", PACKAGE, "--silent"], cwd=folder, capture_output=True, text=True, check=False, timeout=180
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"npm did not get {PACKAGE} within 180 s")
    if done.returncode != 0:
        pytest.skip(f"npm can't get {PACKAGE}: {done.stderr.strip().splitlines()[-1:]}")
    [archive] = folder.glob("*.tgz")
    with tarfile.open(archive) as members:
        content = members.extractfile(MEMBER)
        assert content is not None
        (folder / "github.json").write_bytes(content.read())
    archive.unlink()
    return folder / "github.json"


@pytest.fixture(scope="module")
def read(github: Path) -> Description:
    return description(str(github), "github")


def test_every_operation_is_a_route_or_a_remark(read: Description) -> None:
    assert read.operations > 1000
    left_out = {remark.where for remark in read.remarks.found if remark.what.startswith("left out: ")}
    assert len(read.routes) + len(left_out) == read.operations
    assert len(left_out) < 5
    assert len({(route.method, route.path) for route in read.routes}) == len(read.routes)
    assert len({route.operation_id for route in read.routes}) == len(read.routes)


def test_every_body_can_be_checked(read: Description) -> None:
    requests = [route.request for route in read.routes if route.request is not None]
    assert len(requests) > 250
    for name in requests:
        assert checker.unsupported({"$ref": f"#/$defs/{name}", "$defs": _needed(read.schemas, name)}) == []


def _needed(schemas: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The schema and all that it refers to."""
    found: dict[str, Any] = {}
    waiting = [name]
    while waiting:
        each = waiting.pop()
        if each not in found:
            found[each] = schemas[each]
            waiting += _named(schemas[each])
    return found


def _named(node: Any) -> list[str]:
    if isinstance(node, list):
        return [name for each in node for name in _named(each)]
    if not isinstance(node, dict):
        return []
    own = [node["$ref"].removeprefix("#/$defs/")] if isinstance(node.get("$ref"), str) else []
    return own + [name for each in node.values() for name in _named(each)]


def test_the_project_is_planned_and_its_test_passes(github: Path, read: Description) -> None:
    done = run(github.parent, "sls-infra", "new", "github", "--from-openapi", str(github))
    assert done.returncode == 0, done.stderr
    assert f"{read.operations} operations, {len(read.routes)} routes" in done.stdout
    assert "make several of them" in done.stdout, "more routes than a cloud takes"
    made = github.parent / "github"
    for program, *arguments in (
        ("sls-infra", "plan", "infra:api", "--target", "local"),
        ("python", "-m", "pytest", "-q", "-p", "no:cacheprovider"),
        ("ruff", "check", "--no-cache", "."),
        ("ruff", "format", "--no-cache", "--check", "."),
    ):
        done = run(made, program, *arguments)
        assert done.returncode == 0, (program, done.stdout[-2000:], done.stderr)
