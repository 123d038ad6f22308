"""An Api on Azure through the real engine: a provider stands in for azure-native, an endpoint for the apps' publish
sites, and the code is put in place by the real plugin."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.engine.azure_outputs import AZURE, LOCATION, host_key
from tests.engine.harness import Workspace
from tests.engine.local.shop import BIN
from tests.engine.outcome import Outcome
from tests.engine.programs import program
from tests.engine.publish import FAILED, PublishEndpoint, becomes, refuse
from tests.engine.secrecy import keeps
from tests.engine.stand_in import StandIn
from tests.engine.wire import UNKNOWN

pytestmark = pytest.mark.engine

APP, PLAN, CODE = "azure-native:web:WebApp", "azure-native:web:AppServicePlan", "sls:azure:Code"
API, POLICY = "azure-native:apimanagement:Api", "azure-native:apimanagement:ApiPolicy"
VALUE, BACKEND = "azure-native:apimanagement:NamedValue", "azure-native:apimanagement:Backend"
SERVICE, ACCOUNT = "azure-native:apimanagement:ApiManagementService", "azure-native:storage:StorageAccount"
IDENTITY = "azure-native:managedidentity:UserAssignedIdentity"
MORE = 'Route("GET", "/orders", shop, scopes=["orders:read"]),'


@pytest.fixture
def azure() -> Iterator[StandIn]:
    with StandIn(AZURE) as stand_in:
        yield stand_in


@pytest.fixture
def site() -> Iterator[PublishEndpoint]:
    with PublishEndpoint() as endpoint:
        yield endpoint


@pytest.fixture
def ws(tmp_path: Path, azure: StandIn, site: PublishEndpoint) -> Iterator[Workspace]:
    config, plugins = {"azure-native:location": LOCATION}, {"sls": BIN}
    with Workspace(
        tmp_path, program("azure"), providers=[azure], config=config, plugins=plugins, env=site.env
    ) as workspace:
        workspace.set_config("token", "t0p-s3cret-of-the-config", secret=True)
        yield workspace


def test_the_life_of_an_api(ws: Workspace, azure: StandIn, site: PublishEndpoint) -> None:
    preview = ws.preview()
    assert azure.of("create") == []
    assert site.posts == 0
    assert preview.outputs["url"] == UNKNOWN
    assert preview.warnings == preview.errors == []
    up = ws.up()
    assert up.created == preview.created
    assert up.warnings == []
    made = len(up.created)
    assert ws.outputs()["url"] == azure.find(SERVICE, "orders").outputs["gatewayUrl"]
    _has_its_code(ws, azure, site, "shop", "desk")
    assert len(_unchanged(ws.up())) == len(_unchanged(ws.preview())) == made
    assert site.published == []
    _is_wired(azure)
    _keeps_its_secrets(ws, azure)
    _one_function_changes(ws, azure, site)
    _routes_come_and_go(ws, azure, site)
    assert len(ws.destroy().deleted) == made
    assert ws.resources() == []
    assert azure.live == {}


def _unchanged(outcome: Outcome) -> list[str]:
    """Nothing was done but to look."""
    assert set(outcome.counts) <= {"same", "refresh"}
    return outcome.same


def _has_its_code(ws: Workspace, azure: StandIn, site: PublishEndpoint, *functions: str) -> None:
    """These apps got exactly the bytes of their zips, once each, and no other got any."""
    codes = {each["urn"].rpartition("::")[2]: each["inputs"] for each in ws.resources() if each["type"] == CODE}
    expected = []
    for function in functions:
        inputs = codes[f"orders-{function}"]
        app = azure.find(APP, f"orders-{function}").outputs
        host = next(each["name"] for each in app["hostNameSslStates"] if each["hostType"] == "Repository")
        assert inputs["app"] == app["name"]
        expected.append((host, hashlib.sha256(Path(inputs["bundle"]).read_bytes()).hexdigest()))
    assert sorted((each.host, each.sha256) for each in site.published) == sorted(expected)
    assert {each.query["RemoteBuild"] for each in site.published} == {"false"}
    assert set(site.tokens) == {site.token}
    site.published.clear()


def _is_wired(azure: StandIn) -> None:
    """Each app runs as an identity of its own; the gateway knows it by its address and the key that it asks for."""
    policy = azure.find(POLICY, "orders").outputs["value"]
    known = {each.text for each in ElementTree.fromstring(policy).iter() if each.text}
    assert "https://id.example.com/" in known
    document = json.loads(azure.find(API, "orders").outputs["value"])
    paths = {re.sub(r"\{.*?\}", "{}", path): found for path, found in document["paths"].items()}
    identities = set()
    for function, path in (("shop", "/orders/{}"), ("desk", "/health")):
        app = azure.find(APP, f"orders-{function}").outputs
        (identity,) = app["identity"]["userAssignedIdentities"]
        identities.add(identity)
        assert azure.find(VALUE, f"orders-{function}").inputs["value"] == host_key(app["name"])
        backend = azure.find(BACKEND, f"orders-{function}").inputs
        assert backend["url"] == f"https://{app['defaultHostName']}/_sls"
        named = azure.find(VALUE, f"orders-{function}").inputs["displayName"]
        assert backend["credentials"]["header"]["x-functions-key"] == [f"{{{{{named}}}}}"]
        assert paths[path]["get"]["operationId"].split("-")[1] == backend["backendId"]  # where the policy finds it
        settings = {each["name"]: each["value"] for each in app["siteConfig"]["appSettings"]}
        assert settings["AzureWebJobsStorage__accountName"] == azure.find(ACCOUNT, "orders").outputs["name"]
        assert settings["AzureWebJobsStorage__clientId"] == _identity(azure, identity)["clientId"]
    assert len(identities) == 2


def _identity(azure: StandIn, id: str) -> Any:
    return azure.live[f"{IDENTITY} {id}"].outputs


def _keeps_its_secrets(ws: Workspace, azure: StandIn) -> None:
    keeps("t0p-s3cret", ws)
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
    _has_its_code(ws, azure, site, "shop")
    ws.write(program("azure", version=2, memory=2048))
    # Nor that the app's address does: azure-native's previews of an update know an app's name and location alone. So
    # the preview may show the code as replaced, which publishes nothing that is there.
    assert set(ws.preview().replaced) <= {f"{CODE} orders-desk"}
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
        assert ("/orders" in json.loads(azure.find(API, "orders").outputs["value"])["paths"]) == there
        _has_its_code(ws, azure, site, "shop")


def test_a_failed_create_is_told_and_the_next_up_finishes(ws: Workspace, azure: StandIn, site: PublishEndpoint) -> None:
    azure.fail("create", type=PLAN, name="orders-shop", message="SubscriptionIsOverQuotaForSku")
    failed = ws.up(check=False)
    assert failed.exit_code != 0
    assert failed.failed == [f"{PLAN} orders-shop"]
    assert "SubscriptionIsOverQuotaForSku" in "\n".join(failed.errors)
    before = set(azure.live)
    retried = ws.up()
    assert before <= set(azure.live)
    assert not set(retried.created) & set(failed.created)
    names = list(azure.names())
    assert len(names) == len(set(names))
    _has_its_code(ws, azure, site, "shop", "desk")
    _unchanged(ws.up())


def test_code_waits_while_roles_become_known(ws: Workspace, azure: StandIn, site: PublishEndpoint) -> None:
    site.script(refuse(403), refuse(403))
    ws.up()
    assert site.posts == 4
    _has_its_code(ws, azure, site, "shop", "desk")
    _is_wired(azure)


def test_code_that_azure_refuses_is_told_and_the_next_up_puts_it_in_place(
    ws: Workspace, azure: StandIn, site: PublishEndpoint
) -> None:
    site.script(becomes(FAILED, text="the zip has no function_app.py"), becomes(FAILED, text="nor has this one"))
    failed = ws.up(check=False)
    assert failed.exit_code != 0
    assert failed.failed == [f"{CODE} orders-desk", f"{CODE} orders-shop"]
    assert "the zip has no function_app.py" in "\n".join(failed.errors)
    assert not [each for each in azure.names() if each.split()[0] in (VALUE, BACKEND, API)], "no route to no code"
    site.published.clear()
    retried = ws.up()
    assert not set(retried.created) & set(failed.created)
    _has_its_code(ws, azure, site, "shop", "desk")
    _is_wired(azure)
    _unchanged(ws.up())


def test_code_that_azure_refuses_once_is_tried_again_by_the_next_up(
    ws: Workspace, azure: StandIn, site: PublishEndpoint
) -> None:
    ws.up()
    site.published.clear()
    ws.write(program("azure", version=2))
    site.script(becomes(FAILED, text="out of space"))
    assert ws.up(check=False).failed == [f"{CODE} orders-shop"]
    site.published.clear()
    assert ws.up().updated == [f"{CODE} orders-shop"]
    _has_its_code(ws, azure, site, "shop")
