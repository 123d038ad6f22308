"""An Api on Azure of which something is made anew, or was lost: the rest must find it."""

from __future__ import annotations

import pytest

from tests.engine.harness import Workspace
from tests.engine.programs import EXTRA, program
from tests.engine.publish import PublishEndpoint
from tests.engine.shop_on_azure import (
    ACCOUNT,
    API,
    APP,
    BACKEND,
    CODE,
    IDENTITY,
    PLAN,
    SERVICE,
    VALUE,
    has_its_code,
    is_wired,
    unchanged,
)
from tests.engine.stand_in import StandIn

pytestmark = pytest.mark.engine


@pytest.mark.parametrize("type", [APP, IDENTITY, PLAN, SERVICE])
def test_a_replacement_leaves_everything_wired(
    on_azure: Workspace, azure: StandIn, site: PublishEndpoint, type: str
) -> None:
    up = on_azure.up()
    has_its_code(on_azure, azure, site, "shop", "desk")
    name = "orders" if type == SERVICE else "orders-shop"
    replaced = on_azure.up("--replace", up.step(type, name).urn)
    assert f"{type} {name}" in replaced.replaced
    is_wired(azure)
    # Only an app that is new needs its code again; one that changes its plan or identity keeps it.
    has_its_code(on_azure, azure, site, *(["shop"] if type == APP else []))
    assert (f"{CODE} orders-shop" in replaced.replaced) == (type == APP)
    unchanged(on_azure.up())


def test_another_location_moves_everything(on_azure: Workspace, azure: StandIn, site: PublishEndpoint) -> None:
    on_azure.up()
    has_its_code(on_azure, azure, site, "shop", "desk")
    on_azure.write(
        {
            "__main__.py": (on_azure.folder / "__main__.py")
            .read_text()
            .replace('(api, "azure")', '(api, Azure(location="northeurope"))')
            .replace("import Api", "import Api, Azure")
        }
    )
    on_azure.run("config", "rm", "azure-native:location")
    moved = on_azure.up()
    assert {f"{APP} orders-shop", f"{APP} orders-desk", f"{SERVICE} orders", f"{ACCOUNT} orders"} <= set(moved.replaced)
    assert {each.outputs.get("location", "northeurope") for each in azure.live.values()} == {"northeurope"}
    is_wired(azure)
    has_its_code(on_azure, azure, site, "shop", "desk")
    unchanged(on_azure.up())


def test_what_is_lost_is_found_missing_and_made_again(
    on_azure: Workspace, azure: StandIn, site: PublishEndpoint
) -> None:
    on_azure.up()
    has_its_code(on_azure, azure, site, "shop", "desk")
    azure.lose(BACKEND, "orders-shop")
    azure.lose(API, "orders")
    assert on_azure.refresh().deleted == sorted([f"{BACKEND} orders-shop", f"{API} orders"])
    assert {f"{BACKEND} orders-shop", f"{API} orders"} <= set(on_azure.up().created)
    is_wired(azure)
    azure.lose(APP, "orders-desk")
    found = on_azure.up("--refresh")
    assert f"{APP} orders-desk" in found.created
    assert f"{VALUE} orders-desk" in found.updated, "the new app asks for another key"
    is_wired(azure)
    has_its_code(on_azure, azure, site, "desk")
    unchanged(on_azure.up())


def test_a_function_comes_and_goes_and_the_others_stay(
    on_azure: Workspace, azure: StandIn, site: PublishEndpoint
) -> None:
    on_azure.up()
    has_its_code(on_azure, azure, site, "shop", "desk")
    before = sorted(azure.names())
    on_azure.write(program("azure", more=EXTRA))
    preview = on_azure.preview()
    added = on_azure.up()
    assert added.created == preview.created
    assert {f"{APP} orders-extra", f"{CODE} orders-extra", f"{BACKEND} orders-extra"} <= set(added.created)
    assert added.updated == [f"{API} orders"]
    has_its_code(on_azure, azure, site, "extra")
    on_azure.write(program("azure"))
    azure.calls.clear()
    removed = on_azure.up()
    assert removed.deleted == added.created
    assert removed.updated == [f"{API} orders"]
    done = [(call.op, call.type) for call in azure.calls if call.op in ("update", "delete")]
    assert done[0] == ("update", API), "its route goes first"
    assert sorted(azure.names()) == before
    is_wired(azure)
    assert site.published == []
