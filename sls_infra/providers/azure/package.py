"""What the zip of a function app holds: deployed as it is, without a build on Azure (`RemoteBuild=false`)."""

from __future__ import annotations

import json
import math

from ...bundle.spec import BundleSpec, SizeLimit
from ...errors import BundleError
from ...plan import manifest
from ...plan.capabilities import Capabilities
from ...plan.model import FunctionPlan, Plan

PLATFORM = "x86_64-manylinux_2_28"
"""Flex Consumption is x86_64 alone. Its images have glibc 2.31 (Python 3.11 and before, Debian 11) or later:
https://github.com/Azure/azure-functions-python-worker/issues/1651. Of the tags that wheels have, this comes next."""
ROUTE_PREFIX = "_sls"
"""The gateway's backend is `https://<app>/_sls`: without a prefix the host keeps paths that start with `admin`."""
LIBRARY = {"1": "azure-functions==1.26.0", "2": "azure-functions==2.3.0"}
"""The worker's library, by its major version: 1 for Python 3.10 to 3.12, 2 from 3.13 on (their Requires-Python)."""
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
        ),
        include=function.include,
        exclude=function.exclude,
        files={
            manifest.FILE: manifest.as_bytes(known),
            "function_app.py": FUNCTION_APP,
            "host.json": host(function),
        },
        entries=("azure",),
        dependencies_in=".python_packages/lib/site-packages",
        max_zip=MAX_ZIP,
    )


def library(python: str) -> str:
    """The requirement of the worker's library, for Python "3.12"."""
    return LIBRARY["2" if int(python.partition(".")[2]) >= 13 else "1"]


def host(function: FunctionPlan) -> bytes:
    """The content of host.json: https://learn.microsoft.com/azure/azure-functions/functions-host-json.

    No extension bundle: the HTTP trigger is the host's own. How many calls run at once is set on the app. When a call
    is over its time the host ends the worker, and starts another.
    """
    seconds = max(1, math.ceil(function.timeout))
    content = {
        "version": "2.0",
        "functionTimeout": f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}",
        "extensions": {"http": {"routePrefix": ROUTE_PREFIX}},
        "logging": {
            "logLevel": {
                "default": "Warning",
                "Function": "Information",
                "Host.Results": "Information",
                # What the worker's process writes to stdout and stderr, the runtime's failures among it.
                "Host.Function.Console": "Information",
            }
        },
    }
    return json.dumps(content, indent=2, sort_keys=True).encode() + b"\n"
