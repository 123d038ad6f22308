"""The orders API, really deployed, called and destroyed: for whoever has an account.

    SLS_CLOUD=aws .venv/bin/python -m pytest -m cloud
    SLS_CLOUD=azure,gcp SLS_CLOUD_CONFIG="gcp:project=mine" .venv/bin/python -m pytest -m cloud
    SLS_CLOUD=local .venv/bin/python -m pytest -m cloud                 # the same calls, on this machine

`SLS_CLOUD` says where; `SLS_CLOUD_CONFIG` adds to the configuration of stacks/orders/Pulumi.<target>.yaml. Credentials
are those of the clouds' own tools. It costs what some dozens of calls cost, and takes minutes; what it made is
destroyed whatever happens, unless the process is killed: then `pulumi destroy` in the folder that pytest names.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
import yaml

from examples.orders.tests.callers import ORDER
from tests.cloud.program import FILES
from tests.engine.harness import ROOT, Workspace
from tools.issuer import SigningKey

pytestmark = [pytest.mark.cloud, pytest.mark.engine]

TARGETS = ("aws", "azure", "gcp", "local")
CHOSEN = [name.strip() for name in os.environ.get("SLS_CLOUD", "").split(",") if name.strip()]
READY = 300
"""Seconds in which a new API must answer: DNS, certificates and rights take their time."""
LONGEST = 3600
"""Seconds that one command may take: a first API Management takes long."""


@dataclass(frozen=True)
class Live:
    """A deployment, and the key that its issuer's tokens are signed with."""

    url: str
    issuer: str
    key: SigningKey

    def call(self, method: str, path: str, scope: str | None = None, **more: Any) -> httpx.Response:
        """One call; with `scope`, by somebody whose token grants that."""
        headers = dict(more.pop("headers", {}))
        if scope is not None:
            headers["authorization"] = f"Bearer {self.token(scope)}"
        return httpx.request(method, self.url + path, headers=headers, timeout=60, **more)

    def token(self, scope: str, **changed: Any) -> str:
        """A token of the deployment's own issuer."""
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": "orders", "sub": "ann", "scope": scope, "iat": now, "exp": now + 600}
        return jwt.encode({**claims, **changed}, self.key.private, "RS256", headers={"kid": self.key.kid})


@pytest.fixture(scope="module", params=TARGETS)
def live(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    target: str = request.param
    if target not in CHOSEN:
        pytest.skip(f"SLS_CLOUD does not name {target}: nothing is deployed to an account without being asked")
    key = SigningKey()
    folder = tmp_path_factory.mktemp(target)
    config: dict[str, str] = yaml.safe_load((ROOT / "stacks/orders" / f"Pulumi.{target}.yaml").read_text())["config"]
    added = (pair.partition("=") for pair in os.environ.get("SLS_CLOUD_CONFIG", "").split(",") if pair)
    config |= {"orders:jwks": json.dumps({"keys": [key.jwk()]})} | {name: value for name, _, value in added}
    config.pop("orders:issuer")
    credentials = {name: value for name, value in os.environ.items() if name.startswith(("AWS_", "PULUMI_ACCESS"))}
    env = {**credentials, "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "false", "PYTHONPATH": str(ROOT)}
    plugins = {"sls": Path(sys.executable).parent}
    space = Workspace(
        folder, FILES, project="orders", stack=target, config=config, plugins=plugins, env=env, timeout=LONGEST
    )
    with space as stack:
        stack.up()
        outputs = stack.outputs()
        deployed = Live(outputs["url"], outputs["issuer"], key)
        _wait(deployed)
        yield deployed
        stack.destroy()
        assert stack.resources() == []


def _wait(deployed: Live) -> None:
    """Until it answers, and its tokens are known."""
    end = time.monotonic() + READY
    answers: list[object]
    while True:
        try:
            answers = [
                deployed.call("GET", "/health").status_code,
                deployed.call("GET", "/orders", "orders:read").status_code,
            ]
        except httpx.TransportError as error:
            answers = [repr(error)]
        if answers == [200, 200]:
            return
        assert time.monotonic() < end, f"after {READY} s it answers {answers}"
        time.sleep(5)


def test_orders_are_placed_read_and_deleted(live: Live) -> None:
    placed = live.call("POST", "/orders", "orders:write", json=ORDER)
    assert placed.status_code == 201, placed.text
    assert live.call("POST", "/orders", "orders:write", json={**ORDER, "items": []}).status_code == 400
    assert live.call("GET", f"/orders/{placed.json()['id']}", "orders:read").status_code in (
        200,
        404,
    )  # another instance


def test_who_may_not_is_told_so(live: Live) -> None:
    assert live.call("GET", "/orders").status_code == 401
    assert live.call("POST", "/orders", "orders:read", json=ORDER).status_code == 403
    bad = {"exp": int(time.time()) - 3600}, {"aud": "others"}, {"iss": "https://id.example.com/"}
    for changed in bad:
        headers = {"authorization": f"Bearer {live.token('orders:read', **changed)}"}
        assert live.call("GET", "/orders", headers=headers).status_code == 401, changed


def test_what_there_is_not_is_404(live: Live) -> None:
    for method, path in (("GET", "/nothing"), ("PATCH", "/health"), ("GET", "/health/"), ("GET", "/orders/a%2Fb")):
        assert live.call(method, path, "orders:read").status_code == 404, (method, path)


def test_pages_of_the_shop_may_call_and_others_not(live: Live) -> None:
    def preflight(origin: str) -> httpx.Response:
        asked = {
            "origin": origin,
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization",
        }
        return live.call("OPTIONS", "/orders", headers=asked)

    shop = "https://shop.example.com"
    allowed, foreign = preflight(shop), preflight("https://evil.example.com")
    assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (204, shop)
    assert "access-control-allow-origin" not in foreign.headers
    actual = live.call("GET", "/orders", "orders:read", headers={"origin": shop})
    assert actual.headers["access-control-allow-origin"] == shop
