"""No way around API Management: read from the resources that are rendered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sls_infra import Api, ApiKey, Azure, Custom, Function, Public, Route
from sls_infra.providers.azure.package import FUNCTION_APP
from sls_infra.testing import render

from .front import source
from .vault import readers, secrets


@pytest.mark.parametrize("front", ["consumption", "basic-v2"])
def test_no_way_around_the_gateway(tmp_path: Path, front: Any) -> None:
    """A function's app asks every caller for a key; who knows it: this service, as a secret, and those who may read the
    one secret that an authorizer's key is."""
    make = {"code": source(tmp_path / "code")}
    gate = Function("gate", handler="app:decide", **make)  # type: ignore[arg-type]
    shop, desk = (Function(name, handler="app:read", **make) for name in ("shop", "desk"))  # type: ignore[arg-type]
    auth: list[Custom | ApiKey] = [Custom(gate), ApiKey(clients={"mobile": []})]
    routes = [Route("GET", "/a", shop, auth=auth), Route("GET", "/b", desk, auth=Public())]
    stack = render(Api("orders", routes=routes), Azure(front=front))
    services = stack.all("ApiManagementService")
    assert len(services) == 1
    for name in ("shop", "desk", "gate"):
        key = f"key-of-orders-{name}0123abcd"
        holders = [r for r in stack.resources if key in json.dumps(r.inputs, default=str)]
        if name == "gate":
            assert [r.type for r in holders] == ["azure-native:keyvault:Secret"]
            (url,) = (url for url, (_, value) in secrets(stack).items() if value == key)
            assert readers(stack, url) == {"orders-shop"}, "the function that asks it, not the one that does not"
        else:
            (held,) = holders
            assert held.type == "azure-native:apimanagement:NamedValue"
            assert held.inputs["secret"] is True
            assert held.inputs["serviceName"] == "orders0123abcd"
        app = stack.one("azure-native:web:WebApp", name=name).inputs
        settings = {each["name"]: each["value"] for each in app["siteConfig"]["appSettings"]}
        assert app["httpsOnly"] is True
        assert not any(key in str(value) for value in settings.values())
    assert {b.inputs["serviceName"] for b in stack.all("Backend")} == {"orders0123abcd"}
    assert b"http_auth_level=func.AuthLevel.FUNCTION" in FUNCTION_APP, "no key, no call: the host's own rule"
