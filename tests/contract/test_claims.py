"""Who calls: tokens, claims with their types, scopes, and routes that ask for none."""

from __future__ import annotations

import time
from typing import Any

import pytest

from sls_infra.plan.capabilities import Native
from sls_infra.providers import registry

from .apis import ORIGIN
from .model import Call, Cloud, Served
from .tokens import AUDIENCE

JSON = [("content-type", "application/json")]
READER = {"sub": "ann", "scope": "orders:read orders:write"}

CLAIMS: dict[str, Any] = {
    "a string": "grüße",
    "an empty string": "",
    "a string of digits": "007",
    "a string with spaces": "[a b]",
    "an integer": 42,
    "a large integer": 2**53 - 1,
    "a fraction": 1.5,
    "true": True,
    "false": False,
    "null": None,
    "a list": ["a", "b c"],
    "a list of one": ["a"],
    "an empty list": [],
    "numbers": [1, 2, 3],
    "nested": {"roles": [{"name": "admin", "since": 2024}], "flags": {"beta": True}},
    "a long text": "x" * 2000,
}


@pytest.mark.parametrize("name", CLAIMS)
def test_a_claim_keeps_its_type(shop: Served, name: str) -> None:
    answer = shop.call(Call("GET", "/me", claims={"sub": "ann", "https://example.com/claim": CLAIMS[name]}))
    assert answer.status == 200, answer
    seen = answer.json()
    assert seen["claims"]["https://example.com/claim"] == CLAIMS[name]
    assert type(seen["claims"]["https://example.com/claim"]) is type(CLAIMS[name])


def test_a_verified_caller_is_known(shop: Served) -> None:
    seen = shop.call(Call("GET", "/me", claims={"sub": "ann"})).json()
    assert seen["authenticated"] is True
    assert (seen["claims"]["sub"], seen["claims"]["aud"]) == ("ann", AUDIENCE)
    assert isinstance(seen["claims"]["exp"], int)


@pytest.mark.parametrize("audience", [AUDIENCE, "another", [AUDIENCE], ["else", "another"]], ids=str)
def test_any_of_the_audiences_lets_in(shop: Served, audience: Any) -> None:
    answer = shop.call(Call("GET", "/me", claims={"aud": audience}))
    assert answer.status == 200, answer
    assert answer.json()["claims"]["aud"] == audience


