"""The stand-in as azure-native and as gcp, on bare programs: it must do what those providers do, where they differ."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.engine.azure_outputs import AZURE, LOCATION
from tests.engine.gcp_outputs import GCP, PROJECT
from tests.engine.harness import Workspace
from tests.engine.stand_in import StandIn
from tests.engine.wire import UNKNOWN

pytestmark = pytest.mark.engine

GROUP, ACCOUNT = "azure-native:resources:ResourceGroup", "azure-native:storage:StorageAccount"
CONTAINER, ROLE = "azure-native:storage:BlobContainer", "azure-native:authorization:RoleAssignment"
SERVICE, VALUE = "azure-native:apimanagement:ApiManagementService", "azure-native:apimanagement:NamedValue"
API, CONFIG, GATEWAY = "gcp:apigateway/api:Api", "gcp:apigateway/apiConfig:ApiConfig", "gcp:apigateway/gateway:Gateway"

ON_AZURE = """
import pulumi
from pulumi_azure_native import apimanagement, authorization, resources, storage

config = pulumi.Config()
group = resources.ResourceGroup("shop")
account = storage.StorageAccount(
    "shop", resource_group_name=group.name, kind="StorageV2", sku={"name": "Standard_LRS"}, is_hns_enabled=HIERARCHY
)
container = storage.BlobContainer("code", resource_group_name=group.name, account_name=account.name)
role = authorization.RoleAssignment("read", scope=account.id, principal_id="p", role_definition_id="r")
service = apimanagement.ApiManagementService(
    "shop", resource_group_name=group.name, publisher_email="a@example.com", publisher_name="a",
    sku={"name": "Consumption", "capacity": 0},
)
value = apimanagement.NamedValue(
    "key", resource_group_name=group.name, service_name=service.name, named_value_id="key", display_name="key",
    secret=True, value=pulumi.Output.secret("hush-hush"),
)
pulumi.export("blob", account.primary_endpoints.blob)
pulumi.export("url", service.gateway_url)
"""
ON_GCP = """
import base64
import pulumi
from pulumi_gcp import apigateway

