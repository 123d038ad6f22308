"""API Gateway's resources: who may call what, a config that is made before the old one goes, a constant number."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from sls_infra import Api, Function, Public, Route
from sls_infra.testing import render

from ...plan.specs import code
from .specs import api_with, small

INVOKER = "gcp:cloudrun/iamMember:IamMember"


def test_the_gateways_account_alone_may_call_each_function(tmp_path: Path) -> None:
    stack = render(small(tmp_path), "gcp")
    account = stack.one("serviceaccount/account:Account", name="orders")
    assert account.logical_name == "orders"
    members = stack.all(INVOKER)
    assert {member.name for member in members} == {"shop", "files"}
    for member in members:
        assert member.inputs["role"] == "roles/run.invoker"
        assert member.inputs["member"] == "serviceAccount:orders-0123abc@project-1234.iam.gserviceaccount.com"
        assert member.inputs["service"] == f"orders-{member.name}-0123abc", "the Cloud Run service, not the function"
        assert member.inputs["location"] == "europe-west1"
    config = stack.one("ApiConfig").inputs
    email = config["gatewayConfig"]["backendConfig"]["googleServiceAccount"]
    assert email == "orders-0123abc@project-1234.iam.gserviceaccount.com"


def test_nothing_is_granted_to_everybody_nor_in_the_whole_project(tmp_path: Path) -> None:
    stack = render(small(tmp_path), "gcp")
    everything = json.dumps([resource.inputs for resource in stack.resources], default=str)
    assert "allUsers" not in everything
    assert "allAuthenticatedUsers" not in everything
    grants = [resource.type for resource in stack.resources if "iam" in resource.type.lower()]
    assert set(grants) == {INVOKER}


def test_the_number_of_resources_does_not_depend_on_the_number_of_routes(tmp_path: Path) -> None:
    def kinds(routes: int) -> Counter[str]:
        api = api_with(tmp_path, *(("GET", f"/r{i}/{{id}}") for i in range(routes)))
        return Counter(resource.type for resource in render(api, "gcp").resources)

    assert kinds(1) == kinds(10) == kinds(300)


def test_another_document_is_another_config_and_is_made_first(tmp_path: Path) -> None:
    config = render(small(tmp_path), "gcp").one("ApiConfig").inputs
    assert config["apiConfigIdPrefix"] == "orders-"
    assert "apiConfigId" not in config, "one that is given could not be made while the old one is there"
    longest = render(Api(**{**vars(small(tmp_path)), "name": "n" * 64}), "gcp").one("ApiConfig").inputs
    assert len(longest["apiConfigIdPrefix"]) + 26 <= 63


def test_the_document_is_the_same_whatever_the_order_of_routes(tmp_path: Path) -> None:
    def contents(*routes: tuple[str, str]) -> str:
        documents = render(api_with(tmp_path, *routes), "gcp").one("ApiConfig").inputs["openapiDocuments"]
        return str(documents[0]["document"]["contents"])

    assert contents(("GET", "/a"), ("ANY", "/b")) == contents(("ANY", "/b"), ("GET", "/a"))
    assert contents(("GET", "/a")) != contents(("GET", "/b"))


def test_the_gateway_serves_the_config_and_waits_for_its_rights(tmp_path: Path) -> None:
    stack = render(small(tmp_path), "gcp")
    gateway = stack.one("apigateway/gateway:Gateway")
    assert gateway.inputs["apiConfig"] == "orders-id"
    assert gateway.inputs["region"] == "europe-west1"
    for member in stack.all(INVOKER):
        assert member.urn in gateway.depends_on
    assert stack.outputs["url"] == f"https://{gateway.inputs['gatewayId']}-a1b2c3d4.ew.gateway.dev"


def test_ids_that_pulumi_does_not_make_differ_from_stack_to_stack(tmp_path: Path) -> None:
    def ids(**more: Any) -> set[str]:
        stack = render(small(tmp_path), "gcp", **more)
        return {stack.one("Gateway").inputs["gatewayId"], stack.one("apigateway/api:Api").inputs["apiId"]}

    assert ids() == ids()
    assert len(ids() | ids(stack="other") | ids(project="other") | ids(name="other")) == 4


def test_a_preview_leaves_what_is_computed_unknown(tmp_path: Path) -> None:
    stack = render(small(tmp_path), "gcp", preview=True)
    assert repr(stack.outputs["url"]) == "<unknown>"
    assert "<unknown>" in repr(stack.one("ApiConfig").inputs["openapiDocuments"])
    assert stack.one("cloudfunctionsv2/function:Function", name="shop").inputs["location"] == "europe-west1"


def test_public_alone_needs_no_definition(tmp_path: Path) -> None:
    from .specs import document_of

    shop = Function("shop", code=code(tmp_path), handler="app:read")
    body = document_of(Api("open", auth=Public(), routes=[Route("GET", "/", shop)]))
    assert body["securityDefinitions"] == {}
    assert body["paths"]["/"]["get"]["security"] == []


@pytest.mark.parametrize("name", ["a", "A_b-c", "n" * 64, "google-things"])
def test_names_fit(tmp_path: Path, name: str) -> None:
    shop = Function(name, code=code(tmp_path), handler="app:read")
    stack = render(Api(name, auth=Public(), routes=[Route("GET", "/", shop)]), "gcp")
    suffix = 8
    for resource in stack.resources:
        kind = resource.type.rsplit(":", 1)[1]
        text = resource.logical_name
        if kind == "Account":
            assert 6 <= len(text) + suffix <= 30
        elif kind == "Bucket":
            assert 3 <= len(text) + suffix <= 63
            assert "google" not in text
        elif kind == "Function":
            assert len(text) + suffix <= 49
        if kind in ("Account", "Bucket", "Function"):
            assert text == text.lower()
            assert text.replace("-", "").isalnum()
            assert text[0].isalpha()
    for id in (stack.one("Gateway").inputs["gatewayId"], stack.one("apigateway/api:Api").inputs["apiId"]):
        assert len(id) <= 49
        assert id == id.lower()
        assert id.replace("-", "").isalnum()
