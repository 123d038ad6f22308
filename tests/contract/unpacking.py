"""From an Api to its zips, unpacked: the very ones that a deployment would upload."""

from __future__ import annotations

import importlib
import json
import zipfile
from pathlib import Path

from sls_infra.bundle import build
from sls_infra.plan import check
from sls_infra.plan.model import Plan
from sls_infra.providers import registry
from sls_infra.runtime.dispatch import MANIFEST_NAME
from sls_infra.spec.api import Api

from .model import Bundled


def planned(api: Api, cloud: str) -> Plan:
    """The Api, checked against what the cloud can do."""
    return check.plan(api, registry.capabilities(cloud))


def unpacked(api: Api, cloud: str, folder: Path) -> dict[str, Bundled]:
    """Function → its zip, built as a deployment to that cloud builds it, and unpacked into a folder of its own."""
    plan = planned(api, cloud)
    package = importlib.import_module(f"sls_infra.providers.{cloud}.package")
    found = {}
    for function in plan.functions:
        spec = package.bundle_spec(plan, function, registry.capabilities(cloud))
        bundle = build(spec, cache=folder / "cache", progress=lambda line: None)
        into = folder / "bundles" / function.name
        with zipfile.ZipFile(bundle.path) as archive:
            archive.extractall(into)
        manifest = json.loads((into / MANIFEST_NAME).read_bytes())
        found[function.name] = Bundled(function, into, manifest)
    return found
