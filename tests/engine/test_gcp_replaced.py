"""An Api on Google Cloud of which something is made anew, added or taken away: the rest must find it, or stay."""

from __future__ import annotations

import pytest

from tests.engine.harness import Workspace
from tests.engine.programs import EXTRA, program
from tests.engine.shop_on_gcp import ACCOUNT, CONFIG, FUNCTION, GATEWAY, MEMBER, is_wired
from tests.engine.stand_in import StandIn

pytestmark = pytest.mark.engine


@pytest.mark.parametrize("type", [FUNCTION, GATEWAY, ACCOUNT, CONFIG])
def test_a_replacement_leaves_everything_wired(on_gcp: Workspace, gcp: StandIn, type: str) -> None:
    up = on_gcp.up()
    name = "orders-shop" if type in (FUNCTION, ACCOUNT) else "orders"
    replaced = on_gcp.up("--replace", up.step(type, name).urn)
    assert f"{type} {name}" in replaced.replaced
    is_wired(gcp)
    assert set(on_gcp.up().counts) == {"same"}


def test_another_region_moves_what_is_in_it(on_gcp: Workspace, gcp: StandIn) -> None:
    on_gcp.up()
    on_gcp.run("config", "set", "gcp:region", "europe-west4")
    moved = on_gcp.up()
    assert {f"{FUNCTION} orders-shop", f"{FUNCTION} orders-desk", f"{GATEWAY} orders"} <= set(moved.replaced)
    assert "/locations/europe-west4/" in gcp.find(FUNCTION, "orders-shop").outputs["serviceConfig"]["service"]
    is_wired(gcp)
    assert set(on_gcp.up().counts) == {"same"}


def test_a_function_comes_and_goes_and_the_others_stay(on_gcp: Workspace, gcp: StandIn) -> None:
    on_gcp.up()
    before = sorted(gcp.names())
    on_gcp.write(program("gcp", more=EXTRA))
    preview = on_gcp.preview()
    added = on_gcp.up()
    assert added.created == preview.created
    assert {f"{FUNCTION} orders-extra", f"{MEMBER} orders-extra"} <= set(added.created)
    assert (added.replaced, added.updated) == ([f"{CONFIG} orders"], [f"{GATEWAY} orders"])
    on_gcp.write(program("gcp"))
    gcp.calls.clear()
    removed = on_gcp.up()
    assert removed.deleted == added.created
    assert (removed.replaced, removed.updated) == ([f"{CONFIG} orders"], [f"{GATEWAY} orders"])
    done = [(call.op, call.type) for call in gcp.calls if call.op in ("create", "update", "delete")]
    assert done[:2] == [("create", CONFIG), ("update", GATEWAY)], "its route goes first"
    assert sorted(gcp.names()) == before
    is_wired(gcp)
