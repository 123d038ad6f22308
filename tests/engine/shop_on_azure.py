"""What is true of the tests' Api (`programs.py`) whenever it is in place on Azure."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from tests.engine.azure_outputs import host_key
from tests.engine.harness import Workspace
from tests.engine.outcome import Outcome
from tests.engine.publish import PublishEndpoint
from tests.engine.stand_in import StandIn

APP, PLAN, CODE = "azure-native:web:WebApp", "azure-native:web:AppServicePlan", "sls:azure:Code"
API, POLICY = "azure-native:apimanagement:Api", "azure-native:apimanagement:ApiPolicy"
VALUE, BACKEND = "azure-native:apimanagement:NamedValue", "azure-native:apimanagement:Backend"
SERVICE, ACCOUNT = "azure-native:apimanagement:ApiManagementService", "azure-native:storage:StorageAccount"
IDENTITY = "azure-native:managedidentity:UserAssignedIdentity"


def unchanged(outcome: Outcome) -> list[str]:
    """Nothing was done but to look."""
    assert set(outcome.counts) <= {"same", "refresh"}, [*outcome.created, *outcome.updated, *outcome.deleted]
    return outcome.same


def has_its_code(ws: Workspace, azure: StandIn, site: PublishEndpoint, *functions: str) -> None:
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
    assert {each.query["RemoteBuild"] for each in site.published} <= {"false"}
    assert set(site.tokens) == {site.token}
    site.published.clear()


def is_wired(azure: StandIn) -> None:
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
