"""What importing costs: judged by what a fresh interpreter has loaded."""

from __future__ import annotations

import subprocess
import sys

import pytest

from sls_infra.providers.registry import BUILT

HEAVY = (
    "pulumi",
    "pulumi_aws",
    "pulumi_azure_native",
    "pulumi_gcp",
    "pydantic",
    "grpc",
    "starlette",
    "uvicorn",
    "jwt",
    "boto3",
    "google.protobuf",
    "sls_infra.bundle",
)


def loaded(statement: str) -> list[str]:
    """The modules in a fresh interpreter after `statement`."""
    program = f"{statement}\nimport sys\nprint('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.split()


def heavy(modules: list[str]) -> list[str]:
    return [module for module in modules if module in HEAVY]


def test_import_sls_infra_loads_neither_pulumi_nor_pydantic_nor_an_sdk() -> None:
    modules = loaded("import sls_infra")
    assert "sls_infra" in modules
    assert heavy(modules) == []


@pytest.mark.parametrize("cloud", BUILT)
def test_a_clouds_capabilities_load_no_pulumi(cloud: str) -> None:
    modules = loaded(f"import sls_infra.providers.{cloud}.capabilities")
    assert [module for module in heavy(modules) if module != "pydantic"] == []


def test_the_spec_loads_pydantic_and_no_pulumi() -> None:
    modules = loaded("from sls_infra import Api, Route, Jwt")
    assert heavy(modules) == ["pydantic"]


def test_the_runtime_loads_the_standard_library_alone() -> None:
    bare = set(loaded("pass"))
    added = [module for module in loaded("import sls_infra.runtime") if module not in bare]
    outside = [m for m in added if not m.startswith("sls_infra") and m.split(".")[0] not in sys.stdlib_module_names]
    assert outside == []
    assert not {"asyncio", "json", "re", "typing", "dataclasses", "logging"} & set(added)


def test_only_the_chosen_target_is_loaded() -> None:
    modules = loaded("from sls_infra.providers import registry; registry.adapter('aws')")
    assert "pulumi_aws" in modules
    assert "sls_infra.providers.local.adapter" not in modules
