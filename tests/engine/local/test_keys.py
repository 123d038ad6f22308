"""Keys of clients, authorizers, webhooks and tokens of one's own making: deployed by literal `pulumi` commands."""

from __future__ import annotations

import hmac
import http.client
import time
from urllib.parse import urlsplit

import jwt
import pytest

from tests.engine.callers import call, kill
from tests.engine.harness import Workspace
from tests.engine.local.shop import Make, daemon, left

pytestmark = pytest.mark.engine

PROGRAM = """
import pulumi
from sls_infra import *

shop, desk = Function("shop", code="shop", handler="shop:read"), Function("desk", code="desk", handler="desk:read")
keys = ApiKey(clients={"mobile": [Quota(8, per="month")], "web": []})
signing, hook = Secret("signing"), Secret("hook")
own = Jwt(issuer="https://id.example.com/", audience="orders", key=signing, algorithms=["HS256"])
api = ServerlessApi(Api("orders", routes=[
    Route("GET", "/keys", shop, auth=keys),
    Route("GET", "/own", shop, auth=[own, keys]),
    Route("GET", "/custom", shop, auth=Custom(desk, handler="desk:authorize", ttl=60)),
    Route("POST", "/hook", shop, auth=[Webhook(hook, scheme="github"), ApiKey(clients={"partner": []})]),
]))
pulumi.export("url", api.url)
pulumi.export("api_keys", api.api_keys)
"""
CODE = """
def read(request):
    return {"claims": request.claims}
"""
DESK = """
def read(request):
    return "desk"

def authorize(request):
    who = request.headers.get("x-who")
    return {"sub": who} if who else None
"""
SIGNING = "a secret that both sides share, of 32 bytes"
HOOK = "what the other service signs by"


@pytest.fixture
def workspace(make: Make) -> Workspace:
    made = make(program=PROGRAM)
    made.write({"shop/shop.py": CODE, "desk/desk.py": DESK})
    made.set_config("signing", SIGNING, secret=True)
    made.set_config("hook", HOOK, secret=True)
    return made


def keys_of(workspace: Workspace) -> dict[str, str]:
    found: dict[str, str] = workspace.outputs()["api_keys"]
    return found


def status(url: str, path: str, **headers: str) -> int:
    return call(f"{url}{path}", headers={name.replace("_", "-"): value for name, value in headers.items()})[0]


def post(url: str, path: str, body: bytes, **headers: str) -> int:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    try:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("POST", path, body, sent)
        return connection.getresponse().status
    finally:
        connection.close()


def test_every_way_in_and_the_rotation_of_a_key(workspace: Workspace) -> None:
    up = workspace.up()
    assert up.warnings == up.errors == []
    url, keys = workspace.outputs()["url"], keys_of(workspace)
    assert set(keys) == {"mobile", "web", "partner"}
    assert call(f"{url}/keys", headers={"x-api-key": keys["web"]}) == (
        200,
        {"claims": {"sub": "web", "client_id": "web"}},
    )
    assert status(url, "/keys") == status(url, "/keys", x_api_key="x" * 43) == 401
    claims = {"iss": "https://id.example.com/", "aud": "orders", "sub": "ann", "exp": int(time.time()) + 300}
    token = jwt.encode(claims, SIGNING)
    assert call(f"{url}/own", headers={"authorization": f"Bearer {token}"})[1]["claims"]["sub"] == "ann"
    assert status(url, "/own", authorization=f"Bearer {jwt.encode(claims, SIGNING[::-1])}") == 401
    assert call(f"{url}/custom", headers={"x-who": "me"}) == (200, {"claims": {"sub": "me"}})
    assert status(url, "/custom") == 401
    signature = hmac.digest(HOOK.encode(), b"{}", "sha256").hex()
    assert post(url, "/hook", b"{}", x_hub_signature_256=f"sha256={signature}") == 200
    assert post(url, "/hook", b"{ }", x_hub_signature_256=f"sha256={signature}") == 401
    assert post(url, "/hook", b"{}", x_api_key=keys["partner"]) == 200
    assert post(url, "/hook", b"{}", x_api_key=keys["web"]) == 401

    # No key is to be found on this machine, but in the state, encrypted.
    for file in (path for path in workspace.folder.rglob("*") if path.is_file()):
        content = file.read_bytes()
        assert not any(secret.encode() in content for secret in (*keys.values(), SIGNING)), file
    assert not any(key in str(workspace.stack_export()) for key in keys.values())

    # Two keys are live, and then the older one is not any more.
    for generation, old_fits in ((2, 200), (3, 401)):
        workspace.run("config", "set", "--path", "sls:keyGenerations.web", str(generation))
        workspace.up()
        newest = keys_of(workspace)
        assert newest["mobile"] == keys["mobile"]
        assert newest["web"] != keys["web"]
        assert status(url, "/keys", x_api_key=newest["web"]) == 200
        assert status(url, "/keys", x_api_key=keys["web"]) == old_fits

    # A quota outlives the gateway, however it ends.
    assert [status(url, "/keys", x_api_key=keys["mobile"]) for _ in range(5)] == [200] * 5
    kill(daemon(workspace))
    assert workspace.up().errors == []
    url = workspace.outputs()["url"]
    assert [status(url, "/keys", x_api_key=keys["mobile"]) for _ in range(5)] == [200] * 3 + [429] * 2

    workspace.destroy()
    assert left(workspace) == []


def test_a_secret_without_a_value_is_told_before_anything_is_made(make: Make) -> None:
    workspace = make(program=PROGRAM)
    workspace.write({"shop/shop.py": CODE, "desk/desk.py": DESK})
    failed = workspace.up(check=False)
    text = failed.text
    assert "pulumi config set --secret signing" in text
    assert "pulumi config set --secret hook" in text
    assert "Traceback" not in text
    assert failed.created == []