TOKENS = ("", "x", "a.b.c", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm4ifQ.", "bad token", "..")


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize(("method", "target"), [("GET", "/me"), ("POST", "/mine"), ("GET", "/mine/a/b")])
def test_what_is_no_token_is_401(shop: Served, method: str, target: str, token: str) -> None:
    assert shop.call(Call(method, target, token=token)).status == 401


@pytest.mark.parametrize("target", ["/me", "/scoped", "/mine", "/mine/a", "/me/7", "/second/7"])
def test_nobody_is_401(shop: Served, target: str) -> None:
    assert shop.call(Call("GET", target)).status == 401


NOT_LET_IN: dict[str, dict[str, Any]] = {
    "expired": {"exp": int(time.time()) - 3600},
    "not yet valid": {"nbf": int(time.time()) + 3600},
    "of another issuer": {"iss": "https://evil.example.com/"},
    "for another audience": {"aud": "somebody else"},
    "for nobody": {"aud": []},
}


@pytest.mark.parametrize("name", NOT_LET_IN)
def test_a_token_that_is_not_for_this_api_is_401(shop: Served, name: str) -> None:
    assert shop.call(Call("GET", "/me", claims={"sub": "ann", **NOT_LET_IN[name]})).status == 401


def test_claims_that_the_caller_writes_into_headers_are_nothing(shop: Served) -> None:
    """`eyJzdWIiOiJldmlsIn0` is {"sub":"evil"}: what the vendors' gateways call their own headers is theirs to set."""
    forged = [
        ("x-apigateway-api-userinfo", "eyJzdWIiOiJldmlsIn0"),
        ("x-endpoint-api-userinfo", "eyJzdWIiOiJldmlsIn0"),
        ("x-ms-client-principal", "eyJzdWIiOiJldmlsIn0"),
        ("x-sls-route", "GET /me"),
        ("x-forwarded-authorization", "Bearer a.eyJzdWIiOiJldmlsIn0.c"),
    ]
    assert shop.call(Call("GET", "/me", headers=forged)).status == 401
    seen = shop.call(Call("GET", "/orders/7", headers=forged)).json()
    assert (seen["claims"], seen["authenticated"]) == ({}, False)
    seen = shop.call(Call("GET", "/me", headers=forged, claims={"sub": "ann"})).json()
    assert seen["claims"]["sub"] == "ann"


def test_a_public_route_knows_nobody(shop: Served) -> None:
    seen = shop.call(Call("GET", "/orders/7", claims={"sub": "ann"})).json()
    assert (seen["claims"], seen["authenticated"]) == ({}, False)


@pytest.mark.parametrize("token", ["x", "a.b.c"])
def test_a_public_route_takes_any_token(shop: Served, token: str) -> None:
    assert shop.call(Call("GET", "/orders/7", token=token)).status == 200


SCOPES: dict[str, tuple[dict[str, Any], int]] = {
    "both": ({"scope": "orders:read orders:write"}, 200),
    "both and more": ({"scope": "a orders:write b orders:read"}, 200),
    "a list": ({"scope": ["orders:read", "orders:write"]}, 200),
    "scp": ({"scp": "orders:read orders:write", "scope": None}, 200),
    "scp as a list": ({"scp": ["orders:read", "orders:write"], "scope": None}, 200),
    "one of two": ({"scope": "orders:read"}, 403),
    "none": ({"scope": ""}, 403),
    "another case": ({"scope": "Orders:Read Orders:Write"}, 403),
    "a part of a name": ({"scope": "orders:readers orders:writers"}, 403),
    "a number": ({"scope": 7}, 403),
}


@pytest.mark.parametrize("name", SCOPES)
def test_all_of_a_routes_scopes_are_needed(shop: Served, name: str) -> None:
    claims, status = SCOPES[name]
    answer = shop.call(Call("GET", "/scoped", claims=claims))
    assert answer.status == status, answer
    if status == 403:
        answer.problem()
        assert 'error="insufficient_scope"' in str(answer.header("www-authenticate"))


def test_the_scope_is_looked_at_before_the_body(shop: Served) -> None:
    assert shop.call(Call("POST", "/scoped", JSON, b"{}", claims={"scope": "orders:read"})).status == 403
    assert shop.call(Call("POST", "/scoped", JSON, b"{}", claims=READER)).status == 400
    assert shop.call(Call("POST", "/scoped", JSON, b'{"name": "a"}', claims=READER)).status == 200


def test_the_way_in_is_that_of_the_most_specific_route(shop: Served) -> None:
    assert shop.call(Call("GET", "/me/public")).status == 200
    assert shop.call(Call("GET", "/me/7")).status == 401
    assert shop.call(Call("GET", "/me/7", claims={"sub": "ann"})).status == 200


def test_another_functions_route_asks_for_a_token_too(shop: Served) -> None:
    assert shop.call(Call("GET", "/second/7")).status == 401
    assert shop.call(Call("GET", "/second/7", claims={})).json() == {"function": "second"}


def test_a_refusal_by_the_gateway_challenges(shop: Served) -> None:
    for token in (None, "a.b.c"):
        assert str(shop.call(Call("GET", "/me", token=token)).header("www-authenticate")).startswith("Bearer")


def test_a_refusal_whose_body_is_the_vendors_is_said_to_be(shop: Served, cloud: Cloud) -> None:
    """Bodies are ours wherever anything of ours answers; where only the vendor can, the capabilities say so."""
    answer = shop.call(Call("GET", "/me"))
    if answer.header("content-type") != "application/problem+json":
        known = registry.capabilities(cloud.name)
        way = known.meeting("auth.jwt")
        assert isinstance(way, Native)
        assert "401" in way.note
        assert any("401" in note for note in known.gateway_notes)


def test_a_refusal_that_pages_can_not_read_is_said_to_be_so(shop: Served, cloud: Cloud) -> None:
    answer = shop.call(Call("GET", "/me", headers=[("origin", ORIGIN)]))
    if answer.header("access-control-allow-origin") != ORIGIN:
        known = registry.capabilities(cloud.name)
        way = known.meeting("auth.jwt")
        assert isinstance(way, Native)
        assert any("401" in note and "CORS" in note for note in (way.note, *known.gateway_notes))
