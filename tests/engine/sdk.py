"""A stand-in's table held to the SDK's own classes: a misspelled property would be an output that nobody ever sees."""

from __future__ import annotations

import importlib
import keyword
import re
import sys
import typing
from collections.abc import Mapping
from typing import Any

from tests.engine.kinds import Kind, Made, Package, Values

PACKAGES = {"aws": "pulumi_aws", "azure-native": "pulumi_azure_native", "gcp": "pulumi_gcp"}


def classes(type: str) -> tuple[Any, Any]:
    """The class of a type of resource, and that of its arguments."""
    package, path, name = type.split(":")
    folder = path.split("/")[0]
    module = importlib.import_module(f"{PACKAGES[package]}.{folder}{'_' if keyword.iskeyword(folder) else ''}")
    # "InitArgs" where "Args" is what a part of another resource is made of
    return getattr(module, name), getattr(module, f"{name}InitArgs", None) or getattr(module, f"{name}Args")


def check_row(type: str, kind: Kind, package: Package, inputs: Values) -> None:
    """The row says nothing that the SDK does not know: type, outputs (those within objects too), inputs."""
    resource, arguments = classes(type)
    assert resource.pulumi_type == type
    where = {key: str(package.configuration[key]) for key in ("account", "region")}
    made = Made(type, "shop", inputs, where["account"], where["region"], 1)
    outputs = kind.outputs(made)
    _check_outputs(resource, outputs, type)
    assert kind.volatile <= set(outputs)
    given = {*kind.replace, *kind.fits, *filter(None, [kind.name]), *(["location"] if kind.located else [])}
    for name in given:
        assert isinstance(getattr(arguments, snake(name), None), property), f"{type} has no input {name}"
    if kind.name:
        required = f"Missing required property '{snake(kind.name)}'"
        source = typing.cast(Any, importlib.import_module(resource.__module__)).__loader__.get_source(
            resource.__module__
        )
        assert required not in source, f"{type}: the program must give {kind.name}"
    assert kind.id(made)


def check_answer(result: Any, answer: Values) -> None:
    """What a function answers with is what the SDK's result has."""
    for name in answer:
        assert isinstance(getattr(result, snake(name), None), property), f"{result.__name__} has no {name}"


def snake(name: str) -> str:
    """`apiConfigId` → `api_config_id`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _check_outputs(owner: Any, outputs: Values, at: str) -> None:
    for name, value in outputs.items():
        found = getattr(owner, snake(name), None)
        assert isinstance(found, property), f"{at} has no output {name}"
        inner = _inner(owner, found)
        if isinstance(value, Mapping) and inner is not None:
            _check_outputs(inner, value, f"{at} {name}")


def _inner(owner: Any, found: property) -> Any:
    """The SDK's class of an object among the outputs; None for a plain mapping and for values."""
    hints = typing.get_type_hints(found.fget, vars(sys.modules[owner.__module__]))
    parts = [hints["return"]]
    while parts:
        part = parts.pop()
        if isinstance(part, type) and part.__module__.endswith(".outputs"):
            return part
        parts += typing.get_args(part) if not _is_mapping(part) else ()
    return None


def _is_mapping(part: Any) -> bool:
    return typing.get_origin(part) in (dict, Mapping)
