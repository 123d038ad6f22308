"""The stand-in's table against the pulumi-aws SDK: a misspelled property would be an output that nobody ever sees."""

from __future__ import annotations

import importlib
import keyword
import re
from types import ModuleType
from typing import Any

import pytest

from tests.engine.aws_outputs import ACCOUNT, AWS, KINDS, REGION
from tests.engine.kinds import Made

# Importing a part of the SDK warns of each old class in it.
pytestmark = pytest.mark.filterwarnings("ignore:.* has been deprecated in favor of:DeprecationWarning")


def sdk(type: str) -> tuple[ModuleType, str]:
    """The SDK's module for a type, and the class's name."""
    _, path, name = type.split(":")
    folder = path.split("/")[0]
    return importlib.import_module(
        f"pulumi_aws.{folder}_" if keyword.iskeyword(folder) else f"pulumi_aws.{folder}"
    ), name


def snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


@pytest.mark.parametrize("type", KINDS)
def test_a_row_says_what_the_sdk_says(type: str) -> None:
    module, name = sdk(type)
    resource: Any = getattr(module, name)
    inputs: Any = getattr(module, f"{name}Args")
    kind = KINDS[type]
    assert resource.pulumi_type == type
    made = Made(type, "shop", {"name": "shop-1", "role": "r", "bucket": "b"}, ACCOUNT, REGION, 1)
    outputs = kind.outputs(made)
    for output in {*outputs, *kind.volatile}:
        assert isinstance(getattr(resource, snake(output), None), property), f"{type} has no output {output}"
    for given in {*kind.replace, *([kind.name] if kind.name else [])}:
        assert isinstance(getattr(inputs, snake(given), None), property), f"{type} has no input {given}"
    assert kind.volatile <= set(outputs)
    assert kind.id(made)


def test_regions_are_known_where_the_sdk_takes_one() -> None:
    for type, kind in KINDS.items():
        module, name = sdk(type)
        assert ("region" in kind.replace) == hasattr(getattr(module, f"{name}Args"), "region"), type


@pytest.mark.parametrize("token", AWS.invokes)
def test_an_answer_has_what_the_sdk_reads(token: str) -> None:
    import pulumi_aws

    result: Any = getattr(pulumi_aws, f"Awaitable{token.rpartition(':')[2].replace('get', 'Get', 1)}Result")
    for name in AWS.invokes[token]({}):
        assert isinstance(getattr(result, snake(name), None), property), f"{token} has no {name}"
