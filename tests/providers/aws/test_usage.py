"""Stage settings, keys and usage plans, replayed against moto as the provider would send them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from moto import mock_aws

from sls_infra.testing import render
from sls_infra.testing.rendered import Rendered

from .specs import everything


@pytest.fixture
def stack(tmp_path: Path) -> Rendered:
    return render(everything(tmp_path, cors=None), "aws")


@pytest.fixture
def client() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("apigateway", "eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")


@pytest.fixture
def api(stack: Rendered, client: Any) -> str:
    """The API in place, with its stage."""
    body = json.loads(stack.one("apigateway/restApi:RestApi").inputs["body"])
    made = client.import_rest_api(failOnWarnings=True, body=json.dumps(body).encode())["id"]
    deployment = client.create_deployment(restApiId=made)["id"]
    stage = stack.one("apigateway/stage:Stage").inputs["stageName"]
    client.create_stage(restApiId=made, stageName=stage, deploymentId=deployment)
    return str(made)


def test_a_throttle_is_a_setting_of_a_method_that_is_there(stack: Rendered, client: Any, api: str) -> None:
    setting = stack.one("apigateway/methodSettings:MethodSettings").inputs
    path, settings = setting["methodPath"], setting["settings"]
    limits = {"rateLimit": settings["throttlingRateLimit"], "burstLimit": settings["throttlingBurstLimit"]}
    operations = [
        {"op": "replace", "path": f"/{path}/throttling/{name}", "value": str(value)} for name, value in limits.items()
    ]
    client.update_stage(restApiId=api, stageName=setting["stageName"], patchOperations=operations)
    resource, _, method = path.rpartition("/")
    (found,) = [
        each for each in client.get_resources(restApiId=api)["items"] if each["path"] == resource.replace("~1", "/")
    ]
    assert method in found["resourceMethods"]


def test_each_client_has_a_plan_and_each_key_is_in_it(stack: Rendered, client: Any, api: str) -> None:
    for usage in stack.all("apigateway/usagePlan:UsagePlan"):
        inputs = usage.inputs
        (stage,) = inputs["apiStages"]
        sent: dict[str, Any] = {"name": usage.logical_name}
        throttles = {
            each["path"]: {"rateLimit": each["rateLimit"], "burstLimit": each["burstLimit"]}
            for each in stage["throttles"]
        }
        sent["apiStages"] = [{"apiId": api, "stage": stage["stage"], "throttle": throttles}]
        if "throttleSettings" in inputs:
            sent["throttle"] = dict(inputs["throttleSettings"])
        if "quotaSettings" in inputs:
            sent["quota"] = {**inputs["quotaSettings"], "offset": int(inputs["quotaSettings"]["offset"])}
        made = client.create_usage_plan(**sent)
        (key,) = [each for each in stack.all("apigateway/apiKey:ApiKey") if each.name == f"{usage.name}-1"]
        there = client.create_api_key(name=key.logical_name, enabled=True)
        (member,) = [each for each in stack.all("apigateway/usagePlanKey:UsagePlanKey") if each.name == key.name]
        client.create_usage_plan_key(usagePlanId=made["id"], keyId=there["id"], keyType=member.inputs["keyType"])
        assert [each["id"] for each in client.get_usage_plan_keys(usagePlanId=made["id"])["items"]] == [there["id"]]
        for path in throttles:
            resource, _, method = path.rpartition("/")
            found = {each["path"]: each for each in client.get_resources(restApiId=api)["items"]}
            assert method in found[resource]["resourceMethods"], "a throttle of a method that is not there is refused"
    assert len(client.get_usage_plans()["items"]) == 2
