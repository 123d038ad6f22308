"""Keys, secrets and authorizers on Azure through the real engine, with either front."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engine.azure_outputs import LOCATION, client_key, host_key
from tests.engine.harness import Workspace
from tests.engine.local.shop import BIN
from tests.engine.publish import PublishEndpoint
from tests.engine.secrecy import keeps
from tests.engine.shop_on_azure import APP, CODE, POLICY, SERVICE, unchanged
from tests.engine.stand_in import StandIn
from tests.engine.ways_on_azure import VALUE, program
from tests.engine.wire import UNKNOWN

pytestmark = pytest.mark.engine

SUBSCRIPTION = "azure-native:apimanagement:Subscription"
SECRET, VAULT = "azure-native:keyvault:Secret", "azure-native:keyvault:Vault"


@pytest.fixture
def ws(tmp_path: Path, azure: StandIn, site: PublishEndpoint) -> Iterator[Workspace]:
    config = {"azure-native:location": LOCATION}
    with Workspace(
        tmp_path, program(limited=False), providers=[azure], config=config, plugins={"sls": BIN}, env=site.env
    ) as workspace:
        workspace.set_config("db_pw", VALUE, secret=True)
        yield workspace


def ring(azure: StandIn, name: str) -> dict[str, str]:
    """Who has which key, as the runtime is told it."""
    found: dict[str, str] = json.loads(azure.find(SECRET, f"orders-1-keyring-{name}").inputs["properties"]["value"])
    return found


def digest(sid: str) -> str:
    return hashlib.sha256(client_key(sid).encode()).hexdigest()


def test_keys_and_secrets_through_a_life(ws: Workspace, azure: StandIn) -> None:
    preview = ws.preview()
    assert azure.of("create") == []
    assert preview.outputs["url"] == UNKNOWN
    up = ws.up()
    assert up.created == preview.created
    assert up.warnings == up.errors == []
    made = len(up.created)
    assert len(unchanged(ws.up())) == len(unchanged(ws.preview())) == made
    assert azure.find(SERVICE, "orders").inputs["sku"]["name"] == "Consumption"
    assert ring(azure, "api-key") == {digest("orders-mobile-1"): "mobile", digest("orders-web-1"): "web"}
    assert ring(azure, "api-key-2") == {digest("orders-desk-1"): "desk"}
    assert azure.find(SECRET, "orders-db-pw").inputs["properties"]["value"] == VALUE
    _kept(ws, azure)
    _rotated(ws, azure)
    _changed(ws, azure)
    ws.destroy()
    assert ws.resources() == []
    # Of a vault that goes, no secret is asked to go before: that would take rights within it.
    assert not azure.of("delete", SECRET)
    assert azure.of("delete", VAULT)


def _kept(ws: Workspace, azure: StandIn) -> None:
    """In plain text nowhere: neither what was given, nor what Azure made up."""
    keys = [client_key(f"orders-{client}-1") for client in ("mobile", "web", "desk")]
    for secret in (VALUE, *keys, host_key(azure.find(APP, "orders-gate").outputs["name"])):
        keeps(secret, ws)
    assert set(ws.outputs()["api_keys"]) == {"mobile", "web", "desk"}
    settings: list[dict[str, Any]] = azure.find(APP, "orders-shop").outputs["siteConfig"]["appSettings"]
    (told,) = (json.loads(each["value"]) for each in settings if each["name"] == "SLS_DEPLOYED")
    assert told["secrets"].keys() == {"db_pw", "hook"}
    assert VALUE not in json.dumps(settings)


def _rotated(ws: Workspace, azure: StandIn) -> None:
    """Two keys of a client live at once; nothing else is touched: no app, no code, no policy."""
    ws.set_config("sls:keyGenerations", json.dumps({"mobile": 2}))
    second = ws.up()
    assert (second.created, second.updated) == (
        [f"{SUBSCRIPTION} orders-mobile-2"],
        [f"{SECRET} orders-1-keyring-api-key"],
    )
    assert second.deleted == second.replaced == []
    live = {digest("orders-mobile-1"): "mobile", digest("orders-mobile-2"): "mobile", digest("orders-web-1"): "web"}
    assert ring(azure, "api-key") == live
    ws.set_config("sls:keyGenerations", json.dumps({"mobile": 3}))
    third = ws.up()
    assert (third.created, third.deleted) == ([f"{SUBSCRIPTION} orders-mobile-3"], [f"{SUBSCRIPTION} orders-mobile-1"])
    assert third.updated == [f"{SECRET} orders-1-keyring-api-key"]
    unchanged(ws.up())


def _changed(ws: Workspace, azure: StandIn) -> None:
    """A secret's new value is a new version in the vault: the functions are not deployed anew."""
    ws.set_config("db_pw", f"{VALUE}-new", secret=True)
    assert ws.up().updated == [f"{SECRET} orders-db-pw"]
    assert azure.find(SECRET, "orders-db-pw").inputs["properties"]["value"] == f"{VALUE}-new"


def test_limits_bring_another_service_and_take_it_away_again(ws: Workspace, azure: StandIn) -> None:
    ws.up()
    before = azure.find(SERVICE, "orders").outputs["name"]
    ws.write(program(limited=True))
    changed = ws.up()
    assert f"{SERVICE} orders" in changed.replaced
    assert azure.find(SERVICE, "orders").inputs["sku"] == {"name": "BasicV2", "capacity": 1}
    assert azure.find(SERVICE, "orders").outputs["name"] != before, "the old name stays taken for 48 hours"
    assert 'rate-limit-by-key calls="10" renewal-period="60"' in azure.find(POLICY, "orders").outputs["value"]
    assert not [each for each in changed.replaced if each.split()[0] in (APP, CODE)]
    unchanged(ws.up())
    keys = ws.outputs()["api_keys"]
    assert keys.keys() == {"mobile", "web", "desk"}
    ws.write(program(limited=False))
    assert f"{SERVICE} orders" in ws.up().replaced
    assert azure.find(SERVICE, "orders").inputs["sku"]["name"] == "Consumption"
    ws.destroy()
    assert ws.resources() == []
    assert [each for each in azure.live if not each.startswith(SECRET)] == []


def test_a_key_that_can_not_be_made_is_made_by_the_next_up(ws: Workspace, azure: StandIn) -> None:
    azure.fail("create", type=SUBSCRIPTION, name="orders-web-1", message="TooManyRequests")
    failed = ws.up(check=False)
    assert failed.failed == [f"{SUBSCRIPTION} orders-web-1"]
    assert not azure.of("create", POLICY)
    ws.up()
    assert digest("orders-web-1") in ring(azure, "api-key")
    unchanged(ws.up())
