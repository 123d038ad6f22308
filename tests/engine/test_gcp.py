"""An Api on Google Cloud through the real engine, against a provider that stands in for pulumi-gcp."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engine.gcp_outputs import GCP, PROJECT, REGION
from tests.engine.harness import Workspace
from tests.engine.programs import program
from tests.engine.secrecy import keeps
from tests.engine.stand_in import StandIn
from tests.engine.wire import UNKNOWN

pytestmark = pytest.mark.engine

FUNCTION, OBJECT = "gcp:cloudfunctionsv2/function:Function", "gcp:storage/bucketObject:BucketObject"
BUCKET, ACCOUNT = "gcp:storage/bucket:Bucket", "gcp:serviceaccount/account:Account"
API, CONFIG, GATEWAY = "gcp:apigateway/api:Api", "gcp:apigateway/apiConfig:ApiConfig", "gcp:apigateway/gateway:Gateway"
MEMBER = "gcp:cloudrun/iamMember:IamMember"
MORE = 'Route("GET", "/orders", shop, scopes=["orders:read"]),'


@pytest.fixture
def gcp() -> Iterator[StandIn]:
    with StandIn(GCP) as stand_in:
        yield stand_in


@pytest.fixture
def ws(tmp_path: Path, gcp: StandIn) -> Iterator[Workspace]:
    config = {"gcp:project": PROJECT, "gcp:region": REGION}
    with Workspace(tmp_path, program("gcp"), providers=[gcp], config=config) as workspace:
        workspace.set_config("token", "t0p-s3cret-of-the-config", secret=True)
        yield workspace


def test_the_life_of_an_api(ws: Workspace, gcp: StandIn) -> None:
    preview = ws.preview()
    assert gcp.of("create") == []
    assert preview.outputs["url"] == UNKNOWN
    assert preview.warnings == preview.errors == []
    up = ws.up()
    assert up.created == preview.created
    assert up.warnings == []
    made = len(up.created)
    assert ws.outputs()["url"] == f"https://{gcp.find(GATEWAY, 'orders').outputs['defaultHostname']}"
    assert ws.up().counts == ws.preview().counts == {"same": made}
    assert ws.up("--refresh").summary == {"same": made + 1}
    _is_wired(gcp)
    keeps("t0p-s3cret", ws)
    _one_function_changes(ws, gcp)
    _routes_come_and_go(ws, gcp)
    assert len(ws.destroy().deleted) == made
    assert ws.resources() == []
    assert gcp.live == {}


def _document(gcp: StandIn) -> dict[str, Any]:
    """The one that the gateway serves."""
    (config,) = [each for each in gcp.live.values() if each.type == CONFIG]
    assert gcp.find(GATEWAY, "orders").outputs["apiConfig"] == config.outputs["name"]
    found: dict[str, Any] = json.loads(base64.b64decode(config.outputs["openapiDocuments"][0]["document"]["contents"]))
    return found


def _is_wired(gcp: StandIn) -> None:
    """The document sends each route to its function as it was made, and the gateway alone may call both."""
    paths = _document(gcp)["paths"]
    gateway = gcp.find(CONFIG, "orders").outputs["gatewayConfig"]["backendConfig"]["googleServiceAccount"]
    for path, name in (("/orders/{id}", "shop"), ("/health", "desk")):
        service = gcp.find(FUNCTION, f"orders-{name}").outputs["serviceConfig"]
        assert paths[path]["get"]["x-google-backend"]["address"].startswith(f"{service['uri']}/_sls/http/r")
        assert paths[path]["get"]["x-google-backend"]["jwt_audience"] == service["uri"]
        member = gcp.find(MEMBER, f"orders-{name}").outputs
        assert (member["role"], member["member"]) == ("roles/run.invoker", f"serviceAccount:{gateway}")
        assert member["service"] == service["service"].rpartition("/")[2]
    accounts = {each.outputs["email"] for each in gcp.live.values() if each.type == ACCOUNT}
    assert len(accounts) == 3
    assert gateway in accounts


def _one_function_changes(ws: Workspace, gcp: StandIn) -> None:
    """Its object and itself: nothing of the other's, nothing of the gateway's."""
    gcp.calls.clear()
    ws.write(program("gcp", version=2))
    preview = ws.preview()
    changed = ws.up()
    assert preview.replaced == changed.replaced == [f"{OBJECT} orders-shop"]
    assert preview.updated == changed.updated == [f"{FUNCTION} orders-shop"]
    assert changed.created == changed.deleted == []
    source = gcp.find(FUNCTION, "orders-shop").outputs["buildConfig"]["source"]["storageSource"]
    assert source["object"] == gcp.find(OBJECT, "orders-shop").outputs["name"]
    ws.write(program("gcp", version=2, memory=1024))
    assert ws.up().updated == [f"{FUNCTION} orders-desk"]
    assert gcp.find(FUNCTION, "orders-desk").outputs["serviceConfig"]["availableMemory"] == "1024Mi"


def _routes_come_and_go(ws: Workspace, gcp: StandIn) -> None:
    """A route is a line of the document and of its function's manifest: another config, to which the gateway goes
    over before the old one is deleted."""
    for more, there in ((MORE, True), ("", False)):
        gcp.calls.clear()
        ws.write(program("gcp", version=2, memory=1024, more=more))
        changed = ws.up()
        assert changed.created == changed.deleted == []
        assert changed.replaced == sorted([f"{CONFIG} orders", f"{OBJECT} orders-shop"])
        assert changed.updated == sorted([f"{GATEWAY} orders", f"{FUNCTION} orders-shop"])
        assert ("/orders" in _document(gcp)["paths"]) == there
        done = [(call.op, call.type) for call in gcp.calls if call.op in ("create", "update", "delete")]
        assert [each for each in done if each[1] in (CONFIG, GATEWAY)] == [
            ("create", CONFIG),
            ("update", GATEWAY),
            ("delete", CONFIG),
        ]
        # A function that knows a new route before the gateway sends it any is no trouble; the reverse would be 404s.
        assert done.index(("update", FUNCTION)) < done.index(("update", GATEWAY)) or not there


def test_a_failed_create_is_told_and_the_next_up_finishes(ws: Workspace, gcp: StandIn) -> None:
    gcp.fail("create", type=FUNCTION, name="orders-shop", message="Quota exceeded for quota metric 'Functions'")
    failed = ws.up(check=False)
    assert failed.exit_code != 0
    assert failed.failed == [f"{FUNCTION} orders-shop"]
    assert "Quota exceeded" in "\n".join(failed.errors)
    assert not [each for each in gcp.names() if each.startswith((GATEWAY, CONFIG))]
    before = set(gcp.live)
    retried = ws.up()
    assert before <= set(gcp.live)
    names = sorted(gcp.names())
    assert len(names) == len(set(names))
    assert not set(retried.created) & set(failed.created)
    assert set(ws.up().counts) == {"same"}


def test_what_is_lost_is_found_missing_and_made_again(ws: Workspace, gcp: StandIn) -> None:
    ws.up()
    url = ws.outputs()["url"]
    gcp.lose(GATEWAY, "orders")
    gcp.lose(MEMBER, "orders-shop")
    assert ws.refresh().deleted == sorted([f"{GATEWAY} orders", f"{MEMBER} orders-shop"])
    assert ws.up().created == sorted([f"{GATEWAY} orders", f"{MEMBER} orders-shop"])
    assert ws.outputs()["url"] != url
    gcp.lose(FUNCTION, "orders-desk")
    found = ws.up("--refresh")
    assert found.created == [f"{FUNCTION} orders-desk"]
    # The new one has an address of its own: the gateway must learn of it, and be let in.
    assert f"{CONFIG} orders" in found.replaced
    _is_wired(gcp)
    assert set(ws.up().counts) == {"same"}


@pytest.mark.parametrize("type", [FUNCTION, GATEWAY, ACCOUNT, CONFIG])
def test_a_replacement_leaves_everything_wired(ws: Workspace, gcp: StandIn, type: str) -> None:
    up = ws.up()
    name = "orders-shop" if type in (FUNCTION, ACCOUNT) else "orders"
    replaced = ws.up("--replace", up.step(type, name).urn)
    assert f"{type} {name}" in replaced.replaced
    _is_wired(gcp)
    assert set(ws.up().counts) == {"same"}


def test_another_region_moves_what_is_in_it(ws: Workspace, gcp: StandIn) -> None:
    ws.up()
    ws.run("config", "set", "gcp:region", "europe-west4")
    moved = ws.up()
    assert {f"{FUNCTION} orders-shop", f"{FUNCTION} orders-desk", f"{GATEWAY} orders"} <= set(moved.replaced)
    assert "/locations/europe-west4/" in gcp.find(FUNCTION, "orders-shop").outputs["serviceConfig"]["service"]
    _is_wired(gcp)
    assert set(ws.up().counts) == {"same"}
