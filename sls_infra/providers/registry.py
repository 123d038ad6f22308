"""Target → adapter and capabilities, imported only when chosen."""

from __future__ import annotations

import warnings
from importlib import import_module
from typing import TYPE_CHECKING, cast

from ..errors import Problem, SpecError
from ..plan.capabilities import Capabilities
from ..quick import collector_paused, partly
from ..spec.targets import Aws, Azure, Gcp, Local, Target

if TYPE_CHECKING:
    from .base import Adapter

TARGETS: dict[str, type[Target]] = {"aws": Aws, "azure": Azure, "gcp": Gcp, "local": Local}
"""The words that `target` takes, each with its options."""

SDKS = {"aws": "pulumi_aws", "azure": "pulumi_azure_native", "gcp": "pulumi_gcp"}
"""Target → the package of its resources, of which only what is used gets loaded."""

BUILT = ("aws", "azure", "gcp", "local")
"""Targets that have an adapter."""


def as_target(target: Target | str) -> Target:
    """The options of a target given by its name, or as they are; `SpecError` for one that there is not."""
    fix = f"use one of {', '.join(BUILT)}"
    if isinstance(target, str):
        if target not in TARGETS:
            raise SpecError([Problem("target", f"{target!r} is no target", fix)])
        target = TARGETS[target]()
    if target.name not in BUILT:
        message = f"{target.name} is not built yet: nothing would be made of the spec there"
        raise SpecError([Problem("target", message, fix)])
    return target


def capabilities(name: str) -> Capabilities:
    """What a target can do with its lightest front; loads neither pulumi nor an SDK."""
    return fronts(name)[0]


def fronts(name: str) -> tuple[Capabilities, ...]:
    """What a target can do with each of its fronts, the lightest first; loads neither pulumi nor an SDK."""
    module = import_module(f".{name}.capabilities", __package__)
    return cast("tuple[Capabilities, ...]", module.FRONTS)


def adapter(name: str) -> Adapter:
    """The adapter of a target; loads its SDK."""
    try:
        with collector_paused(), warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # SDKs warn of old classes as they are loaded
            if name in SDKS:
                partly(SDKS[name])
            module = import_module(f".{name}.adapter", __package__)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("sls_infra"):
            raise
        message = f"the target {name} needs {error.name}, which is not installed"
        raise SpecError([Problem("target", message, f"pip install 'sls-infra[{name}]'")]) from None
    return cast("Adapter", module.ADAPTER)
