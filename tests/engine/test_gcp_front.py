"""An Api behind Google's load balancer, with keys and secrets, through the real engine, from its first `up` on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engine.gcp_outputs import PROJECT, REGION
from tests.engine.harness import Workspace
from tests.engine.programs import HANDLER, SECRET
from tests.engine.secrecy import keeps
from tests.engine.shop_on_gcp import FUNCTION, MEMBER, OBJECT
from tests.engine.stand_in import StandIn

pytestmark = pytest.mark.engine

KEY, VERSION = "gcp:projects/apiKey:ApiKey", "gcp:secretmanager/secretVersion:SecretVersion"
URL_MAP, POLICY = "gcp:compute/uRLMap:URLMap", "gcp:compute/securityPolicy:SecurityPolicy"
BACKEND, RULE = "gcp:compute/backendService:BackendService", "gcp:compute/globalForwardingRule:GlobalForwardingRule"
PROXY, CERTIFICATE = (
    "gcp:compute/targetHttpsProxy:TargetHttpsProxy",
    "gcp:compute/managedSslCertificate:ManagedSslCertificate",
)
RECORD, GROUP = "gcp:dns/recordSet:RecordSet", "gcp:compute/regionNetworkEndpointGroup:RegionNetworkEndpointGroup"

PROGRAM = """
import pulumi
from sls_infra import Api, ApiKey, Custom, Domain, Function, Jwt, Public, RateLimit, Route, Secret
from sls_infra import ServerlessApi, Webhook

database = Secret("database")
judge, shop, desk = (Function(name, code="src", handler="shop:read", links=links)
                     for name, links in (("judge", []), ("shop", [database.read()]), ("desk", [])))
keys = ApiKey(clients={"mobile": [], "web": []})
hook = Webhook(Secret("hook", value=pulumi.Output.secret("SECRET-hook")), scheme="github")
api = Api(
    "orders",
    auth=[keys, Jwt(issuer="https://id.example.com/", audience="orders")],
    domain=Domain("NAME", zone="example"),
    routes=[
        Route("GET", "/orders/{id}", shop, LIMIT),
        Route("POST", "/hook", desk, auth=hook),
        Route("GET", "/desk/{path+}", desk, auth=Custom(judge)),
        MORE
    ],
)
made = ServerlessApi(api, "gcp")
pulumi.export("url", made.url)
pulumi.export("keys", made.api_keys)
"""
LIMIT = "rate_limit=RateLimit(60, per='minute')"
DOMAIN = 'domain=Domain("api.example.com", zone="example")'
MORE = """
        Route("GET", "/orders", shop),
        Route("GET", "/open", desk, auth=Public(), rate_limit=RateLimit(5, per="hour", by="ip")),
