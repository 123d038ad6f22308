"""The stand-in's table against the pulumi-azure-native SDK."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from tests.engine.azure_outputs import AZURE, KINDS, SUBSCRIPTION
from tests.engine.kinds import Made
from tests.engine.sdk import check_answer, check_row, classes

# Importing a part of the SDK warns of each old class in it.
pytestmark = pytest.mark.filterwarnings("ignore:.* has been deprecated in favor of:DeprecationWarning")


@pytest.mark.parametrize("type", KINDS)
def test_a_row_says_what_the_sdk_says(type: str) -> None:
    check_row(type, KINDS[type], AZURE, {"accountName": "shop", "name": "shop"})


@pytest.mark.parametrize("type", KINDS)
def test_what_has_a_location_takes_one(type: str) -> None:
    _, arguments = classes(type)
    assert KINDS[type].located == hasattr(arguments, "location")


def test_an_id_is_a_path_below_a_group() -> None:
    inputs = {"resourceGroupName": "shop", "accountName": "shopdata", "containerName": "code"}
    made = Made("azure-native:storage:BlobContainer", "code", inputs, "", "", 1)
    kind = KINDS["azure-native:storage:BlobContainer"]
    account = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/shop/providers/Microsoft.Storage/storageAccounts/shopdata"
    assert kind.id(made) == f"{account}/blobServices/default/containers/code"
    assert set(kind.needs(made)) <= set(KINDS["azure-native:storage:StorageAccount"].brings(made))


@pytest.mark.parametrize("token", AZURE.invokes)
def test_an_answer_has_what_the_sdk_reads(token: str) -> None:
    _, folder, name = token.split(":")
    module = importlib.import_module(f"pulumi_azure_native.{folder}")
    result: Any = getattr(module, f"{name[0].upper()}{name[1:]}Result")
    arguments = {"name": "shop", "resourceGroupName": "shop", "sid": "mobile", "accountName": "shop"}
    check_answer(result, AZURE.invokes[token](arguments))
