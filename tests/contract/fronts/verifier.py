"""The Lambda authorizer that is made of the runtime, loaded as if it lay in its bundle."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sls_infra.runtime
from sls_infra.plan.manifest import FILE
from sls_infra.plan.model import Plan
from sls_infra.providers.aws import authorizer
from sls_infra.runtime import deployed, services
from sls_infra.testing import Rendered

from .functions import environment

MODULE = "sls_infra.runtime.entry.aws_authorizer"


def verifiers(plan: Plan, rendered: Rendered, folder: Path) -> dict[str, Callable[[dict[str, Any]], Any]]:
    """Logical name → what Lambda would call."""
    made = {}
    for token in plan.jwts:
        found = [r for r in rendered.all("aws:lambda/function:Function") if r.name == f"{token.name}-authorizer"]
        for resource in found:
            root = folder / resource.logical_name
            (root / "sls_infra").mkdir(parents=True)
            (root / FILE).write_bytes(authorizer.bundle_spec(plan, token).files[FILE])
            (root / "sls_infra" / "runtime").symlink_to(Path(sls_infra.runtime.__file__).parent)
            spec = importlib.util.spec_from_file_location(MODULE, root / "sls_infra/runtime/entry/aws_authorizer.py")
            assert spec is not None
            assert spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            deployed.use(json.loads(environment("aws", resource)["SLS_DEPLOYED"]))
            try:
                spec.loader.exec_module(module)
            finally:
                deployed.use(None)
                services.use("local")
            made[resource.logical_name] = module.handler
    return made
