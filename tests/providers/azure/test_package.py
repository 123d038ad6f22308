"""What the zip of a function app holds."""

from __future__ import annotations

import ast
import dataclasses
import json
from pathlib import Path

import pytest

from examples.orders.infra import api
from sls_infra.bundle import build
from sls_infra.errors import BundleError
from sls_infra.plan import resolve
from sls_infra.plan.model import FunctionPlan, Plan
from sls_infra.providers.azure import package
from sls_infra.providers.azure.capabilities import CAPABILITIES
from sls_infra.providers.azure.host import host as host_of


@pytest.fixture
def planned() -> Plan:
    return resolve.resolve(api(limited=False))


def changed(planned: Plan, **fields: object) -> FunctionPlan:
    return dataclasses.replace(planned.functions[0], **fields)  # type: ignore[arg-type]


def test_it_is_made_for_flex_consumption(planned: Plan) -> None:
    spec = package.bundle_spec(planned, planned.functions[0], CAPABILITIES)
    assert (spec.platform, spec.python, spec.entries) == ("x86_64-manylinux_2_28", "3.12", ("azure",))
    assert (spec.dependencies, spec.dependencies_in) == ("installed", ".python_packages/lib/site-packages")
    manifest = json.loads(spec.files["sls_manifest.json"])
    assert {route["id"] for route in manifest["routes"]} == {route.id for route in planned.routes}
    assert manifest["cors"]["origins"] == ["https://shop.example.com"]


@pytest.mark.parametrize(("python", "major"), [("3.11", "1"), ("3.12", "1"), ("3.13", "2"), ("3.14", "2")])
def test_the_workers_library_is_the_one_for_that_python(planned: Plan, python: str, major: str) -> None:
    (requirement,) = package.bundle_spec(planned, changed(planned, python=python), CAPABILITIES).platform_requirements
    assert requirement.startswith(f"azure-functions=={major}.")


@pytest.mark.parametrize(
    ("timeout", "written"),
    [(0.2, "00:00:01"), (10, "00:00:10"), (10.5, "00:00:11"), (230, "00:03:50"), (3661, "01:01:01")],
)
def test_the_host_ends_a_call_when_its_time_is_over(planned: Plan, timeout: float, written: str) -> None:
    host = json.loads(host_of(planned, changed(planned, timeout=timeout)))
    assert host["functionTimeout"] == written
    assert (host["version"], host["extensions"]) == ("2.0", {"http": {"routePrefix": "_sls"}})
    assert "extensionBundle" not in host


def test_the_generated_module_is_python_that_imports_two_things() -> None:
    module = ast.parse(package.FUNCTION_APP)
    imports = [node for node in ast.walk(module) if isinstance(node, (ast.Import, ast.ImportFrom))]
    assert [ast.unparse(node) for node in imports] == [
        "import azure.functions as func",
        "from sls_infra.runtime.entry.azure import register",
    ]


@pytest.mark.parametrize("name", ["function_app.py", "host.json", "Host.json"])
def test_a_file_where_a_generated_one_goes_is_refused(planned: Plan, tmp_path: Path, name: str) -> None:
    code = tmp_path / "code"
    code.mkdir()
    (code / name).write_text("{}")
    spec = package.bundle_spec(planned, changed(planned, code=code, requirements=()), CAPABILITIES)
    with pytest.raises(BundleError, match=f"{name} is where the generated file {name.lower()} goes: rename or exclude"):
        build(spec, cache=tmp_path / "cache")


def test_a_package_that_would_be_imported_for_the_generated_module_is_refused(planned: Plan, tmp_path: Path) -> None:
    (tmp_path / "function_app").mkdir()
    with pytest.raises(BundleError, match='function "shop": its folder function_app/ would be imported'):
        package.bundle_spec(planned, changed(planned, code=tmp_path), CAPABILITIES)
