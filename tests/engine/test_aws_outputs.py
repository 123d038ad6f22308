"""The stand-in's table against the pulumi-aws SDK: a misspelled property would be an output that nobody ever sees."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from tests.engine.aws_outputs import AWS, KINDS
from tests.engine.sdk import check_answer, check_row, classes

# Importing a part of the SDK warns of each old class in it.
pytestmark = pytest.mark.filterwarnings("ignore:.* has been deprecated in favor of:DeprecationWarning")


@pytest.mark.parametrize("type", KINDS)
def test_a_row_says_what_the_sdk_says(type: str) -> None:
    check_row(type, KINDS[type], AWS, {"name": "shop-1", "role": "r", "bucket": "b"})


def test_regions_are_known_where_the_sdk_takes_one() -> None:
    for type, kind in KINDS.items():
        _, arguments = classes(type)
        assert ("region" in kind.replace) == hasattr(arguments, "region"), type


@pytest.mark.parametrize("token", AWS.invokes)
def test_an_answer_has_what_the_sdk_reads(token: str) -> None:
    _, path, function = token.split(":")
    folder = path.partition("/")[0]
    module = importlib.import_module("pulumi_aws" if folder == "index" else f"pulumi_aws.{folder}")
    result: Any = getattr(module, f"Awaitable{function.replace('get', 'Get', 1)}Result")
    check_answer(result, AWS.invokes[token]({}))
