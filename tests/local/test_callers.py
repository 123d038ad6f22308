"""Whom a limit by client counts together, and what the journal calls them."""

from __future__ import annotations

from typing import Any

import pytest

from sls_infra.local.model import LimitSpec
from sls_infra.local.visit import subject
from tests.local.harness import KEY, Stack, api_keys, bearer, custom_way, eventually, get, jwt_way, post
from tools.issuer import Issuer


@pytest.mark.parametrize(
    ("claims", "who"),
    [
        ({"sub": "ann"}, "sub:ann"),
        ({"sub": "ann", "client_id": "app"}, "sub:ann"),
        ({"client_id": "app"}, ""),
        ({"sub": "", "client_id": "app"}, ""),
        ({}, ""),
        ({"sub": "x" * 1000}, f"sub:{'x' * 252}"),
    ],
)
def test_what_the_journal_calls_a_caller(claims: dict[str, Any], who: str) -> None:
    assert subject(claims, "issuer")[1] == who


def test_callers_are_apart_by_issuer_and_subject() -> None:
    callers: list[tuple[dict[str, Any], str]] = [
        ({"sub": "a"}, "one"),
        ({"sub": "b"}, "one"),
        ({"sub": "a"}, "two"),
        ({"client_id": "a"}, "one"),
        ({}, "one"),
        ({}, "two"),
        ({"sub": 7}, "one"),
    ]
    assert len({subject(claims, of)[0] for claims, of in callers}) == len(callers)
    assert subject({"sub": "a", "jti": "1"}, "one") == subject({"sub": "a", "jti": "2"}, "one")
    assert subject({}, "one") == subject({"sub": None}, "one")


CODE = {
    "app.py": """
def ok(request): return {}
def authorize(request):
    who = request.headers.get("x-who")
    return {"sub": who} if who else None
"""
}


def test_each_client_has_its_own_share(stack: Stack, issuer: Issuer) -> None:
    two = LimitSpec(requests=2, seconds=86_400, burst=2, by="client")
    ways = (jwt_way(issuer.url), KEY, custom_way())
    routes = [get("/a", "app:ok", auth=ways, limits=(two,)), get("/b", "app:ok", auth=ways, limits=(two,))]
    keys = api_keys({"mobile": "key-1,key-2", "web": "key-3"})
    api = stack.deploy(CODE, routes, api_keys=(keys,))

    def let_in(*credentials: dict[str, str], path: str = "/a") -> list[bool]:
        return [api.get(path, headers=each).status_code == 200 for each in credentials]

    token = bearer(issuer.token("orders", subject="ann"))
    again = bearer(issuer.token("orders", subject="ann", jti="another"))
    other = bearer(issuer.token("orders", subject="bob"))
    assert let_in(token, again, token, again, other) == [True, True, False, False, True]
    first, second, third = ({"x-api-key": key} for key in ("key-1", "key-2", "key-3"))
    assert let_in(first, second, first, second, third) == [True, True, False, False, True]
    assert let_in({"x-who": "me"}, {"x-who": "me"}, {"x-who": "me"}, {"x-who": "you"}) == [True, True, False, True]
    assert let_in(token, first, path="/b") == [True, True], "each route counts by itself"
    line = eventually(lambda: [line for line in api.refusals() if line["who"] == "key:mobile"])[0]
    assert (line["status"], line["rule"]) == (429, "limit:client 2 per 86400 s, burst 2")


def test_several_limits_all_have_to_let_a_call_through(stack: Stack, issuer: Issuer) -> None:
    day = 86_400
    limits = (
        LimitSpec(requests=6, seconds=day, burst=6),
        LimitSpec(requests=3, seconds=day, burst=3, by="client"),
        LimitSpec(requests=100, seconds=day, burst=100, by="ip"),
    )
    api = stack.deploy(CODE, [get("/", "app:ok", auth=(jwt_way(issuer.url),), limits=limits)])
    people = [bearer(issuer.token("orders", subject=name)) for name in ("ann", "bob", "cid")]
    # Ann's refused calls take nothing from the others' share of the route.
    assert [api.get("/", headers=people[0]).status_code for _ in range(5)] == [200] * 3 + [429] * 2
    assert [api.get("/", headers=people[1]).status_code for _ in range(2)] == [200] * 2
    assert [api.get("/", headers=people[2]).status_code for _ in range(2)] == [200, 429]
    # And what the route refused took nothing from hers.
    rules = [line["rule"].split()[0] for line in eventually(lambda: api.refusals()[2:] and api.refusals())]
    assert rules == ["limit:client", "limit:client", "limit:route"]


def test_what_is_too_large_is_in_the_journal_too(stack: Stack) -> None:
    api = stack.deploy(CODE, [post("/", "app:ok")], max_body=10)
    assert api.call("POST", "/", content=b"x" * 11).status_code == 413
    assert api.get("/" + "x" * 9000).status_code == 414
    lines = eventually(lambda: api.refusals()[1:] and api.refusals())
    assert [(line["status"], line["rule"]) for line in lines] == [(413, "size:body"), (414, "size:path")]
    assert len(lines[1]["path"]) <= 2048
