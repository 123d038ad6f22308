"""This machine: the real gateway and workers, deployed by the provider plugin's own code from what was rendered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from sls_infra.bundle import build
from sls_infra.local import control
from sls_infra.plan.model import Plan
from sls_infra.plugin.function import FunctionKind
from sls_infra.plugin.gateway import GatewayKind
from sls_infra.providers.local.package import bundle_spec
from sls_infra.spec.api import Api
from sls_infra.testing import RenderedResource
from tools.issuer import Issuer

from . import tokens, unpacking, wire
from .local_worker import LocalWorker, local_worker
from .model import THIS, Answer, Call, NameRule
from .target import Target

ANYTHING = NameRule(64, r"[a-z0-9-]+", source="a folder's name")


class LocalServed:
    """The gateway's process, and workers of their own for what it would never send."""

    def __init__(self, url: str, issuer: Issuer, plan: Plan, workers: dict[str, LocalWorker]) -> None:
        self.url = url
        self._issuer = issuer
        self._workers = workers
        self._routes = {route.key: route.function for route in plan.routes}

    def call(self, call: Call) -> Answer:
        host, _, port = self.url.removeprefix("http://").partition(":")
        headers = [("host", f"{host}:{port}"), *tokens.authorized(call, self._issuer, self._issuer.url)]
        return wire.send(int(port), call.method, call.target, headers, call.body, source=call.client_ip)

    def forced(self, route: str, call: Call) -> Answer:
        headers = tokens.authorized(call, self._issuer, self._issuer.url)
        claims = None if call.claims is None else tokens.payload(headers[-1][1])
        function = self._routes.get(route, next(iter(self._workers)))
        return self._workers[function].answer(route, call, [("host", "localhost"), *headers], claims)


class Local(Target):
    """The local target."""

    name = "local"
    python = THIS
    names: Mapping[str, NameRule] = {"sls:local:Function": ANYTHING, "sls:local:Gateway": ANYTHING}

    def issuer(self, issuer: Issuer) -> str:
        return issuer.url

    @contextmanager
    def serving(self, api: Api, issuer: Issuer, folder: Path) -> Iterator[LocalServed]:
        plan = self.planned(api)
        rendered = self.rendered(api)
        unpacked = unpacking.unpacked(api, self.name, folder)
        functions, gateways = FunctionKind(control), GatewayKind(control)
        ids: dict[str, str] = {}
        with ExitStack() as stack:
            for function in plan.functions:
                resource = rendered.one("sls:local:Function", name=function.name)
                zipped = build(bundle_spec(plan, function), cache=folder / "cache")
                made = {"bundle": str(zipped.path), "sha256": zipped.sha256}
                inputs = {**_plain(resource), "root": str(folder), **made}
                ids[function.name], _ = functions.create(resource.urn, inputs)
            resource = rendered.one("sls:local:Gateway")
            inputs = {**_plain(resource), "root": str(folder), "functions": ids}
            id, outputs = gateways.create(resource.urn, inputs)
            stack.callback(gateways.delete, resource.urn, id, inputs)
            workers = {
                name: stack.enter_context(local_worker(name, bundle.folder)) for name, bundle in unpacked.items()
            }
            yield LocalServed(outputs["url"], issuer, plan, workers)


def _plain(resource: RenderedResource) -> dict[str, Any]:
    return {name: value for name, value in resource.inputs.items() if value is not None}
