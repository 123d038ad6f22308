"""An Api on Azure as far as it can be had without Azure: its policies run on requests, and behind them its functions'
runtime, in this process."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import azure.functions as func

from sls_infra import Api, Azure
from sls_infra.plan import check, manifest
from sls_infra.providers.azure.capabilities import FRONTS
from sls_infra.runtime import Request, deployed
from sls_infra.runtime.dispatch import Dispatcher
from sls_infra.runtime.entry.azure import function_of
from sls_infra.testing import render
from tools.issuer import Issuer

from ...contract.azure_gateway import ApiManagement
from ...contract.model import Answer, Call, Headers
from ...runtime.azure_host import received, to_worker
from ...runtime.entry.azure_calls import rpc, trigger
from .specs import ISSUER


class Front:
    """What answers. `sent` are the headers of each request that reached a function."""

    def __init__(self, api: Api, target: Azure, issuer: Issuer) -> None:
        self.plan, self.chosen = check.fitting(api, FRONTS, target.front)
        self.rendered = render(api, target)
        self.issuer = issuer
        self.sent: list[dict[str, str]] = []
        self.known: dict[str, Any] = {}
        self.apps = {name: self._app(name) for name in (function.name for function in self.plan.functions)}
        self.gateway = ApiManagement(self.rendered, issuer, ISSUER, self._invoke)

    def call(self, method: str, target: str, *, ip: str = "192.0.2.1", body: bytes = b"", **headers: Any) -> Answer:
        """The answer. `x_api_key="…"` is a header; `bearer="…"` a token."""
        pairs = [(name.replace("_", "-"), str(value)) for name, value in headers.items() if name != "bearer"]
        if "bearer" in headers:
            pairs.append(("authorization", f"Bearer {headers['bearer']}"))
        call = Call(method, target, pairs, body, client_ip=ip)
        return self.gateway.call(call, pairs)

    def statuses(self, times: int, method: str, target: str, **more: Any) -> list[int]:
        """Of so many calls."""
        return [self.call(method, target, **more).status for _ in range(times)]

    def token(self, **claims: Any) -> str:
        """A token that the ordinary `Jwt` of the tests takes."""
        now = 2_000_000_000
        known = {"iss": ISSUER, "aud": "orders", "sub": "ann", "iat": 1_700_000_000, "exp": now, **claims}
        return self.issuer.key.sign({name: value for name, value in known.items() if value is not None})

    def _app(self, name: str) -> Any:
        function = next(each for each in self.plan.functions if each.name == name)
        known = manifest.manifest(self.plan, function, answers_cors=True, by_runtime=self.chosen.by_runtime)
        self.known[name] = json.loads(self.settings(name).get("SLS_DEPLOYED", "{}"))
        with self._told(name):
            return function_of(Dispatcher(known), func)

    @contextlib.contextmanager
    def _told(self, name: str) -> Iterator[None]:
        """Each function in its own environment: those of an Api share a process here."""
        before = deployed._values
        deployed.use(self.known[name])
        try:
            yield
        finally:
            deployed.use(before)

    def settings(self, name: str) -> dict[str, str]:
        """A function's environment."""
        app = self.rendered.one("azure-native:web:WebApp", name=name)
        return {each["name"]: each["value"] for each in app.inputs["siteConfig"]["appSettings"]}

    def _invoke(self, host: str, method: str, target: str, headers: Headers, body: bytes) -> Answer:
        self.sent.append(dict(headers))
        name = next(name for name in sorted(self.apps, key=len, reverse=True) if f"-{name}0123abcd" in host)
        return self.direct(name, method, f"https://{host}{target}", headers, body)

    def direct(self, name: str, method: str, url: str, headers: Headers, body: bytes = b"") -> Answer:
        """Past the gateway: what whoever has the app's key may send."""
        with self._told(name):
            found = received(rpc(self.apps[name](trigger(to_worker(method, url, headers, body)))), method)
        return Answer(found.status, tuple((name.lower(), value) for name, value in found.headers), found.body)


@contextlib.contextmanager
def handlers(**functions: Any) -> Iterator[None]:
    """A module `app` with these handlers, beside `read`, which tells who calls."""
    module = ModuleType("app")
    module.read = _read  # type: ignore[attr-defined]
    for name, function in functions.items():
        setattr(module, name, function)
    before = sys.modules.get("app")
    sys.modules["app"] = module
    try:
        yield
    finally:
        del sys.modules["app"]
        if before is not None:
            sys.modules["app"] = before


def _read(request: Request) -> Mapping[str, Any]:
    return {"claims": dict(request.claims), "authenticated": request.authenticated, "path": request.path}


def source(folder: Path) -> Path:
    """Code of a function whose handlers are those of `handlers`."""
    folder.mkdir(exist_ok=True)
    (folder / "app.py").write_text("def read(request): ...\ndef decide(request): ...\n")
    return folder
