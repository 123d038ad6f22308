"""`client`: every way in, in process: keys, signatures, authorizers, secrets."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from sls_infra import Api, ApiKey, Custom, Function, Jwt, Public, Quota, Route, Secret, SpecError, Webhook
from sls_infra.errors import SlsError
from sls_infra.testing import Client, client

CODE = """
import os
from sls_infra.runtime import HttpError, links

def show(request):
    return {"claims": request.claims, "known": request.authenticated, "body": request.text}

def secrets(request):
    return {"db": links.secret("db"), "env": os.environ["TOKEN"]}

def unlinked(request):
    return links.secret("other")

async def authorize(request):
    who = request.cookies.get("who")
    if who == "sunday": raise HttpError(403, "closed")
    if who == "crash": raise RuntimeError("secret detail")
    return {"sub": who, "scope": "read"} if who else None
"""
SCHEMES: tuple[Literal["github", "stripe", "slack", "standard"], ...] = ("github", "stripe", "slack", "standard")
DB, HOOK, OTHER, TOKEN = Secret("db"), Secret("hook"), Secret("other"), Secret("token", value="from the spec")


def an_api(folder: Path) -> Api:
    folder.mkdir(exist_ok=True)
    (folder / "app.py").write_text(CODE)
    shop = Function("shop", code=folder, handler="app:show", links=[DB.read()], env={"TOKEN": TOKEN})
    other = folder.parent / "guard"
    other.mkdir(exist_ok=True)
    (other / "app.py").write_text(CODE)
    guard = Function("guard", code=other, handler="app:authorize", links=[OTHER.read()])
    keys = ApiKey(clients={"mobile": [Quota(5)], "web": []})
    token = Jwt(issuer="https://id.example.com/", audience="orders")
    custom = Custom(guard)
    routes = [
        Route("GET", "/key", shop, auth=keys),
        Route("GET", "/either", shop, auth=[token, keys]),
        Route("GET", "/maybe", shop, auth=[keys, token, Public()]),
        Route("GET", "/custom", shop, auth=custom),
        Route("GET", "/custom-or-nothing", shop, auth=[custom, Public()]),
        Route("GET", "/secrets", shop, handler="app:secrets", auth=Public()),
        Route("GET", "/unlinked", shop, handler="app:unlinked", auth=Public()),
        *(Route("POST", f"/{scheme}", shop, auth=Webhook(HOOK, scheme=scheme)) for scheme in SCHEMES),
    ]
    return Api("ways", routes=routes)


@pytest.fixture
def c(tmp_path: Path) -> Iterator[Client]:
    with client(an_api(tmp_path / "src"), secrets={"db": "hunter2"}) as made:
        yield made


def test_keys_are_real(c: Client) -> None:
    mobile = {"sub": "mobile", "client_id": "mobile"}
    assert c.get("/key", client="mobile").json()["claims"] == mobile
    assert c.get("/key", headers={"X-Api-Key": c.api_keys["mobile"]}).json()["claims"] == mobile
    assert c.get("/key", claims={"sub": "anybody"}).json()["claims"] == {"sub": "anybody"}
    assert c.get("/key").status == 401
    for key in ("", "x", c.api_keys["mobile"] + "x"):
        assert c.get("/key", headers={"x-api-key": key}).status == 401
    assert len(set(c.api_keys.values())) == 2
    with pytest.raises(SlsError, match="no client 'nobody': the spec names mobile, web"):
        c.get("/key", client="nobody")
    with pytest.raises(SlsError, match="takes no API key"):
        c.get("/secrets", client="mobile")


def test_any_way_is_enough_and_a_bad_credential_is_401(c: Client) -> None:
    assert c.get("/either", client="web").json()["known"]
    assert c.get("/either", claims={"sub": "ann"}).json()["claims"] == {"sub": "ann"}
    assert c.get("/maybe").json() == {"claims": {}, "known": False, "body": ""}
    assert c.get("/maybe", client="web").json()["claims"]["sub"] == "web"
    assert c.get("/maybe", headers={"x-api-key": "no"}).status == 401
    assert c.get("/maybe", headers={"Authorization": "Bearer x"}).status == 401


def test_an_authorizer_decides(c: Client) -> None:
    assert c.get("/custom", headers={"Cookie": "who=ann"}).json()["claims"]["sub"] == "ann"
    assert c.get("/custom").status == 401
    assert c.get("/custom", headers={"Cookie": "who=sunday"}).json()["detail"] == "closed"
    crash = c.get("/custom", headers={"Cookie": "who=crash"})
    assert crash.status == 500
    assert "secret detail" not in crash.text
    assert c.get("/custom-or-nothing").json()["known"] is False
    assert c.get("/custom", claims={"sub": "stand-in", "scope": "read"}).json()["claims"]["sub"] == "stand-in"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_signatures_are_verified(c: Client, scheme: str) -> None:
    path = f"/{scheme}"
    answer = c.post(path, json={"id": 1}, signed=True)
    assert answer.json() == {"claims": {}, "known": True, "body": '{"id": 1}'}
    assert c.post(path, json={"id": 2}, signed=c.secrets["hook"]).status == 200
    assert c.post(path, json={"id": 3}, signed="d2Fzb24=").status == 401
    assert c.post(path, json={"id": 4}).status == 401
    with pytest.raises(SlsError, match="send signed=True"):
        c.post(path, claims={"sub": "x"})
    with pytest.raises(SlsError, match="takes no webhook"):
        c.get("/key", signed=True)


def test_secrets_are_those_of_the_test_or_of_the_spec(c: Client) -> None:
    assert c.get("/secrets").json() == {"db": "hunter2", "env": "from the spec"}
    assert c.get("/unlinked").status == 500
    assert os.environ["TOKEN"] == "from the spec"


def test_nothing_is_left_of_them(tmp_path: Path) -> None:
    from sls_infra.runtime import deployed, services

    before = services._name, services._platform
    with client(an_api(tmp_path / "src")) as c:
        assert c.get("/secrets").json()["db"]
    assert "TOKEN" not in os.environ
    assert (services._name, services._platform) == before
    assert deployed.values() == {}


def test_a_secret_that_is_not_in_the_spec(tmp_path: Path) -> None:
    with (
        pytest.raises(SpecError, match="names no secret 'dbb'"),
        client(an_api(tmp_path / "src"), secrets={"dbb": "x"}),
    ):
        pass
