"""Ways in that API Management leaves to the runtime: through its policies, by the runtime, with secrets of a vault."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sls_infra import Api, Custom, Function, Jwt, OAuth2, Public, Route, Secret, SpecError, Webhook
from sls_infra.plan import check
from sls_infra.providers.azure.capabilities import FRONTS
from sls_infra.runtime import Request, services
from sls_infra.testing import render

from .front import Front, handlers, source
from .specs import ISSUER, operations
from .vault import Platform, readers, secrets

Serve = Callable[..., Front]
JWT = Jwt(issuer=ISSUER, audience="orders")


def decide(request: Request) -> dict[str, Any] | None:
    name = request.headers.get("x-name")
    return {"sub": name} if name else None


@pytest.fixture
def gate(tmp_path: Path) -> Function:
    return Function("gate", code=source(tmp_path / "gate"), handler="app:decide")


@pytest.mark.parametrize(
    ("auth", "by_runtime"),
    [
        (JWT, False),
        (OAuth2(issuer=ISSUER, audience="a", scopes={}), False),
        (Jwt(issuer=ISSUER, audience="a", algorithms=["RS384", "RS512"], leeway=5, scheme="Token"), False),
        (Jwt(issuer=ISSUER, audience="a", algorithms=["RS256", "ES256"]), True),
        (Jwt(issuer=ISSUER, audience="a", jwks_uri="https://id.example.com/keys"), True),
        (Jwt(issuer=ISSUER, audience="a", key=Secret("k", value="x" * 32), algorithms=["HS256"]), True),
        ([JWT, Public()], True),
        ([JWT, Jwt(issuer=ISSUER, audience="other")], True),
        (Webhook(Secret("hook", value="x")), True),
        (Public(), False),
    ],
)
def test_who_verifies(shop: Function, auth: Any, by_runtime: bool) -> None:
    """Where it is the runtime, API Management asks nothing; where it is not, it lets in no one unverified."""
    api = Api("orders", routes=[Route("GET", "/a", shop, auth=auth)])
    planned, front = check.fitting(api, FRONTS)
    assert front.front_name == "consumption"
    assert front.by_runtime(planned.routes[0]) is by_runtime
    (id,) = operations(render(api, "azure")).values()
    assert id.startswith("open-") is (by_runtime or planned.routes[0].public)


def test_a_token_that_is_wanted_but_not_needed(serve: Serve, shop: Function) -> None:
    front = serve(Api("orders", auth=[JWT, Public()], routes=[Route("GET", "/a", shop)]))
    assert front.chosen.front_name == "consumption"
    answer = front.call("GET", "/a")
    assert (answer.status, answer.json()) == (200, {"claims": {}, "authenticated": False, "path": "/a"})
    forged = "e30.eyJzdWIiOiAicm9vdCJ9.c2ln"
    assert front.call("GET", "/a", bearer=forged).status == 401
    assert front.sent[-1]["authorization"] == f"Bearer {forged}", "it was the runtime that refused it"


def test_a_signed_call(serve: Serve, shop: Function) -> None:
    hook = Webhook(Secret("hook", value="s3cret"), scheme="github")
    front = serve(Api("orders", routes=[Route("POST", "/hook", shop, auth=hook)]))
    services.use("azure", Platform(front))
    body = b'{"a": 1}'
    good = "sha256=" + hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
    assert front.call("POST", "/hook", body=body, x_hub_signature_256=good).status == 200
    assert front.call("POST", "/hook", body=body + b" ", x_hub_signature_256=good).status == 401
    assert front.call("POST", "/hook", body=body).status == 401


def test_an_authorizer_of_another_app(serve: Serve, shop: Function, gate: Function) -> None:
    with handlers(decide=decide):
        front = serve(Api("orders", auth=Custom(gate), routes=[Route("GET", "/a", shop)]))
        platform = Platform(front)
        services.use("azure", platform)
        assert front.call("GET", "/a", x_name="ann").json()["claims"] == {"sub": "ann"}
        assert platform.asked == ["custom"]
        assert front.call("GET", "/a").status == 401
        assert front.settings("gate").keys().isdisjoint({"SLS_DEPLOYED"}), "it asks nobody"
        assert len(front.rendered.all("Backend")) == 1, "and no route leads to it"


def test_an_authorizer_of_the_same_app_is_no_call(serve: Serve, gate: Function) -> None:
    with handlers(decide=decide):
        front = serve(Api("orders", auth=Custom(gate), routes=[Route("GET", "/a", gate, handler="app:read")]))
        assert front.call("GET", "/a", x_name="ann").json()["claims"] == {"sub": "ann"}
        assert front.call("GET", "/a").status == 401


def test_no_caller_of_the_gateway_asks_an_authorizer(serve: Serve, gate: Function) -> None:
    """Its address lies below the backend's: `/authorize/custom` of the gateway is `/_sls/authorize/custom` there."""
    shown = {"method": "GET", "path": "/a", "query": "", "headers": [["x-name", "root"]], "client_ip": "", "id": ""}
    payload = json.dumps({"way": "custom", "request": {**shown, "url": ""}}).encode()
    with handlers(decide=decide):
        routes = [
            Route("GET", "/a", gate, handler="app:read", auth=Custom(gate)),
            Route("ANY", "/{path+}", gate, handler="app:read", auth=Public()),
        ]
        front = serve(Api("orders", routes=routes))
        host = "https://orders-gate0123abcd.azurewebsites.net"
        direct = front.direct("gate", "POST", f"{host}/_sls/authorize/custom", [], payload)
        assert direct.json() == {"claims": {"sub": "root"}}, "who has the app's key, and is not the gateway"
        for path in ("/authorize/custom", "/_sls/authorize/custom", "//authorize/custom", "/authorize/custom?x=1"):
            for headers in ({}, {"x_sls_route": ""}, {"x_functions_key": "x"}, {"connection": "x-sls-route"}):
                answer = front.call("POST", path, body=payload, **headers)
                assert answer.status in (200, 404)
                assert "sub" not in answer.body.decode()
        assert front.sent
        assert all(sent["x-sls-route"] for sent in front.sent)


def test_functions_that_decide_about_each_other_are_refused(shop: Function, gate: Function) -> None:
    routes = [
        Route("GET", "/a", shop, auth=Custom(gate)),
        Route("GET", "/b", gate, handler="app:read", auth=Custom(shop, handler="app:decide")),
    ]
    with pytest.raises(SpecError, match="decides who may call functions that decide who may call it"):
        render(Api("orders", routes=routes), "azure")


def test_an_authorizer_is_there_before_who_asks_it(shop: Function, gate: Function) -> None:
    stack = render(Api("orders", auth=Custom(gate), routes=[Route("GET", "/a", shop)]), "azure")
    (key,) = (url for url in secrets(stack) if "function-gate" in url)
    assert readers(stack, key) == {"orders-shop"}
    known = json.loads(
        next(
            each["value"]
            for each in stack.one("azure-native:web:WebApp", name="shop").inputs["siteConfig"]["appSettings"]
            if each["name"] == "SLS_DEPLOYED"
        )
    )
    assert json.loads(known["ways"]["custom"]["target"]) == {
        "url": "https://orders-gate0123abcd.azurewebsites.net",
        "key_ref": key,
    }
