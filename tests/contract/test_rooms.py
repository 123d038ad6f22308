"""Every cloud has the same rooms, an entry of the runtime, and payloads of its own to try it on."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import pytest

import sls_infra
from sls_infra.providers import registry

from .model import Cloud

PACKAGE = Path(sls_infra.__file__).parent
TESTS = Path(__file__).parents[1]
ROOMS = ("capabilities", "package", "function", "auth", "gateway", "adapter")


@pytest.mark.parametrize("room", ROOMS)
def test_each_cloud_has_the_room(cloud: Cloud, room: str) -> None:
    path = PACKAGE / "providers" / cloud.name / f"{room}.py"
    assert path.is_file()
    assert path.read_text().startswith('"""')


def test_each_clouds_package_is_empty(cloud: Cloud) -> None:
    assert (PACKAGE / "providers" / cloud.name / "__init__.py").read_text() == ""


def test_each_cloud_is_registered(cloud: Cloud) -> None:
    assert cloud.name in registry.BUILT
    assert registry.TARGETS[cloud.name]().name == cloud.name
    assert registry.capabilities(cloud.name).target == cloud.name
    assert registry.adapter(cloud.name).capabilities is registry.capabilities(cloud.name)


def test_each_cloud_has_an_entry_of_the_runtime(cloud: Cloud) -> None:
    assert (PACKAGE / "runtime" / "entry" / f"{cloud.name}.py").is_file()


def test_each_cloud_says_what_a_zip_holds(cloud: Cloud) -> None:
    package = importlib.import_module(f"sls_infra.providers.{cloud.name}.package")
    assert callable(package.bundle_spec)


def test_each_cloud_has_payloads_with_their_sources(cloud: Cloud) -> None:
    if cloud.name == "local":  # its events are its own: a worker's frames, which runtime/entry/local.py describes
        assert "A frame is" in str(importlib.import_module("sls_infra.runtime.entry.local").__doc__)
        return
    files = sorted((TESTS / "events" / cloud.name).glob("*.json"))
    assert files
    told = (TESTS / "events" / cloud.name / "README.md").read_text()
    for file in files:  # by itself, or, where its form leaves no room for that, beside it
        content = json.loads(file.read_text())
        assert (isinstance(content, dict) and content.get("_source")) or f"`{file.name}`" in told, file


def test_each_registered_target_is_among_the_clouds(cloud: Cloud) -> None:
    from .clouds import CLOUDS

    assert {cloud.name for cloud in CLOUDS} == set(registry.BUILT)
