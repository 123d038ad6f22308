"""Rate limits and CORS, through the gateway."""

from __future__ import annotations

import httpx
import pytest

from sls_infra.local.model import LimitSpec
from tests.local.harness import Deployed, R, Stack, bearer, cors, get, jwt_way, post
from tools.issuer import Issuer

CODE = {
    "app.py": """
from sls_infra.runtime import Response
def ok(request): return {"ok": True}
def fail(request): raise RuntimeError("x")
def own(request):
    return Response.json({}, headers={"Access-Control-Allow-Origin": "*", "x-total": "7", "vary": "Accept"})
"""
}
SHOP = "https://shop.example.com"


def limit(requests: int, seconds: float, burst: int) -> LimitSpec:
    return LimitSpec(requests=requests, seconds=seconds, burst=burst)


@pytest.fixture
def limited(stack: Stack, issuer: Issuer) -> Deployed:
    routes = [
        get("/two", "app:ok", limits=(limit(1, 60, 2),)),
        get("/other", "app:ok", limits=(limit(1, 60, 2),)),
        get("/jwt", "app:ok", limits=(limit(1, 60, 1),), auth=(jwt_way(issuer.url),)),
        get("/items/{id}", "app:ok", limits=(limit(1, 60, 1),)),
    ]
    return stack.deploy(CODE, routes, cors=cors(SHOP))


def test_over_the_limit(limited: Deployed, issuer: Issuer) -> None:
    assert [limited.get("/two").status_code for _ in range(4)] == [200, 200, 429, 429]
    refused = limited.get("/two", headers={"origin": SHOP})
    assert refused.headers["content-type"] == "application/problem+json"
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert refused.headers["access-control-allow-origin"] == SHOP
    # Each route is counted by itself, all of its callers and all of its paths together.
    assert limited.get("/other").status_code == 200
    assert [limited.get(f"/items/{number}").status_code for number in range(2)] == [200, 429]
    # Who is not let in takes nothing away from those who are.
    assert [limited.get("/jwt").status_code for _ in range(3)] == [401, 401, 401]
    token = bearer(issuer.token("orders"))
    assert [limited.get("/jwt", headers=token).status_code for _ in range(2)] == [200, 429]


@pytest.fixture(scope="module")
def api(shared_stack: Stack, issuer: Issuer) -> Deployed:
    way = (jwt_way(issuer.url),)
    routes = [
        get("/ok", "app:ok"),
        get("/own", "app:own"),
        get("/fail", "app:fail"),
        get("/jwt", "app:ok", auth=way),
        get("/scoped", "app:ok", auth=way, scopes=("admin",)),
        post("/body", "app:ok"),
        R(method="ANY", path="/any", handler="app:ok", auth=way),
    ]
    return shared_stack.deploy(CODE, routes, cors=cors(SHOP, expose=("x-total",), max_age=60), max_body=10)


def allowed(answer: httpx.Response) -> str | None:
    value: str | None = answer.headers.get("access-control-allow-origin")
    return value


def test_preflights_need_no_token_and_no_route(api: Deployed) -> None:
    for path in ("/ok", "/jwt", "/any", "/nowhere"):
        headers = {"origin": SHOP, "access-control-request-method": "GET"}
        answer = api.call("OPTIONS", path, headers=headers)
        assert (answer.status_code, answer.content, allowed(answer)) == (204, b"", SHOP)
        assert answer.headers["access-control-allow-methods"] == "GET,POST"
        assert answer.headers["access-control-allow-headers"] == "authorization,content-type"
        assert answer.headers["access-control-max-age"] == "60"
        assert len(answer.headers.get_list("access-control-allow-origin")) == 1
        assert answer.headers["x-request-id"]


def test_preflights_of_others_get_no_permission(api: Deployed) -> None:
    for origin in ("https://evil.example.com", "null", SHOP + ".evil.com", SHOP.upper(), "http://shop.example.com", ""):
        headers = {"origin": origin, "access-control-request-method": "GET"}
        answer = api.call("OPTIONS", "/ok", headers=headers)
        assert answer.status_code == 204
        assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_options_that_are_no_preflight_are_routed(api: Deployed) -> None:
    assert api.call("OPTIONS", "/ok").status_code == 404
    assert api.call("OPTIONS", "/ok", headers={"origin": SHOP}).status_code == 404
    assert api.call("OPTIONS", "/any").status_code == 401


def test_refusals_carry_cors_headers_too(api: Deployed, issuer: Issuer) -> None:
    token = bearer(issuer.token("orders"))
    cases = [
        (api.get("/ok", headers={"origin": SHOP}), 200),
        (api.get("/jwt", headers={"origin": SHOP}), 401),
        (api.get("/scoped", headers={"origin": SHOP, **token}), 403),
        (api.get("/nowhere", headers={"origin": SHOP}), 404),
        (api.call("POST", "/body", content=b"x" * 11, headers={"origin": SHOP}), 413),
        (api.call("POST", "/body", content=iter([b"x" * 11]), headers={"origin": SHOP}), 413),
        (api.get("/fail", headers={"origin": SHOP}), 500),
    ]
    for answer, status in cases:
        assert (answer.status_code, allowed(answer)) == (status, SHOP)
        assert answer.headers["access-control-expose-headers"] == "x-total"
        assert "Origin" in answer.headers["vary"]


def test_other_origins_get_an_answer_without_permission(api: Deployed) -> None:
    for headers in ({}, {"origin": "https://evil.example.com"}, {"origin": "null"}):
        answer = api.get("/ok", headers=headers)
        assert (answer.status_code, allowed(answer)) == (200, None)
        assert "Origin" in answer.headers["vary"]


def test_a_functions_own_cors_headers_do_not_count(api: Deployed) -> None:
    assert allowed(api.get("/own")) is None
    answer = api.get("/own", headers={"origin": SHOP})
    assert answer.headers.get_list("access-control-allow-origin") == [SHOP]
    assert answer.headers["x-total"] == "7"
    assert set(answer.headers.get_list("vary")) == {"Accept", "Origin"}


def test_without_cors_a_function_may_speak_for_itself(stack: Stack) -> None:
    api = stack.deploy(CODE, [get("/own", "app:own"), get("/ok", "app:ok")])
    assert allowed(api.get("/own")) == "*"
    assert allowed(api.get("/ok", headers={"origin": SHOP})) is None
    headers = {"origin": SHOP, "access-control-request-method": "GET"}
    assert api.call("OPTIONS", "/ok", headers=headers).status_code == 404
