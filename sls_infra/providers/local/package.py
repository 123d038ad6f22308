"""What the zip of a function holds on this machine."""

from __future__ import annotations

import sys

from ...bundle.spec import BundleSpec
from ...plan import manifest
from ...plan.capabilities import Capabilities
from ...plan.model import FunctionPlan, Plan

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
"""Functions run on the Python of the program, whatever `runtime` says: it is the one that is there."""


def bundle_spec(plan: Plan, function: FunctionPlan, front: Capabilities) -> BundleSpec:
    """What goes into the function's zip: nothing is too large for this machine."""
    return BundleSpec(
        function=function.name,
        code=function.code,
        python=PYTHON,
        platform=None,
        requirements=function.requirements,
        platform_requirements=manifest.runtime_requirements(plan, function, front.by_runtime),
        include=function.include,
        exclude=function.exclude,
        files={manifest.FILE: manifest.as_bytes(manifest.manifest(plan, function, by_runtime=front.by_runtime))},
        entries=("local",),
    )
