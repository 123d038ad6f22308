"""What a cloud would compute for a resource, made up plausibly: Python mocks leave what is not returned None.

One module a package of resources: `of(type, name, inputs)` gives what is computed beyond the inputs, in camelCase.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

MODULES = {"aws": "aws", "azure-native": "azure", "gcp": "gcp", "sls": "sls"}
"""Package of a type → its module here."""


def computed(type: str, name: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs of a resource with its computed outputs. `name` is its logical one."""
    home = MODULES.get(type.partition(":")[0])
    if home is None:
        return dict(inputs)
    return {**inputs, **import_module(f".{home}", __name__).of(type, name, inputs)}


def echoed(type: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs of a resource as a preview gives them back: in the shape of its outputs."""
    shaped = getattr(_module(type), "shaped", dict)
    return dict(shaped(inputs))


def called(function: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """What a provider's function gives; nothing where nobody has made it up."""
    call = getattr(_module(function), "call", None)
    return dict(call(function, arguments)) if call is not None else {}


def _module(token: str) -> ModuleType | None:
    home = MODULES.get(token.partition(":")[0])
    return None if home is None else import_module(f".{home}", __name__)
