"""The stand-in's table against the pulumi-gcp SDK."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from tests.engine.gcp_outputs import GCP, KINDS
from tests.engine.kinds import Made
from tests.engine.sdk import check_answer, check_row, classes

# Importing a part of the SDK warns of each old class in it.
pytestmark = pytest.mark.filterwarnings("ignore:.* has been deprecated in favor of:DeprecationWarning")


@pytest.mark.parametrize("type", KINDS)
def test_a_row_says_what_the_sdk_says(type: str) -> None:
    check_row(type, KINDS[type], GCP, {"name": "shop", "location": "europe-west1", "api": "shop"})


@pytest.mark.parametrize("type", KINDS)
def test_what_has_a_project_takes_one(type: str) -> None:
    _, arguments = classes(type)
    assert ("project" in KINDS[type].replace) == hasattr(arguments, "project")


def test_a_function_brings_the_service_that_its_outputs_name() -> None:
    inputs = {"name": "orders_shop", "location": "europe-west1"}
    made = Made("gcp:cloudfunctionsv2/function:Function", "orders-shop", inputs, "", "", 1)
    kind = KINDS["gcp:cloudfunctionsv2/function:Function"]
    assert kind.outputs(made)["serviceConfig"]["service"] in kind.brings(made)


@pytest.mark.parametrize("token", GCP.invokes)
def test_an_answer_has_what_the_sdk_reads(token: str) -> None:
    _, path, name = token.split(":")
    module = importlib.import_module(f"pulumi_gcp.{path.split('/')[0]}")
    result: Any = getattr(module, f"{name[0].upper()}{name[1:]}Result")
    check_answer(result, GCP.invokes[token]({}))
