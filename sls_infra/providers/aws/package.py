"""What the zip of a Lambda function holds."""

from __future__ import annotations

from ...bundle.spec import BundleSpec, SizeLimit
from ...plan import manifest
from ...plan.capabilities import Capabilities
from ...plan.model import FunctionPlan, Plan

HANDLER = "sls_infra.runtime.entry.aws.handler"
PLATFORM = {"arm64": "aarch64-manylinux2014", "x86_64": "x86_64-manylinux2014"}
_QUOTAS = "Lambda quotas: deployment package size"
MAX_ZIP = SizeLimit(50 * 1024 * 1024, "a zip that is uploaded directly", _QUOTAS)
MAX_UNPACKED = SizeLimit(250 * 1024 * 1024, "an unpacked function", _QUOTAS)


def architecture(function: FunctionPlan) -> str:
    """The one that is asked for, else arm64: the cheaper one."""
    return function.architecture or "arm64"


def bundle_spec(plan: Plan, function: FunctionPlan, front: Capabilities) -> BundleSpec:
    """What goes into the function's zip. `front`: the one that calls it."""
    by_runtime = front.by_runtime
    rest = front.front_name == "rest"
    known = manifest.manifest(plan, function, open_options=True, answers_cors=rest, by_runtime=by_runtime)
    return BundleSpec(
        function=function.name,
        code=function.code,
        python=function.python,
        platform=PLATFORM[architecture(function)],
        requirements=function.requirements,
        platform_requirements=manifest.runtime_requirements(plan, function, by_runtime),
        include=function.include,
        exclude=function.exclude,
        files={manifest.FILE: manifest.as_bytes(known)},
        entries=("aws",),
        max_zip=MAX_ZIP,
        max_unpacked=MAX_UNPACKED,
    )
