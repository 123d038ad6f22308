"""What a cloud would compute for a resource, made up plausibly: Python mocks leave what is not returned None.

One module a package of resources: `of(type, name, inputs)` gives what is computed beyond the inputs, in camelCase.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

MODULES = {"aws": "aws", "azure-native": "azure", "gcp": "gcp", "sls": "sls"}
"""Package of a type → its module here."""


def computed(type: str, name: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs of a resource with its computed outputs. `name` is its logical one."""
    home = MODULES.get(type.partition(":")[0])
    if home is None:
        return dict(inputs)
    return {**inputs, **import_module(f".{home}", __name__).of(type, name, inputs)}
