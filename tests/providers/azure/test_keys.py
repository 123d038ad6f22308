"""Clients with keys: who they are to the gateway and the function, how keys are made and rotated, and who gets none."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from sls_infra import Api, ApiKey, Azure, Cors, Function, Jwt, Public, RateLimit, Route
from sls_infra.runtime import services
from sls_infra.testing import render
from sls_infra.testing.rendered import Rendered

from .front import Front
from .specs import ISSUER

Serve = Callable[..., Front]
PAGE = "https://shop.example.com"
COUNTED = ApiKey(clients={"mobile": [RateLimit(3, per="minute")], "web_App": []})
MOBILE, WEB = "key-of-orders-mobile-1", "key-of-orders-web-app-fe1ccc-1"


def counted(shop: Function, **more: Any) -> Api:
    routes = [
        Route("GET", "/a", shop),
        Route("GET", "/b", shop),
        Route("GET", "/open", shop, auth=Public()),
        Route("GET", "/token", shop, auth=Jwt(issuer=ISSUER, audience="orders")),
    ]
    return Api("orders", auth=COUNTED, routes=routes, **more)


def test_a_client_is_who_its_key_says(serve: Serve, shop: Function) -> None:
    front = serve(counted(shop))
    for key, client in ((MOBILE, "mobile"), (WEB, "web_App")):
        answer = front.call("GET", "/a", x_api_key=key)
        assert answer.status == 200
        assert answer.json()["claims"] == {"sub": client, "client_id": client}
        assert answer.json()["authenticated"] is True
    assert front.call("GET", "/a", x_api_key=MOBILE, x_sls_client="root", bearer=front.token()).json()["claims"] == {
        "sub": "mobile", "client_id": "mobile",
    }  # fmt: skip


@pytest.mark.parametrize(
    "headers",
    [
        {}, {"x_api_key": ""}, {"x_api_key": "wrong"}, {"x_api_key": MOBILE.upper()}, {"x_api_key": MOBILE + " "},
        {"x_sls_client": "mobile"}, {"x_api_key": "spare-of-orders-mobile-1"}, {"bearer": MOBILE},
        {"x_api_key": "wrong", "x_sls_client": "mobile"}, {"ocp_apim_subscription_key": MOBILE},
    ],
)  # fmt: skip
def test_nobody_else_gets_in(serve: Serve, shop: Function, headers: dict[str, Any]) -> None:
    front = serve(counted(shop, cors=Cors(origins=[PAGE])))
    answer = front.call("GET", "/a", origin=PAGE, **headers)
    assert answer.status == 401
    sent = bool(headers.get("x_api_key"))
    assert answer.problem()["detail"] == ("the key is none that is known" if sent else "a key is needed")
    assert answer.header("www-authenticate") == 'ApiKey header="x-api-key"' + (', error="invalid_key"' if sent else "")
    assert answer.header("access-control-allow-origin") == PAGE
    assert front.sent == [], "no function was asked"


def test_a_key_in_the_query_is_none(serve: Serve, shop: Function) -> None:
    front = serve(counted(shop))
    api = front.rendered.one("azure-native:apimanagement:Api").inputs
    where = api["subscriptionKeyParameterNames"]
    assert where["header"] == "x-api-key"
    assert api["subscriptionRequired"] is False
    for name in (where["query"], "subscription-key", "x-api-key"):
        assert front.call("GET", f"/a?{name}={MOBILE}").status == 401


def test_the_key_says_nothing_on_other_routes(serve: Serve, shop: Function) -> None:
    front = serve(counted(shop))
    sent: list[dict[str, Any]] = [{}, {"x_api_key": MOBILE}, {"x_sls_client": "mobile"}]
    for headers in sent:
        answer = front.call("GET", "/open", **headers)
        assert (answer.status, answer.json()["claims"]) == (200, {})
        assert "x-sls-client" not in front.sent[-1]
        assert front.call("GET", "/token", **headers).status == 401
    answer = front.call("GET", "/token", bearer=front.token(), x_sls_client="mobile")
    assert answer.json()["claims"]["sub"] == "ann"
    # What API Management does by itself, and capabilities tell:
    assert front.call("GET", "/open", x_api_key="wrong").status == 401


def test_a_client_is_counted_over_its_routes_and_keys(serve: Serve, shop: Function) -> None:
    front = serve(counted(shop))
    calls = [front.call("GET", path, x_api_key=MOBILE).status for path in ("/a", "/b", "/a", "/b")]
    assert calls == [200, 200, 200, 429]
    assert front.statuses(9, "GET", "/a", x_api_key=WEB) == [200] * 9, "it has no limit"
    assert front.statuses(5, "GET", "/b", x_api_key="wrong") == [401] * 5


def test_both_live_keys_of_a_client_are_one_client(
    issuer: Any, shop: Function, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = counted(shop)
    rotated = render(api, "azure", config={"sls:keyGenerations": json.dumps({"mobile": 3})})
    names = {each.inputs["displayName"] for each in rotated.all("azure-native:apimanagement:Subscription")}
    assert names == {"mobile.2", "mobile.3", "web_App.1"}
    assert rotated.outputs["api_keys"]["mobile"] == "key-of-orders-mobile-3"
    counters = [
        each.attrib["counter-key"] for each in _tree(rotated).iter("rate-limit-by-key") if each.attrib["calls"] == "3"
    ]
    assert len(counters) == 1
    assert "sls-client" in counters[0], "by the client, whichever key it came with"


def test_rotation_touches_keys_alone(shop: Function) -> None:
    before, after = (
        render(counted(shop), "azure", config={"sls:keyGenerations": json.dumps(of)}) for of in ({}, {"mobile": 2})
    )
    changed = {r.urn for r in after.resources} - {r.urn for r in before.resources}
    assert [urn.rpartition("::")[2] for urn in changed] == ["orders-mobile-2"]
    assert _tree(before).attrib == _tree(after).attrib
    assert before.one("ApiPolicy").inputs["value"] == after.one("ApiPolicy").inputs["value"]


def _tree(stack: Rendered) -> Any:
    from .specs import policy

    return policy(stack)


# Without limits: by the runtime

FREE = ApiKey(clients={"mobile": [], "web_App": []}, header="X-Shop-Key")


class Vault:
    """Key Vault, as the runtime asks it."""

    fresh = fresh_environment = 60.0

    def __init__(self, stack: Rendered) -> None:
        self.values = {
            f"https://{each.inputs['vaultName']}.vault.azure.net/secrets/{each.inputs['secretName']}": each.inputs[
                "properties"
            ]["value"]
            for each in stack.all("azure-native:keyvault:Secret")
        }

    def secret(self, ref: str) -> str:
        return str(self.values[ref])

    def dead_letter(self, address: Any, letter: Any) -> None:
        raise AssertionError("nothing is buried")

    def call_authorizer(self, target: str, payload: bytes) -> bytes:
        raise AssertionError("there is none")


def test_keys_without_limits_need_no_more_than_the_light_front(serve: Serve, shop: Function) -> None:
    both: list[ApiKey | Jwt] = [FREE, Jwt(issuer=ISSUER, audience="orders")]
    routes = [Route("GET", "/a", shop), Route("GET", "/both", shop, auth=both), Route("GET", "/o", shop, auth=Public())]
    front = serve(Api("orders", auth=FREE, routes=routes))
    assert front.chosen.front_name == "consumption"
    vault = Vault(front.rendered)
    (ring,) = (json.loads(value) for ref, value in vault.values.items() if "keyring" in ref)
    assert ring == {
        hashlib.sha256(key.encode()).hexdigest(): client for key, client in ((MOBILE, "mobile"), (WEB, "web_App"))
    }
    services.use("azure", vault)
    answer = front.call("GET", "/a", x_shop_key=MOBILE)
    assert (answer.status, answer.json()["claims"]) == (200, {"sub": "mobile", "client_id": "mobile"})
    assert front.call("GET", "/both", x_shop_key=WEB).json()["claims"]["sub"] == "web_App"
    sent: list[dict[str, Any]] = [{}, {"x_shop_key": "wrong"}, {"x_sls_client": "mobile"}, {"x_api_key": MOBILE}]
    for headers in sent:
        assert front.call("GET", "/a", **headers).status == 401
    assert front.call("GET", "/o", x_shop_key="wrong").status == 200, "an open route asks nobody"
    looked = front.rendered.one("azure-native:apimanagement:Api").inputs["subscriptionKeyParameterNames"]
    assert looked["header"] not in ("x-shop-key", "Ocp-Apim-Subscription-Key"), "API Management looks no keys up"


def test_keys_are_secret_and_no_bundle_or_environment_has_them(shop: Function) -> None:
    for api in (counted(shop), Api("orders", auth=FREE, routes=[Route("GET", "/a", shop)])):
        stack = render(api, Azure())
        for resource in stack.resources:
            if resource.type != "azure-native:keyvault:Secret":
                assert "key-of-orders-mobile" not in json.dumps(resource.inputs, default=str), resource.type