"""


def program(*, limit: str = LIMIT, more: str = "", name: str = "api.example.com") -> dict[str, str]:
    text = PROGRAM.replace("LIMIT", limit).replace("MORE", more).replace("NAME", name).replace("SECRET", SECRET)
    return {"__main__.py": text, "src/shop.py": HANDLER}


@pytest.fixture
def ws(tmp_path: Path, gcp: StandIn) -> Iterator[Workspace]:
    config = {"gcp:project": PROJECT, "gcp:region": REGION}
    with Workspace(tmp_path, program(), providers=[gcp], config=config) as workspace:
        workspace.set_config("database", f"{SECRET}-database", secret=True)
        yield workspace


def ring(gcp: StandIn) -> dict[str, str]:
    """The keyring that the runtime would read."""
    found: dict[str, str] = json.loads(gcp.find(VERSION, "orders-api-key.keys").outputs["secretData"])
    return found


def hashed(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def told(gcp: StandIn, function: str) -> dict[str, Any]:
    env = gcp.find(FUNCTION, f"orders-{function}").outputs["serviceConfig"]["environmentVariables"]
    found: dict[str, Any] = json.loads(env["SLS_DEPLOYED"])
    return found


def is_wired(gcp: StandIn) -> None:
    """From the address to the functions: what each is made of is what is there."""
    rule, proxy = gcp.find(RULE, "orders").outputs, gcp.find(PROXY, "orders").outputs
    url_map = gcp.find(URL_MAP, "orders")
    assert rule["target"].endswith(f"/{proxy['name']}")
    assert proxy["urlMap"].endswith(f"/{url_map.outputs['name']}")
    (matcher,) = url_map.outputs["pathMatchers"]
    used = {matcher["defaultService"], *(each["service"] for each in matcher["routeRules"])}
    there = {f"orders-{name}": gcp.find(BACKEND, f"orders-{name}").outputs for name in ("shop", "desk")}
    assert {id.rpartition("/")[2] for id in used} == {each["name"] for each in there.values()}
    for name, backend in there.items():
        group = gcp.find(GROUP, name).outputs
        service = gcp.find(FUNCTION, name).outputs["serviceConfig"]["service"].rpartition("/")[2]
        assert backend["backends"][0]["group"].endswith(f"/{group['name']}")
        assert group["cloudRun"]["service"] == service
        assert gcp.find(MEMBER, name).outputs["member"] == "allUsers"
    judge = gcp.find(FUNCTION, "orders-judge").outputs["serviceConfig"]
    assert told(gcp, "desk")["ways"]["custom"]["target"] == judge["uri"]
    assert judge["ingressSettings"] == "ALLOW_ALL"


def test_the_life_of_an_api_behind_a_load_balancer(ws: Workspace, gcp: StandIn) -> None:
    preview = ws.preview()
    assert gcp.of("create") == []
    assert preview.outputs["url"] == "https://api.example.com", "a name of one's own is known before"
    assert preview.warnings == preview.errors == []
    up = ws.up()
    assert up.created == preview.created
    assert up.warnings == []
    made = len(up.created)
    assert ws.outputs()["url"] == "https://api.example.com"
    assert ws.up().counts == ws.preview().counts == {"same": made}
    assert ws.up("--refresh").summary == {"same": made + 1}
    is_wired(gcp)
    _secrets_are_secret(ws, up.text + preview.text)
    _routes_come_and_go(ws, gcp, made)
    _limits_come_and_go(ws, gcp)
    _another_name(ws, gcp)
    assert len(ws.destroy().deleted) == made
    assert gcp.live == {}


def _secrets_are_secret(ws: Workspace, said: str) -> None:
    keys = ws.outputs()["keys"]
    for value in (f"{SECRET}-database", f"{SECRET}-hook", *keys.values()):
        keeps(value, ws)
        assert value not in said
    assert set(keys) == {"mobile", "web"}


def _routes_come_and_go(ws: Workspace, gcp: StandIn, made: int) -> None:
    """Lines of the map and of the policy, and the functions' own manifests: not a resource more."""
    for more in (MORE, ""):
        ws.write(program(more=more))
        changed = ws.up()
        assert changed.created == changed.deleted == []
        assert set(changed.updated) == {
            f"{URL_MAP} orders",
            f"{POLICY} orders",
            f"{FUNCTION} orders-shop",
            f"{FUNCTION} orders-desk",
        }
        assert set(changed.replaced) == {f"{OBJECT} orders-shop", f"{OBJECT} orders-desk"}
        assert len(gcp.live) == made - 1, "the component is no resource of the cloud"
        is_wired(gcp)


def _limits_come_and_go(ws: Workspace, gcp: StandIn) -> None:
    for limit, gone in (("", True), (LIMIT, False)):
        ws.write(program(limit=limit))
        changed = ws.up()
        assert (changed.deleted if gone else changed.created) == [f"{POLICY} orders"]
        assert changed.updated == [f"{BACKEND} orders-desk", f"{BACKEND} orders-shop"]
        assert changed.replaced == []


def _another_name(ws: Workspace, gcp: StandIn) -> None:
    """Its certificate is made first, and the old one deleted when nobody uses it."""
    gcp.calls.clear()
    ws.write(program(name="orders.example.com"))
    changed = ws.up()
    assert set(changed.replaced) == {f"{CERTIFICATE} orders", f"{RECORD} orders"}
    assert changed.updated == [f"{PROXY} orders"]
    done = [(call.op, call.type) for call in gcp.calls if call.op in ("create", "update", "delete")]
    assert [each for each in done if each[1] in (CERTIFICATE, PROXY)] == [
        ("create", CERTIFICATE),
        ("update", PROXY),
        ("delete", CERTIFICATE),
    ]
    assert ws.outputs()["url"] == "https://orders.example.com"


