"""The functions of a rendered Api, in this process: what is in their bundles, told what their environment says."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sls_infra.plan.capabilities import Capabilities
from sls_infra.plan.manifest import FILE
from sls_infra.plan.model import Plan
from sls_infra.runtime import deployed, services
from sls_infra.runtime.dispatch import Dispatcher
from sls_infra.runtime.ways import custom
from sls_infra.testing import Rendered, RenderedResource

TYPES = {
    "aws": "aws:lambda/function:Function",
    "azure": "azure-native:web:WebApp",
    "gcp": "gcp:cloudfunctionsv2/function:Function",
}


class Functions:
    """Name → dispatcher. It is the platform that they ask, too: for secrets, by the refs that were rendered, and for
    the answers of authorizers."""

    fresh = 60.0
    fresh_environment = 300.0

    def __init__(self, cloud: str, front: Capabilities, plan: Plan, rendered: Rendered) -> None:
        self._cloud = cloud
        self._secrets = secret_values(cloud, rendered)
        self._known: dict[str, Any] = {}
        self._dispatchers: dict[str, Dispatcher] = {}
        self.logical: dict[str, str] = {}
        """Logical name → the function's."""
        package = importlib.import_module(f"sls_infra.providers.{cloud}.package")
        for function in plan.functions:
            resource = rendered.one(TYPES[cloud], name=function.name)
            self.logical[resource.logical_name] = function.name
            self._known[function.name] = json.loads(environment(cloud, resource).get(deployed.VARIABLE, "{}"))
            manifest = json.loads(package.bundle_spec(plan, function, front).files[FILE])
            with self._told(function.name):
                made = self._dispatchers[function.name] = Dispatcher(manifest)
                made.warm()

    @contextmanager
    def running(self, called: str) -> Iterator[Dispatcher]:
        """The dispatcher of a function, by anything that holds its logical name (an ARN, a host); the process is that
        function's for a while."""
        logical = max((name for name in self.logical if name in called), key=len)
        name = self.logical[logical]
        with self._told(name):
            yield self._dispatchers[name]

    @contextmanager
    def _told(self, name: str) -> Iterator[None]:
        deployed.use(self._known[name])
        services.use(self._cloud, self)
        try:
            yield
        finally:
            deployed.use(None)

    def close(self) -> None:
        for dispatcher in self._dispatchers.values():
            dispatcher.close()

    def secret(self, ref: str) -> str:
        return self._secrets[ref]

    def dead_letter(self, address: object, letter: object) -> None:
        """Nothing here has events."""
        raise AssertionError("nothing here has events")

    def call_authorizer(self, target: str, payload: bytes) -> bytes:
        """As the platform's own call of another function; what this one is told comes back after it."""
        before = deployed.values()
        try:
            with self.running(target) as dispatcher:
                return custom.answer(dispatcher, payload)
        finally:
            deployed.use(before)


def environment(cloud: str, resource: RenderedResource) -> Mapping[str, str]:
    """The environment variables of a function."""
    if cloud == "aws":
        return dict((resource.inputs.get("environment") or {}).get("variables") or {})
    if cloud == "azure":
        return {each["name"]: each["value"] for each in resource.inputs["siteConfig"]["appSettings"]}
    return dict(resource.inputs["serviceConfig"]["environmentVariables"])


def secret_values(cloud: str, rendered: Rendered) -> dict[str, str]:
    """Ref → value, of every secret that is rendered."""
    if cloud == "aws":
        versions = rendered.all("aws:secretsmanager/secretVersion:SecretVersion")
        return {version.inputs["secretId"]: version.inputs["secretString"] for version in versions}
    if cloud == "azure":
        kept = [resource.inputs for resource in rendered.all("azure-native:keyvault:Secret")]
        return {
            f"https://{each['vaultName']}.vault.azure.net/secrets/{each['secretName']}": each["properties"]["value"]
            for each in kept
        }
    versions = rendered.all("gcp:secretmanager/secretVersion:SecretVersion")
    return {version.inputs["secret"]: version.inputs["secretData"] for version in versions}
