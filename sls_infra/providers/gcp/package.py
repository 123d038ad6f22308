"""What the zip of a Cloud Run function holds: source, from which Google builds an image."""

from __future__ import annotations

from ...bundle.spec import BundleSpec
from ...plan import manifest
from ...plan.capabilities import Capabilities
from ...plan.model import FunctionPlan, Plan, SchedulePlan
from .libraries import libraries

SOURCE_FILE = "sls_main.py"
"""What functions-framework loads. Not `main.py`, the default, which is a name that users give their own modules."""
ENTRY_POINT = "handle"
"""What it calls in there."""
BUILD_ENVIRONMENT = {"GOOGLE_FUNCTION_SOURCE": SOURCE_FILE}
"""Variables of the build (cloud.google.com/docs/buildpacks/service-specific-configs, "Cloud Functions")."""
FRAMEWORK = "functions-framework==3.10.2"
"""Pinned, so that an image is built anew with what was tested."""
PLATFORM = "x86_64-manylinux_2_28"
"""Google builds on Ubuntu 22.04 with glibc 2.35, from Python 3.14 on on 24.04 (github.com/GoogleCloudPlatform/
buildpacks, pkg/python/python.go): all that is tagged for this one installs there."""

_SOURCE = b'''"""What functions-framework loads: made by sls-infra. The routes are in sls_manifest.json."""

import os
import sys

# First, where functions-framework has put it last: a module of the function stands before a package of its name.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from flask import current_app  # noqa: E402

from sls_infra.runtime.entry.gcp import handle, prepare  # noqa: E402

__all__ = ["handle"]
prepare(current_app)
'''

ZONES = "tzdata>=2025.2"
"""The time zones: the image that runs functions is not said to have them."""


def bundle_spec(plan: Plan, function: FunctionPlan, front: Capabilities) -> BundleSpec:
    """What goes into the function's zip. Its size is not checked: functions of the second generation have no limit
    (cloud.google.com/functions/quotas, "Max deployment size")."""
    known = manifest.manifest(plan, function, answers_cors=True, by_runtime=front.by_runtime)
    return BundleSpec(
        function=function.name,
        code=function.code,
        python=function.python,
        platform=PLATFORM,
        requirements=function.requirements,
        platform_requirements=(
            FRAMEWORK,
            *manifest.runtime_requirements(plan, function, front.by_runtime),
            *libraries(plan, function),
            *_zones(plan, function),
        ),
        dependencies="listed",
        include=function.include,
        exclude=function.exclude,
        files={manifest.FILE: manifest.as_bytes(known), SOURCE_FILE: _SOURCE},
        entries=("gcp",),
    )


def _zones(plan: Plan, function: FunctionPlan) -> tuple[str, ...]:
    return (ZONES,) if any(isinstance(event, SchedulePlan) for event in plan.events_of(function)) else ()
