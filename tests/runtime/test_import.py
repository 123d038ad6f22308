"""What a cold start pays for: which modules the runtime loads, and that it needs the standard library only."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import sls_infra.runtime

FOLDER = Path(sls_infra.runtime.__file__).parent
COSTLY = {
    "asyncio", "collections", "contextlib", "dataclasses", "email", "enum", "functools", "http", "importlib", "inspect",
    "json", "logging", "re", "threading", "traceback", "types", "typing", "urllib", "warnings",
}  # fmt: skip


def loaded_by(statement: str, root: Path) -> set[str]:
    """The modules that a statement loads in a fresh interpreter, beyond those that are there from the start."""
    code = f"import sys, os; sys.path.insert(0, {str(root)!r}); before = set(sys.modules)\n{statement}\n"
    code += "new = set(sys.modules) - before\nimport json; print(json.dumps(sorted(new)))"
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    return set(json.loads(ran.stdout))


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The runtime as it lies in a bundle, beside an empty `sls_infra/__init__.py`."""
    root = tmp_path_factory.mktemp("bundle")
    shutil.copytree(FOLDER, root / "sls_infra" / "runtime", ignore=shutil.ignore_patterns("__pycache__"))
    (root / "sls_infra" / "__init__.py").touch()
    return root


@pytest.mark.parametrize(
    "module", ["sls_infra.runtime", "sls_infra.runtime.dispatch", "sls_infra.runtime.entry.http_api"]
)
def test_importing_the_runtime_loads_nothing_else(module: str, bundle: Path) -> None:
    loaded = loaded_by(f"import {module}", bundle)
    assert module in loaded
    assert {name for name in loaded if not name.startswith("sls_infra")} <= {"__future__"}


def test_what_is_costly_is_loaded_by_nothing_but_its_use(bundle: Path) -> None:
    use = """
from sls_infra.runtime import Request, Response
from sls_infra.runtime.dispatch import Dispatcher
sys.modules["shop"] = type(sys)("shop")
sys.modules["shop"].read = lambda request: request.path_params["id"]
route = {"method": "GET", "path": "/orders/{id}", "handler": "shop:read", "auth": ["public"]}
assert Dispatcher({"version": 1, "routes": [route]}).handle(Request("GET", "/orders/7")).body == b"7"
"""
    assert loaded_by(use, bundle) & COSTLY == set()


SDKS = {"aws": {"boto3", "botocore"}, "azure": {"azure"}, "gcp": {"google", "grpc"}}
"""What the drivers of links may import besides, each on its own platform."""


@pytest.mark.parametrize("source", sorted(FOLDER.rglob("*.py")), ids=lambda path: str(path.relative_to(FOLDER)))
def test_imports_are_relative_or_of_the_standard_library(source: Path) -> None:
    parts = source.relative_to(FOLDER).parts
    allowed = {*sys.stdlib_module_names, *(SDKS.get(parts[1], ()) if parts[0] == "links" else ())}
    for node in ast.walk(ast.parse(source.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            assert {alias.name.partition(".")[0] for alias in node.names} <= allowed
        elif isinstance(node, ast.ImportFrom):
            assert 0 < node.level <= len(parts) or (node.module or "").partition(".")[0] in allowed


@pytest.mark.parametrize("platform", sorted(SDKS))
def test_what_a_platforms_driver_needs_is_imported_on_first_use(platform: str, bundle: Path) -> None:
    modules = [path.stem for path in (FOLDER / "links" / platform).glob("[!_]*.py")]
    names = ", ".join(f"sls_infra.runtime.links.{platform}.{module}" for module in modules)
    loaded = loaded_by(f"import {names}" if names else "", bundle)
    assert {name.partition(".")[0] for name in loaded} & SDKS[platform] == set()


EVENT = """
from sls_infra.runtime.dispatch import Dispatcher
sys.modules["shop"] = type(sys)("shop")
sys.modules["shop"].send = lambda message: None
events = {"emails-shop": {"kind": "queue", "handler": "shop:send", "max_attempts": 1, "attributes": {}}}
consumer = Dispatcher({"version": 1, "routes": [], "events": events}).consumer
from sls_infra.runtime.events.delivery import Delivery
from sls_infra.runtime.events.shapes import Message
assert consumer.consume("emails-shop", [Delivery("1", Message("1", "hello"), attempt=1)]) == []
"""


def test_events_are_loaded_where_the_manifest_has_some_and_cost_little(bundle: Path) -> None:
    without = loaded_by(
        "from sls_infra.runtime.dispatch import Dispatcher\n"
        'assert Dispatcher({"version": 1, "routes": []}).consumer is None',
        bundle,
    )
    assert not [name for name in without if "events" in name or "runtime.links." in name]
    loaded = loaded_by(EVENT, bundle)
    modules = ("events", *(f"events.{name}" for name in ("consumer", "dead_letters", "delivery", "shapes")), "services")
    assert {name.removeprefix("sls_infra.runtime.") for name in loaded - without - {"shop"}} == set(modules)
    assert loaded & COSTLY == set()
