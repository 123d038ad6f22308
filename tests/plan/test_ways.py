"""Ways in and limits, resolved: names, what is merged, and who verifies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sls_infra import Api, ApiKey, Custom, Function, Jwt, Public, Quota, RateLimit, Route, Secret, Webhook
from sls_infra.plan.manifest import manifest, secrets_of
from sls_infra.plan.model import LimitPlan, Plan
from sls_infra.plan.resolve import resolve
from sls_infra.plan.ways import by_runtime

from .specs import code

TOKEN = Jwt(issuer="https://id.example.com/", audience="orders")
KEYED = Jwt(issuer="https://own.example.com/", audience="orders", key=Secret("signing"), algorithms=["HS256"])
KEY = ApiKey(clients={"mobile": [RateLimit(5), Quota(1000, per="day")], "web": []}, header="X-Shop-Key")
HOOK = Webhook(Secret("hook"), scheme="github")


@pytest.fixture
def shop(tmp_path: Path) -> Function:
    return Function("shop", code=code(tmp_path), handler="app:read")


def planned(shop: Function, *auths: Any, **more: Any) -> Plan:
    return resolve(Api("o", routes=[Route("GET", f"/{i}", shop, auth=auth) for i, auth in enumerate(auths)], **more))


def test_each_distinct_way_has_one_name_in_the_order_of_first_use(shop: Function) -> None:
    guard = Custom(shop, handler="app:handler", ttl=60)
    found = planned(shop, TOKEN, [KEYED, KEY], HOOK, guard, [TOKEN, Public()], KEY, Webhook(Secret("other")))
    names = [[getattr(way, "name", "public") for way in route.auth] for route in found.routes]
    wanted = [["jwt"], ["jwt-2", "api-key"], ["webhook"], ["custom"], ["jwt", "public"], ["api-key"], ["webhook-2"]]
    assert names == wanted
    assert [way.name for way in found.ways] == ["jwt", "jwt-2", "api-key", "webhook", "custom", "webhook-2"]


def test_a_key_has_its_clients_limits_apart_from_their_quotas(shop: Function) -> None:
    (key,) = planned(shop, KEY).api_keys
    assert key.header == "x-shop-key"
    assert key.limited
    mobile, web = key.clients
    assert mobile.limits == (LimitPlan(5, 1, 5, False, "client"),)
    assert [(quota.requests, quota.per) for quota in mobile.quotas] == [(1000, "day")]
    assert (web.limits, web.quotas) == ((), ())


@pytest.mark.parametrize(
    ("own", "everywhere", "wanted"),
    [
        (None, [RateLimit(100), RateLimit(5, by="ip")], [(100, "route"), (5, "ip")]),
        (RateLimit(10), [RateLimit(100), RateLimit(5, by="ip")], [(10, "route"), (5, "ip")]),
        (RateLimit(1, by="ip"), [RateLimit(100), RateLimit(5, by="ip")], [(1, "ip"), (100, "route")]),
        ([RateLimit(1), RateLimit(50, per="day")], RateLimit(100), [(1, "route"), (50, "route")]),
        ([], [RateLimit(100)], []),
        (RateLimit(10), None, [(10, "route")]),
        (None, None, []),
    ],
)
def test_a_routes_limits_stand_beside_those_of_the_api_that_count_otherwise(
    shop: Function, own: Any, everywhere: Any, wanted: list[tuple[int, str]]
) -> None:
    api = Api("o", auth=TOKEN, rate_limit=everywhere, routes=[Route("GET", "/", shop, rate_limit=own)])
    (route,) = resolve(api).routes
    assert [(limit.requests, limit.by) for limit in route.limits] == wanted


@pytest.mark.parametrize(
    ("auth", "here"),
    [
        (Public(), False),
        (TOKEN, False),
        ([TOKEN, TOKEN], False),
        ([TOKEN, Public()], True),
        ([TOKEN, KEY], True),
        (KEY, True),
        (HOOK, True),
    ],
)
def test_the_runtime_verifies_what_a_gateway_of_tokens_cannot(shop: Function, auth: Any, here: bool) -> None:
    (route,) = planned(shop, auth).routes
    assert by_runtime(route) is here


def test_the_manifest_names_the_ways_that_the_runtime_verifies_and_no_value_of_a_deployment(shop: Function) -> None:
    guard = Function("guard", code=shop.code, handler="app:read")
    far, near = Custom(guard, handler="app:handler", ttl=60), Custom(shop, handler="pkg.api:handler")
    found = planned(shop, TOKEN, [KEYED, KEY], HOOK, far, near)
    known = manifest(found, found.functions[0])
    assert [route.get("ways") for route in known["routes"]] == [
        None, ["jwt-2", "api-key"], ["webhook"], ["custom"], ["custom-2"],
    ]  # fmt: skip
    assert known["ways"] == {
        "jwt-2": {"kind": "jwt", "algorithms": ["HS256"], "leeway": 0, "scheme": "Bearer", "key": "signing"},
        "api-key": {"kind": "api_key", "header": "x-shop-key"},
        "webhook": {"kind": "webhook", "scheme": "github", "secret": "hook"},
        "custom": {"kind": "custom", "handler": None, "ttl": 60},
        "custom-2": {"kind": "custom", "handler": "pkg.api:handler", "ttl": 0},
    }
    assert known["authorizers"] == {"custom-2": {"handler": "pkg.api:handler", "ttl": 0}}
    assert [function.name for function in found.functions] == ["shop", "guard"]
    assert manifest(found, found.functions[1])["authorizers"] == {"custom": {"handler": "app:handler", "ttl": 60}}
    assert "example.com" not in str(known)


def test_a_function_may_read_its_own_secrets_and_those_of_the_ways_it_verifies(tmp_path: Path) -> None:
    db, other = Secret("db"), Secret("other")
    shop = Function("shop", code=code(tmp_path), handler="app:read", env={"DB": db, "STAGE": "x"}, links=[db.read()])
    mail = Function("mail", code=tmp_path, handler="app:read", links=[other.read()])
    routes = [Route("POST", "/hook", shop, auth=HOOK), Route("GET", "/mail", mail, auth=KEYED)]
    found = resolve(Api("o", routes=routes))
    assert secrets_of(found, found.functions[0]) == ("db", "hook")
    assert secrets_of(found, found.functions[1]) == ("other",), "a gateway verifies tokens, unless a front says else"
    assert secrets_of(found, found.functions[1], lambda route: True) == ("other", "signing")
    assert dict(found.functions[0].env) == {"STAGE": "x"}
    assert dict(found.functions[0].secret_env) == {"DB": "db"}
    assert [secret.name for secret in found.secrets] == ["db", "other", "hook", "signing"]
