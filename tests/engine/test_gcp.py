"""An Api on Google Cloud through the real engine, against a provider that stands in for pulumi-gcp."""

from __future__ import annotations

import pytest

from tests.engine.harness import Workspace
from tests.engine.programs import SECRET, program
from tests.engine.secrecy import keeps
from tests.engine.shop_on_gcp import CONFIG, FUNCTION, GATEWAY, MEMBER, OBJECT, document, is_wired
from tests.engine.stand_in import StandIn
from tests.engine.wire import UNKNOWN

pytestmark = pytest.mark.engine

MORE = 'Route("GET", "/orders", shop, scopes=["orders:read"]),'


def test_the_life_of_an_api(on_gcp: Workspace, gcp: StandIn) -> None:
    preview = on_gcp.preview()
    assert gcp.of("create") == []
    assert preview.outputs["url"] == UNKNOWN
    assert preview.warnings == preview.errors == []
    up = on_gcp.up()
    assert up.created == preview.created
    assert up.warnings == []
    assert SECRET not in preview.text + up.text
    made = len(up.created)
    assert on_gcp.outputs()["url"] == f"https://{gcp.find(GATEWAY, 'orders').outputs['defaultHostname']}"
    assert on_gcp.up().counts == on_gcp.preview().counts == {"same": made}
    assert on_gcp.up("--refresh").summary == {"same": made + 1}
    is_wired(gcp)
    keeps(SECRET, on_gcp)
    _one_function_changes(on_gcp, gcp)
    _routes_come_and_go(on_gcp, gcp)
    assert len(on_gcp.destroy().deleted) == made
    assert on_gcp.resources() == []
    assert gcp.live == {}


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
        assert ("/orders" in document(gcp)["paths"]) == there
        done = [(call.op, call.type) for call in gcp.calls if call.op in ("create", "update", "delete")]
        assert [each for each in done if each[1] in (CONFIG, GATEWAY)] == [
            ("create", CONFIG),
            ("update", GATEWAY),
            ("delete", CONFIG),
        ]
        assert done.index(("update", FUNCTION)) < done.index(("update", GATEWAY)), "opened once its function knows it"


def test_a_failed_create_is_told_and_the_next_up_finishes(on_gcp: Workspace, gcp: StandIn) -> None:
    gcp.fail("create", type=FUNCTION, name="orders-shop", message="Quota exceeded for quota metric 'Functions'")
    failed = on_gcp.up(check=False)
    assert failed.exit_code != 0
    assert failed.failed == [f"{FUNCTION} orders-shop"]
    assert "Quota exceeded" in "\n".join(failed.errors)
    assert not [each for each in gcp.names() if each.startswith((GATEWAY, CONFIG))]
    before = set(gcp.live)
    retried = on_gcp.up()
    assert before <= set(gcp.live)
    names = sorted(gcp.names())
    assert len(names) == len(set(names))
    assert not set(retried.created) & set(failed.created)
    assert set(on_gcp.up().counts) == {"same"}


def test_what_is_lost_is_found_missing_and_made_again(on_gcp: Workspace, gcp: StandIn) -> None:
    on_gcp.up()
    url = on_gcp.outputs()["url"]
    gcp.lose(GATEWAY, "orders")
    gcp.lose(MEMBER, "orders-shop")
    assert on_gcp.refresh().deleted == sorted([f"{GATEWAY} orders", f"{MEMBER} orders-shop"])
    assert on_gcp.up().created == sorted([f"{GATEWAY} orders", f"{MEMBER} orders-shop"])
    assert on_gcp.outputs()["url"] != url
    gcp.lose(FUNCTION, "orders-desk")
    found = on_gcp.up("--refresh")
    assert found.created == [f"{FUNCTION} orders-desk"]
    # The new one has an address of its own: the gateway must learn of it, and be let in.
    assert f"{CONFIG} orders" in found.replaced
    is_wired(gcp)
    assert set(on_gcp.up().counts) == {"same"}
