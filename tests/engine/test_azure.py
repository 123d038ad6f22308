"""An Api on Azure through the real engine: a provider stands in for azure-native, an endpoint for the apps' publish
sites, and the code is put in place by the real plugin."""

from __future__ import annotations

import json

import pytest

from tests.engine.azure_outputs import host_key
from tests.engine.harness import Workspace
from tests.engine.programs import SECRET, program
from tests.engine.publish import FAILED, PublishEndpoint, becomes, refuse
from tests.engine.secrecy import keeps
from tests.engine.shop_on_azure import (
    API,
    APP,
    BACKEND,
    CODE,
    PLAN,
    POLICY,
    SERVICE,
    VALUE,
    has_its_code,
    is_wired,
    unchanged,
)
from tests.engine.stand_in import StandIn
from tests.engine.wire import UNKNOWN

pytestmark = pytest.mark.engine

MORE = 'Route("GET", "/orders", shop, scopes=["orders:read"]),'


def test_the_life_of_an_api(on_azure: Workspace, azure: StandIn, site: PublishEndpoint) -> None:
    preview = on_azure.preview()
    assert azure.of("create") == []
    assert site.posts == 0
    assert preview.outputs["url"] == UNKNOWN
    assert preview.warnings == preview.errors == []
    up = on_azure.up()
    assert up.created == preview.created
    assert up.warnings == []
    assert SECRET not in preview.text + up.text
    made = len(up.created)
    assert on_azure.outputs()["url"] == azure.find(SERVICE, "orders").outputs["gatewayUrl"]
    has_its_code(on_azure, azure, site, "shop", "desk")
    assert len(unchanged(on_azure.up())) == len(unchanged(on_azure.preview())) == made
    assert site.published == []
    is_wired(azure)
    _keeps_its_secrets(on_azure, azure)
    _one_function_changes(on_azure, azure, site)
    _routes_come_and_go(on_azure, azure, site)
    assert len(on_azure.destroy().deleted) == made
    assert on_azure.resources() == []
    assert azure.live == {}


def _keeps_its_secrets(ws: Workspace, azure: StandIn) -> None:
    keeps(SECRET, ws)
    for function in ("shop", "desk"):
        keeps(host_key(azure.find(APP, f"orders-{function}").outputs["name"]), ws)


def _one_function_changes(ws: Workspace, azure: StandIn, site: PublishEndpoint) -> None:
    """Its code alone is published again; nothing of Azure's is touched."""
    ws.write(program("azure", version=2))
    # A preview can't know that the key stays what it is: it is read after the code is in place.
    preview = ws.preview()
    assert set(preview.updated) == {f"{CODE} orders-shop", f"{VALUE} orders-shop"}
    assert preview.replaced == preview.created == preview.deleted == []
    azure.calls.clear()
    changed = ws.up()
    assert changed.updated == [f"{CODE} orders-shop"]
    assert not azure.of("update")
    has_its_code(ws, azure, site, "shop")
    ws.write(program("azure", version=2, memory=2048))
    # Nor that the app's address does: azure-native's previews of an update know an app's name and location alone.
    assert ws.preview().replaced == []
    changed = ws.up()
    assert changed.replaced == []
    assert changed.updated == [f"{APP} orders-desk"]
    scale = azure.find(APP, "orders-desk").outputs["functionAppConfig"]["scaleAndConcurrency"]
    assert scale["instanceMemoryMB"] == 2048
    assert site.published == []


def _routes_come_and_go(ws: Workspace, azure: StandIn, site: PublishEndpoint) -> None:
    """A route is a line of the gateway's document and of its function's manifest, and perhaps of the policy."""
    for more, there in ((MORE, True), ("", False)):
        ws.write(program("azure", version=2, memory=2048, more=more))
        changed = ws.up()
        assert changed.created == changed.deleted == changed.replaced == []
        assert set(changed.updated) - {f"{POLICY} orders"} == {f"{API} orders", f"{CODE} orders-shop"}
        ended = [step.type for step in changed.steps if step.op == "update"]
        assert ended.index(CODE) < ended.index(API), "a route is opened once its function knows it"
        assert ("/orders" in json.loads(azure.find(API, "orders").outputs["value"])["paths"]) == there
        has_its_code(ws, azure, site, "shop")


def test_a_failed_create_is_told_and_the_next_up_finishes(
    on_azure: Workspace, azure: StandIn, site: PublishEndpoint
) -> None:
    azure.fail("create", type=PLAN, name="orders-shop", message="SubscriptionIsOverQuotaForSku")
    failed = on_azure.up(check=False)
    assert failed.exit_code != 0
    assert failed.failed == [f"{PLAN} orders-shop"]
    assert "SubscriptionIsOverQuotaForSku" in "\n".join(failed.errors)
    before = set(azure.live)
    retried = on_azure.up()
    assert before <= set(azure.live)
    assert not set(retried.created) & set(failed.created)
    names = list(azure.names())
    assert len(names) == len(set(names))
    has_its_code(on_azure, azure, site, "shop", "desk")
    unchanged(on_azure.up())


def test_code_waits_while_roles_become_known(on_azure: Workspace, azure: StandIn, site: PublishEndpoint) -> None:
    site.script(refuse(403), refuse(403))
    on_azure.up()
    assert site.posts == 4
    has_its_code(on_azure, azure, site, "shop", "desk")
    is_wired(azure)


def test_code_that_azure_refuses_is_told_and_the_next_up_puts_it_in_place(
    on_azure: Workspace, azure: StandIn, site: PublishEndpoint
) -> None:
    site.script(becomes(FAILED, text="the zip has no function_app.py"), becomes(FAILED, text="nor has this one"))
    failed = on_azure.up(check=False)
    assert failed.exit_code != 0
    assert failed.failed == [f"{CODE} orders-desk", f"{CODE} orders-shop"]
    assert "the zip has no function_app.py" in "\n".join(failed.errors)
    assert not [each for each in azure.names() if each.split()[0] in (VALUE, BACKEND, API)], "no route to no code"
    site.published.clear()
    retried = on_azure.up()
    assert not set(retried.created) & set(failed.created)
    has_its_code(on_azure, azure, site, "shop", "desk")
    is_wired(azure)
    unchanged(on_azure.up())


def test_code_that_azure_refuses_once_is_tried_again_by_the_next_up(
    on_azure: Workspace, azure: StandIn, site: PublishEndpoint
) -> None:
    on_azure.up()
    site.published.clear()
    on_azure.write(program("azure", version=2))
    site.script(becomes(FAILED, text="out of space"))
    assert on_azure.up(check=False).failed == [f"{CODE} orders-shop"]
    site.published.clear()
    assert on_azure.up().updated == [f"{CODE} orders-shop"]
    has_its_code(on_azure, azure, site, "shop")