config = pulumi.Config()
api = apigateway.Api("shop", api_id="shop-1")
document = {"path": "openapi.json", "contents": base64.b64encode(b"DOCUMENT").decode()}
made = apigateway.ApiConfig(
    "shop", api=api.api_id, api_config_id_prefix="shop-", openapi_documents=[{"document": document}]
)
gateway = apigateway.Gateway("shop", gateway_id="shop-1", region="europe-west1", api_config=made.id)
pulumi.export("host", gateway.default_hostname)
"""


def on_azure(folder: Path, azure: StandIn, hierarchy: bool = False) -> Workspace:
    text = ON_AZURE.replace("HIERARCHY", str(hierarchy))
    return Workspace(folder, text, providers=[azure], config={"azure-native:location": LOCATION})


def test_azure_names_by_kind_and_places_what_has_no_location(tmp_path: Path) -> None:
    with StandIn(AZURE) as azure, on_azure(tmp_path, azure) as ws:
        preview = ws.preview()
        assert preview.outputs == {"blob": UNKNOWN, "url": UNKNOWN}
        assert preview.step(ACCOUNT, "shop").inputs["location"] == LOCATION
        assert azure.live == {}
        ws.up()
        group = azure.find(GROUP, "shop").outputs["name"]
        account = azure.find(ACCOUNT, "shop")
        assert len(group) == len("shop") + 8
        assert account.outputs["location"] == LOCATION
        assert azure.find(CONTAINER, "code").outputs["name"] == "code"
        assert azure.find(ROLE, "read").outputs["name"].count("-") == 4
        assert ws.outputs()["blob"] == f"https://{account.outputs['name']}.blob.core.windows.net/"
        assert ws.up().counts == {"same": 6}


def test_azure_takes_the_location_of_the_group_where_none_is_configured(tmp_path: Path) -> None:
    text = ON_AZURE.replace("HIERARCHY", "False")
    with StandIn(AZURE) as azure, Workspace(tmp_path, text, providers=[azure]) as ws:
        failed = ws.up(check=False)
        assert "missing required property 'location'" in failed.text
        ws.write(
            {"__main__.py": text.replace('ResourceGroup("shop")', 'ResourceGroup("shop", location="northeurope")')}
        )
        assert ws.preview().step(ACCOUNT, "shop").inputs["location"] == UNKNOWN
        ws.up()
        assert azure.find(ACCOUNT, "shop").outputs["location"] == "northeurope"


def test_azure_keeps_the_name_of_what_it_named_and_makes_the_next_one_first(tmp_path: Path) -> None:
    with StandIn(AZURE) as azure, on_azure(tmp_path, azure) as ws:
        ws.up()
        before = azure.find(ACCOUNT, "shop").outputs["name"]
        started = len(azure.calls)
        ws.write({"__main__.py": ON_AZURE.replace("HIERARCHY", "True")})
        changed = ws.up()
        assert changed.replaced == sorted([f"{ACCOUNT} shop", f"{CONTAINER} code", f"{ROLE} read"])
        assert azure.find(ACCOUNT, "shop").outputs["name"] != before
        calls = [(call.op, call.type) for call in azure.calls[started:] if call.op in ("create", "delete")]
        assert calls.index(("create", ACCOUNT)) < calls.index(("delete", ACCOUNT))
        # A container is named after its logical name: there can't be two of it, and so the old one goes first.
        assert calls.index(("delete", CONTAINER)) < calls.index(("create", CONTAINER))


def test_azure_takes_no_name_that_the_cloud_would_not(tmp_path: Path) -> None:
    text = ON_AZURE.replace("HIERARCHY", "False").replace(
        '"shop", resource_group_name', '"Shop-Data", resource_group_name'
    )
    config = {"azure-native:location": LOCATION}
    with StandIn(AZURE) as azure, Workspace(tmp_path, text, providers=[azure], config=config) as ws:
        failed = ws.preview(check=False)
        assert failed.exit_code != 0
        assert "does not match [a-z0-9]{3,24}" in failed.text


def test_azure_is_given_secrets_in_plain_text_and_they_stay_secret(tmp_path: Path) -> None:
    with StandIn(AZURE) as azure, on_azure(tmp_path, azure) as ws:
        ws.up()
        assert azure.find(VALUE, "key").inputs["value"] == "hush-hush"
        assert "hush-hush" not in json.dumps(ws.stack_export())
        assert "hush-hush" in json.dumps(ws.stack_export(show_secrets=True))


def test_azure_needs_what_is_referred_to(tmp_path: Path) -> None:
    with StandIn(AZURE) as azure, on_azure(tmp_path, azure) as ws:
        ws.write({"__main__.py": ON_AZURE.replace("HIERARCHY", "False").replace("service.name", "'nobody'")})
        failed = ws.up(check=False)
        assert failed.failed == [f"{VALUE} key"]
        assert "/service/nobody" in "\n".join(failed.errors)


def test_gcp_makes_a_config_anew_and_keeps_the_one_in_use(tmp_path: Path) -> None:
    config = {"gcp:project": PROJECT}
    with StandIn(GCP) as gcp, Workspace(tmp_path, ON_GCP, providers=[gcp], config=config) as ws:
        assert ws.preview().outputs == {"host": UNKNOWN}
        ws.up()
        assert ws.outputs()["host"].endswith(".gateway.dev")
        assert ws.up().counts == {"same": 3}
        old = gcp.find(CONFIG, "shop").outputs["name"]
        gcp.calls.clear()
        ws.write({"__main__.py": ON_GCP.replace("DOCUMENT", "other")})
        changed = ws.up()
        assert changed.replaced == [f"{CONFIG} shop"]
        assert changed.updated == [f"{GATEWAY} shop"]
        done = [(call.op, call.type) for call in gcp.calls if call.op in ("create", "update", "delete")]
        assert done == [("create", CONFIG), ("update", GATEWAY), ("delete", CONFIG)]
        assert gcp.find(GATEWAY, "shop").outputs["apiConfig"] == gcp.find(CONFIG, "shop").outputs["name"] != old
        ws.write(
            {
                "__main__.py": ON_GCP.replace("DOCUMENT", "more")
                .replace("made.id)", "made.id, opts=STAY)")
                .replace("gateway =", "STAY = pulumi.ResourceOptions(ignore_changes=['apiConfig'])\ngateway =")
            }
        )
        failed = ws.up(check=False)
        assert f"is in use by {GATEWAY} shop" in "\n".join(failed.errors)
        ws.write({"__main__.py": ON_GCP.replace("DOCUMENT", "more")})
        ws.up()
        ws.destroy()
        assert gcp.live == {}


def test_gcp_has_one_of_each_chosen_name(tmp_path: Path) -> None:
    config = {"gcp:project": PROJECT}
    with StandIn(GCP) as gcp, Workspace(tmp_path, ON_GCP, providers=[gcp], config=config) as ws:
        ws.up()
        failed = ws.up("--replace", ws.up().step(API, "shop").urn, check=False)
        assert "there is one with the id" in "\n".join(failed.errors)
