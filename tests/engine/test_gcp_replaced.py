"""An Api on Google Cloud of which something is made anew: the rest must find it."""

from __future__ import annotations

import pytest

from tests.engine.harness import Workspace
from tests.engine.shop_on_gcp import ACCOUNT, CONFIG, FUNCTION, GATEWAY, is_wired
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
