"""This machine: the real gateway and workers, deployed by the provider plugin's own code from what was rendered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sls_infra.plan.model import Plan
from sls_infra.spec.api import Api
from tools.issuer import Issuer

from . import tokens, unpacking, wire
from .local_stack import deployed
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
        unpacked = unpacking.unpacked(api, self.name, folder)
        with ExitStack() as stack:
            made = stack.enter_context(deployed(plan, self.rendered(api), folder))
            workers = {
                name: stack.enter_context(local_worker(name, bundle.folder)) for name, bundle in unpacked.items()
            }
            yield LocalServed(made.url, issuer, plan, workers)
