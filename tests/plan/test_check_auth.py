"""Mistakes in who may call, how often, and in what is kept secret."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sls_infra import Api, ApiKey, Custom, Domain, Function, Jwt, Public, Quota, RateLimit, Route, Secret, Webhook
from sls_infra.plan import check

from .specs import code

ISSUER = "https://id.example.com/"
TOKEN = Jwt(issuer=ISSUER, audience="a")


def key(**more: Any) -> Jwt:
    return Jwt(issuer=ISSUER, audience="a", key=Secret("signing"), **more)


@pytest.fixture
def shop(tmp_path: Path) -> Function:
    return Function("shop", code=code(tmp_path), handler="app:read")


def told(api: Api) -> list[tuple[str, str]]:
    return [(problem.path, problem.message) for problem in check.look(api)[1]]


@pytest.mark.parametrize(
    ("auth", "where", "what"),
    [
        (ApiKey(clients={}), "clients", "no client is named"),
        (ApiKey(clients={"a b": []}), "clients.a b", "no name of a client"),
        (ApiKey(clients={"a": []}, header="Authorization"), "header", "can't carry a key"),
        (ApiKey(clients={"a": []}, header="x key"), "header", "can't carry a key"),
        (ApiKey(clients={"a": []}, header=""), "header", "can't carry a key"),
        (ApiKey(clients={"a": [RateLimit(0)]}), "clients.a.requests", "let nobody in"),
        (ApiKey(clients={"a": [RateLimit(1, by="ip")]}), "clients.a", "can't count by ip"),
        (ApiKey(clients={"a": [Quota(0)]}), "clients.a.requests", "let nobody in"),
        (ApiKey(clients={"a": [Quota(1, per="year")]}), "clients.a.per", "no window"),  # type: ignore[arg-type]
        (key(jwks_uri="https://id.example.com/keys"), "jwks_uri", "both a key and a place of published keys"),
        (key(algorithms=["HS256", "RS256"]), "algorithms", "can't be verified by one key"),
        (Jwt(issuer=ISSUER, audience="a", algorithms=["HS256"]), "algorithms", "needs a key"),
        (Custom(Function("guard", code="."), handler="nowhere:read"), "handler", "nowhere"),
    ],
)
def test_a_way_in_with_a_mistake_is_told_with_its_place(shop: Function, auth: Any, where: str, what: str) -> None:
    found = told(Api("o", routes=[Route("GET", "/", shop, auth=auth)]))
    assert [path for path, message in found if what in message] == [f"api.routes[0].auth.{where}"], found


@pytest.mark.parametrize("ttl", [-1, 3601])
def test_an_answer_of_an_authorizer_is_not_kept_for_ever(shop: Function, ttl: int) -> None:
    found = told(Api("o", auth=Custom(shop, handler="app:read", ttl=ttl), routes=[Route("GET", "/", shop)]))
    assert found == [("api.auth.ttl", f"{ttl} s is not from 0 to 3600")]


@pytest.mark.parametrize("limits", [[], [RateLimit(1)], [RateLimit(1, by="client"), Quota(5, per="week")]])
def test_keys_with_and_without_limits_are_fine(shop: Function, limits: Any) -> None:
    assert told(Api("o", auth=ApiKey(clients={"mobile": limits}), routes=[Route("GET", "/", shop)])) == []


def test_a_client_is_of_one_api_key(shop: Function) -> None:
    routes = [
        Route("GET", "/a", shop, auth=ApiKey(clients={"mobile": []})),
        Route("GET", "/b", shop, auth=ApiKey(clients={"mobile": [RateLimit(1)]})),
        Route("GET", "/c", shop, auth=[ApiKey(clients={"web": []}), ApiKey(clients={"tv": []})]),
    ]
    messages = [message for _, message in told(Api("o", routes=routes))]
    assert messages == [
        "a route takes one ApiKey, and this one names several",
        "'mobile' is a client of another ApiKey too",
    ]


def test_clients_that_a_cloud_would_take_for_one_are_told(shop: Function) -> None:
    auth = ApiKey(clients={"mobile_app": [], "Mobile-App": []})
    found = told(Api("o", auth=auth, routes=[Route("GET", "/", shop)]))
    assert found == [
        ("api.auth.clients.Mobile-App", "'Mobile-App' and 'mobile_app' are both 'mobile-app' on a cloud"),
    ]


@pytest.mark.parametrize("auth", [Public(), Webhook(Secret("hook")), [TOKEN, Public()]])
def test_callers_that_nobody_knows_are_not_counted_by_client(shop: Function, auth: Any) -> None:
    limit = RateLimit(1, by="client")
    here = told(Api("o", routes=[Route("GET", "/", shop, auth=auth, rate_limit=limit)]))
    assert [path for path, _ in here] == ["api.routes[0].rate_limit"]
    there = told(Api("o", auth=auth, rate_limit=limit, routes=[Route("GET", "/", shop)]))
    assert [path for path, _ in there] == ["api.rate_limit"]
    assert told(Api("o", auth=TOKEN, rate_limit=limit, routes=[Route("GET", "/", shop)])) == []


def test_a_mistake_of_the_apis_own_auth_is_told_once_whoever_takes_it(shop: Function) -> None:
    bad = Jwt(issuer="id.example.com", audience="a")
    routes = [Route("GET", f"/{i}", shop) for i in range(3)]
    assert [path for path, _ in told(Api("o", auth=bad, routes=routes))] == ["api.auth.issuer"]
    unused = [Route("GET", "/", shop, auth=Public())]
    assert [path for path, _ in told(Api("o", auth=bad, routes=unused))] == ["api.auth.issuer"]


@pytest.mark.parametrize(
    ("one", "other", "what"),
    [
        (Secret("db", value="x"), Secret("db", value="y"), "is not the same as"),
        (Secret("db-1"), Secret("db_1"), "are both 'db-1'"),
        (Secret("1db"), Secret("fine"), "is no name"),
        (Secret("db", value=""), Secret("fine"), "is empty"),
        (Secret("db", value="a\0b"), Secret("fine"), "holds a NUL"),
        (Secret("db", value="x" * 25_000), Secret("fine"), "is too long"),
        (Secret("db", value="x", ref="y"), Secret("fine"), "is existing"),
    ],
)
def test_a_secret_with_a_mistake_is_told(tmp_path: Path, one: Secret, other: Secret, what: str) -> None:
    shop = Function("shop", code=code(tmp_path), handler="app:read", links=[one.read()], env={"OTHER": other})
    found = told(Api("o", auth=Public(), routes=[Route("GET", "/", shop)]))
    assert len(found) == 1
    assert what in found[0][1]


def test_the_same_secret_may_be_named_again(tmp_path: Path) -> None:
    shop = Function(
        "shop", code=code(tmp_path), handler="app:read", links=[Secret("db").read()], env={"D": Secret("db")}
    )
    assert told(Api("o", auth=Webhook(Secret("db")), routes=[Route("POST", "/", shop)])) == []


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("api.example.com", True),
        ("API.Example.com", True),
        ("xn--bcher-kva.example", True),
        ("localhost", False),
        ("https://api.example.com", False),
        ("api.example.com:443", False),
        ("*.example.com", False),
        ("api..example.com", False),
        ("-a.example.com", False),
        ("10.0.0.1", False),
        ("", False),
    ],
)
def test_a_domain_is_a_host_name(shop: Function, name: str, good: bool) -> None:
    found = told(Api("o", auth=Public(), domain=Domain(name), routes=[Route("GET", "/", shop)]))
    assert [path for path, _ in found] == ([] if good else ["api.domain.name"])
