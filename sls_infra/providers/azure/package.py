"""What the zip of a function app holds: deployed as it is, without a build on Azure (`RemoteBuild=false`)."""

from __future__ import annotations

from ...bundle.spec import BundleSpec, SizeLimit
from ...errors import BundleError
from ...plan import manifest
from ...plan.capabilities import Capabilities
from ...plan.manifest_events import reached
from ...plan.model import FunctionPlan, Plan, SchedulePlan
from .host import host

PLATFORM = "x86_64-manylinux_2_28"
"""Flex Consumption is x86_64 alone. Its images have glibc 2.31 (Python 3.11 and before, Debian 11) or later:
https://github.com/Azure/azure-functions-python-worker/issues/1651. Of the tags that wheels have, this comes next."""
LIBRARY = {"1": "azure-functions==1.26.0", "2": "azure-functions==2.3.0"}
"""The worker's library, by its major version: 1 for Python 3.11 and 3.12, 2 from 3.13 on (their Requires-Python)."""
IDENTITY = "azure-identity>=1.23,<2"
SDKS = {
    "table": ("azure-cosmos>=4.9,<5", IDENTITY),
    "bucket": ("azure-storage-blob>=12.25,<13", IDENTITY),
    "queue": ("azure-servicebus>=7.14,<8", IDENTITY),
    "topic": ("azure-servicebus>=7.14,<8", IDENTITY),
}
"""Kind of a resource that the function's code reaches → what its driver is made of."""
TIME_ZONES = "tzdata>=2025.2"
"""Azure's images need not have any."""
MAX_ZIP = SizeLimit(
    1024**3,
    "a deployment package",
    "https://learn.microsoft.com/azure/azure-functions/run-functions-from-deployment-package",
)

FUNCTION_APP = b'''\
"""Made by sls-infra: one function for every route in sls_manifest.json."""

import azure.functions as func

from sls_infra.runtime.entry.azure import register

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
register(app, func)
'''


def bundle_spec(plan: Plan, function: FunctionPlan, front: Capabilities) -> BundleSpec:
    """What goes into the function's zip. Raises BundleError where the code would be imported in place of what is
    generated; files of the same name are refused when the zip is built."""
    if (function.code / "function_app").is_dir():
        raise BundleError(
            f'function "{function.name}": its folder function_app/ would be imported in place of the generated '
            "function_app.py: rename it"
        )
    known = manifest.manifest(plan, function, answers_cors=True, by_runtime=front.by_runtime)
    return BundleSpec(
        function=function.name,
        code=function.code,
        python=function.python,
        platform=PLATFORM,
        requirements=function.requirements,
        platform_requirements=(
            library(function.python),
            *manifest.runtime_requirements(plan, function, front.by_runtime),
            *sdks(plan, function),
        ),
        include=function.include,
        exclude=function.exclude,
        files={
            manifest.FILE: manifest.as_bytes(known),
            "function_app.py": FUNCTION_APP,
            "host.json": host(plan, function),
        },
        entries=("azure",),
        dependencies_in=".python_packages/lib/site-packages",
        max_zip=MAX_ZIP,
    )


def library(python: str) -> str:
    """The requirement of the worker's library, for Python "3.12"."""
    return LIBRARY["2" if int(python.partition(".")[2]) >= 13 else "1"]


def sdks(plan: Plan, function: FunctionPlan) -> tuple[str, ...]:
    """What must be installed for its links, and for uploads, which it reads: nothing for others."""
    found = [each for kind in reached(plan, function) for each in SDKS[kind]]
    events = plan.events_of(function)
    if any(isinstance(event, SchedulePlan) and event.timezone != "UTC" for event in events):
        found.append(TIME_ZONES)
    return tuple(dict.fromkeys(found))
