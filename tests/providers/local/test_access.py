"""What ways in, limits and secrets of a spec become on this machine."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from sls_infra import Api, ApiKey, Custom, Function, Jwt, Public, Quota, RateLimit, Route, Secret, SpecError, Webhook
from sls_infra.plan import check
from sls_infra.plan.model import Plan
from sls_infra.providers.local.capabilities import CAPABILITIES
from sls_infra.testing import Rendered, render

from ...plan.specs import code
from .test_adapter import FUNCTION, GATEWAY, gateway_spec

KEY, SECRET = "sls:local:Key", "sls:local:Secret"
HOOK, SIGNING = Secret("hook", value="hush"), Secret("signing", value="hush, too")


def api(folder: Path, *routes: tuple[Any, ...], **more: Any) -> Api:
    """An Api with a route a way in: (ways, limits)."""
    shop = Function("shop", code=code(folder), handler="app:read")
    made = [
        Route("GET", f"/{number}", shop, auth=ways, rate_limit=list(limits) or None)
        for number, (ways, *limits) in enumerate(routes)
    ]
    return Api("orders", routes=made, **more)


CLIENTS = ApiKey(clients={"mobile": [RateLimit(5, per="minute"), Quota(100)], "web": []})
OWN = Jwt(issuer="https://id.example.com/", audience="orders", key=SIGNING, algorithms=["HS256"])


def rendered(folder: Path, *routes: tuple[Any, ...], **more: Any) -> Rendered:
    return render(api(folder, *routes), "local", **more)


def test_keys_are_resources_of_their_own_and_gateways_get_digests(tmp_path: Path) -> None:
    stack = rendered(tmp_path, (CLIENTS,), ([CLIENTS, Public()],))
    assert sorted(key.name for key in stack.all(KEY)) == ["mobile-1", "web-1"]
    keys = stack.outputs["api_keys"]
    gateway = stack.one(GATEWAY)
    assert gateway.secret_inputs == ()
    assert not any(key in json.dumps(gateway.inputs) for key in keys.values())
    spec = gateway_spec(gateway.inputs)
    [known] = spec.api_keys
    assert known.header == "x-api-key"
    mobile, web = known.clients
    assert mobile.keys == (hashlib.sha256(keys["mobile"].encode()).hexdigest(),)
    assert [(limit.requests, limit.seconds, limit.by) for limit in mobile.limits] == [(5, 60, "client")]
    assert [(quota.requests, quota.per) for quota in mobile.quotas] == [(100, "month")]
    assert (web.limits, web.quotas) == ((), ())
    assert [[way.kind for way in route.auth] for route in spec.routes] == [["api_key"], ["api_key", "public"]]


def test_two_generations_of_a_key_are_live(tmp_path: Path) -> None:
    stack = rendered(tmp_path, (CLIENTS,), config={"sls:keyGenerations": '{"mobile": 3}'})
    assert sorted(key.name for key in stack.all(KEY)) == ["mobile-2", "mobile-3", "web-1"]
    mobile = gateway_spec(stack.one(GATEWAY).inputs).api_keys[0].clients[0]
    assert len(mobile.keys) == 2
    assert stack.outputs["api_keys"]["mobile"] == "key of orders-mobile-3"
    assert mobile.keys[1] == hashlib.sha256(b"key of orders-mobile-3").hexdigest()


def test_a_token_of_ones_own_making_is_verified_by_a_ref(tmp_path: Path) -> None:
    stack = rendered(tmp_path, (OWN,))
    assert stack.one(SECRET, "signing").secret_inputs == ("value",)
    gateway = stack.one(GATEWAY)
    [way] = gateway_spec(gateway.inputs).routes[0].auth
    assert way.key == "project/stack/orders-signing-0123abc"
    assert "hush" not in json.dumps(gateway.inputs)
    assert "SLS_DEPLOYED" not in stack.one(FUNCTION).inputs["env"], "the gateway verifies: the function needs no key"


def test_an_authorizers_function_is_one_of_the_gateways(tmp_path: Path) -> None:
    guard = Function("guard", code=code(tmp_path / "guard"), handler="app:read")
    stack = rendered(tmp_path, (Custom(guard, ttl=30),))
    spec = gateway_spec(stack.one(GATEWAY).inputs)
    [way] = spec.routes[0].auth
    assert (way.kind, way.name, way.function, way.ttl) == ("custom", "custom", "guard", 30)
    assert set(spec.functions) == {"shop", "guard"}


def test_the_runtime_verifies_what_a_webhook_stands_among(tmp_path: Path) -> None:
    partners = ApiKey(clients={"partner": []})
    stack = rendered(tmp_path, ([Webhook(HOOK), partners, OWN],), (OWN,))
    spec = gateway_spec(stack.one(GATEWAY).inputs)
    assert [[way.kind for way in route.auth] for route in spec.routes] == [["runtime"], ["jwt"]]
    deployed = json.loads(stack.one(FUNCTION).inputs["env"]["SLS_DEPLOYED"])
    assert set(deployed["secrets"]) == {"hook", "signing"}
    ring = json.loads(stack.one(SECRET, "api-key-keyring").inputs["value"])
    assert ring == {hashlib.sha256(stack.outputs["api_keys"]["partner"].encode()).hexdigest(): "partner"}
    assert deployed["ways"]["api-key"]["keyring"] == "project/stack/orders-api-key-keyring-0123abc"
    assert "hush" not in json.dumps(deployed)


def test_limits_of_every_kind(tmp_path: Path) -> None:
    limits = [RateLimit(9), RateLimit(3, per="day", burst=1, by="ip"), RateLimit(2, per="hour", by="client")]
    stack = render(api(tmp_path, (OWN, *limits), (OWN,), rate_limit=RateLimit(7, by="ip")), "local")
    own, inherited = gateway_spec(stack.one(GATEWAY).inputs).routes
    assert [(limit.by, limit.requests, limit.seconds, limit.burst) for limit in own.limits] == [
        ("route", 9, 1, 9),
        ("ip", 3, 86_400, 1),
        ("client", 2, 3600, 2),
    ]
    assert [(limit.by, limit.requests) for limit in inherited.limits] == [("ip", 7)]


def test_what_a_webhook_can_not_share_a_route_with(tmp_path: Path) -> None:
    guard = Function("guard", code=code(tmp_path / "guard"), handler="app:read")
    for ways, said in (
        ([Webhook(HOOK), CLIENTS], "there nobody counts a client's limits"),
        ([Webhook(HOOK), Custom(guard)], "make 'shop' the authorizer's function"),
    ):
        with pytest.raises(SpecError, match=said):
            rendered(tmp_path, (ways,))
    shop = Function("shop", code=code(tmp_path), handler="app:read")
    assert rendered(tmp_path, ([Webhook(HOOK), Custom(shop)],)).one(GATEWAY)


def test_secrets_without_a_value_are_told_together(tmp_path: Path) -> None:
    with pytest.raises(SpecError) as told:
        rendered(tmp_path, (Webhook(Secret("a")),), (Webhook(Secret("b")),))
    assert "pulumi config set --secret a" in str(told.value)
    assert "pulumi config set --secret b" in str(told.value)
    given = {"project:a": "x", "project:b": "y"}
    assert len(rendered(tmp_path, (Webhook(Secret("a")),), (Webhook(Secret("b")),), config=given).all(SECRET)) == 2


def test_only_what_is_asked_for_is_made(tmp_path: Path) -> None:
    stack = rendered(tmp_path, (Public(),))
    assert [resource.type for resource in stack.resources] == ["sls:index:ServerlessApi", FUNCTION, GATEWAY]


def test_nothing_of_ways_limits_and_secrets_is_refused(tmp_path: Path) -> None:
    planned: Plan = check.plan(
        api(tmp_path, (CLIENTS, RateLimit(1, by="client")), ([OWN, CLIENTS],), (Webhook(HOOK, scheme="stripe"),)),
        CAPABILITIES,
    )
    kinds = {requirement.kind.partition(".")[0] for requirement in planned.requirements}
    assert {"auth", "limit", "quota", "secret"} <= kinds