def test_keys_are_rotated_without_a_moment_in_which_none_fits(ws: Workspace, gcp: StandIn) -> None:
    ws.up()
    first = ws.outputs()["keys"]
    assert ring(gcp) == {hashed(first["mobile"]): "mobile", hashed(first["web"]): "web"}
    ws.run("config", "set", "--path", "sls:keyGenerations.mobile", "2")
    rotated = ws.up()
    assert rotated.created == [f"{KEY} orders-mobile-2"]
    assert rotated.replaced == [f"{VERSION} orders-api-key.keys"]
    assert rotated.updated == rotated.deleted == [], "functions are not deployed again: they read it within a minute"
    second = ws.outputs()["keys"]
    assert second["web"] == first["web"]
    assert set(ring(gcp)) == {hashed(first["mobile"]), hashed(second["mobile"]), hashed(first["web"])}
    keeps(second["mobile"], ws)
    ws.run("config", "set", "--path", "sls:keyGenerations.mobile", "3")
    gcp.calls.clear()
    assert ws.up().deleted == [f"{KEY} orders-mobile-1"]
    assert hashed(first["mobile"]) not in ring(gcp)
    assert hashed(second["mobile"]) in ring(gcp)
    done = [(call.op, call.type) for call in gcp.calls if call.op in ("create", "delete")]
    assert done.index(("create", VERSION)) < done.index(("delete", VERSION)), "one is always the latest"
    assert done.index(("create", VERSION)) < done.index(("delete", KEY))


def test_another_value_is_another_version_and_no_deployment(ws: Workspace, gcp: StandIn) -> None:
    ws.up()
    gcp.calls.clear()
    ws.set_config("database", f"{SECRET}-changed", secret=True)
    changed = ws.up()
    assert changed.replaced == [f"{VERSION} orders-database"]
    assert changed.created == changed.updated == changed.deleted == []
    assert [call.op for call in gcp.calls if call.type == VERSION and call.op in ("create", "delete")] == [
        "create",
        "delete",
    ]
    keeps(f"{SECRET}-changed", ws)


def test_a_failed_create_is_told_and_the_next_up_finishes(ws: Workspace, gcp: StandIn) -> None:
    gcp.fail("create", type=BACKEND, name="orders-desk", message="Quota 'BACKEND_SERVICES' exceeded")
    failed = ws.up(check=False)
    assert failed.exit_code != 0
    assert failed.failed == [f"{BACKEND} orders-desk"]
    assert not [each for each in gcp.names() if each.startswith((URL_MAP, RULE))]
    ws.up()
    is_wired(gcp)
    assert set(ws.up().counts) == {"same"}


@pytest.mark.parametrize("type", [FUNCTION, BACKEND])
def test_a_replacement_leaves_everything_wired(ws: Workspace, gcp: StandIn, type: str) -> None:
    up = ws.up()
    replaced = ws.up("--replace", up.step(type, "orders-shop").urn)
    assert f"{type} orders-shop" in replaced.replaced
    is_wired(gcp)
    assert set(ws.up().counts) == {"same"}


def test_a_front_changes_and_changes_back(ws: Workspace, gcp: StandIn) -> None:
    """With a domain and limits the load balancer takes API Gateway's place, and the other way round: what is not in
    front of anything stays."""
    balanced = program()
    light = {**balanced, "__main__.py": balanced["__main__.py"].replace(LIMIT, "").replace(DOMAIN, "domain=None")}
    ws.write(light)
    ws.up()
    keys, before = ws.outputs()["keys"], sorted(gcp.names())
    assert not [each for each in before if each.startswith("gcp:compute/")]
    ws.write(balanced)
    ws.up()
    is_wired(gcp)
    assert not [each for each in gcp.names() if "apigateway/" in each.partition(" ")[0]]
    assert ws.outputs()["keys"] == keys
    assert set(ws.up().counts) == {"same"}
    ws.write(light)
    ws.up()
    assert sorted(gcp.names()) == before
    gateway = gcp.find("gcp:serviceaccount/account:Account", "orders").outputs["email"]
    for name in ("orders-shop", "orders-desk"):
        assert gcp.find(MEMBER, name).outputs["member"] == f"serviceAccount:{gateway}"
        assert gcp.find(FUNCTION, name).outputs["serviceConfig"]["ingressSettings"] == "ALLOW_ALL"
