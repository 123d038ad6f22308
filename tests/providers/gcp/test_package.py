"""What goes into a function's zip, and that Google's build would install it: tried with pip, and served from there."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from sls_infra import Api, Function, Public, Route
from sls_infra.bundle import Bundle, build
from sls_infra.errors import BundleError
from sls_infra.plan import check
from sls_infra.plan.model import Plan
from sls_infra.providers.gcp import package
from sls_infra.providers.gcp.capabilities import CAPABILITIES

from ...runtime.functions_framework import FunctionsFramework
from .gateway import Gateway

HANDLER = """
import anyio
import markupsafe
from sls_infra.runtime import Response

def read(request):
    return Response.json({"escaped": str(markupsafe.escape("<")), "anyio": anyio.__file__})
"""
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture
def planned(tmp_path: Path) -> Callable[..., Plan]:
    """A plan of one open route, whose function's code is these files."""

    def plan(**files: str) -> Plan:
        code = tmp_path / "code"
        for name, content in {"handlers.py": HANDLER, **files}.items():
            (code / name).parent.mkdir(parents=True, exist_ok=True)
            (code / name).write_text(content)
        shop = Function("shop", code=code, handler="handlers:read", runtime=f"python{PYTHON}")
        return check.plan(Api("shop", auth=Public(), routes=[Route("GET", "/x", shop)]), CAPABILITIES)

    return plan


def packed(plan: Plan, tmp_path: Path) -> Bundle:
    try:
        spec = package.bundle_spec(plan, plan.functions[0], CAPABILITIES)
        return build(spec, cache=tmp_path / "cache", progress=lambda _: None)
    except BundleError as error:
        if "error sending request" in str(error):
            pytest.skip("no package index can be reached from here")
        raise


def test_the_spec(planned: Callable[..., Plan]) -> None:
    plan = planned()
    spec = package.bundle_spec(plan, plan.functions[0], CAPABILITIES)
    assert (spec.dependencies, spec.platform_requirements) == ("listed", (package.FRAMEWORK,))
    assert json.loads(spec.files["sls_manifest.json"])["routes"][0]["path"] == "/x"
    assert package.BUILD_ENVIRONMENT == {"GOOGLE_FUNCTION_SOURCE": package.SOURCE_FILE}


def test_a_module_of_the_generated_files_name_is_refused(planned: Callable[..., Plan], tmp_path: Path) -> None:
    with pytest.raises(
        BundleError, match=r'function "shop": sls_main\.py is where the generated file sls_main\.py goes'
    ):
        packed(planned(**{"sls_main.py": ""}), tmp_path)


def test_a_main_of_the_users_own_stays(planned: Callable[..., Plan], tmp_path: Path) -> None:
    bundle = packed(planned(**{"main.py": "", "shop/requirements.txt": "data"}), tmp_path)
    assert {"main.py", "shop/requirements.txt", package.SOURCE_FILE} <= set(zipfile.ZipFile(bundle.path).namelist())


def test_requirements_that_the_framework_does_not_go_with(planned: Callable[..., Plan], tmp_path: Path) -> None:
    plan = planned(**{"requirements.txt": "flask<2\n"})
    with pytest.raises(BundleError, match=r"(?s)requirements\.txt does not go with .*functions-framework==.*flask<2"):
        packed(plan, tmp_path)


def test_what_googles_build_installs_serves_the_function(planned: Callable[..., Plan], tmp_path: Path) -> None:
    """As the buildpack does it: pip, into an environment that has nothing of this one; then the framework's program."""
    files = {
        "requirements.txt": "markupsafe==3.0.2\n",
        "anyio/__init__.py": "",
        "pyproject.toml": "[project]\nname='x'\n",
    }
    plan = planned(**files)
    unpacked = tmp_path / "unpacked"
    with zipfile.ZipFile(packed(plan, tmp_path).path) as archive:
        archive.extractall(unpacked)
    assert not (unpacked / "pyproject.toml").exists()
    python = installed(unpacked, tmp_path / "environment")
    with FunctionsFramework(unpacked, python=python) as function:
        status, _, body = Gateway(plan, function).call("GET /x", "/x")
    assert status == 200, function.log
    answer = json.loads(body)
    assert answer["escaped"] == "&lt;"
    assert answer["anyio"] == str(unpacked / "anyio/__init__.py"), "the function's own stands before a package"


def installed(unpacked: Path, environment: Path) -> str:
    """A new environment with what requirements.txt lists, and nothing else."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True, timeout=60)
    python = str(environment / "bin/python")
    command = [sys.executable, "-m", "pip", "--python", python, "install", "--require-hashes", "--no-compile"]
    command += ["--disable-pip-version-check", "--no-input", "--requirement", "requirements.txt"]
    done = subprocess.run(command, cwd=unpacked, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    checked = subprocess.run([sys.executable, "-m", "pip", "--python", python, "check"], timeout=60, check=False)
    assert checked.returncode == 0, "the buildpack refuses what `pip check` does not like"
    return python
