"""Functions on Google Cloud: settings, whom they are, where their code is, what stays secret."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi
import pytest

from sls_infra import Api, Function, Gcp, Public, Route, Scaling
from sls_infra.testing import render
from sls_infra.testing.rendered import Rendered

from ...plan.specs import code
from .specs import small

FUNCTION = "gcp:cloudfunctionsv2/function:Function"


def one_function(folder: Path, name: str = "shop", **more: Any) -> Api:
    function = Function(name, code=code(folder), handler="app:read", **more)
    return Api("orders", auth=Public(), routes=[Route("GET", "/", function)])


def service(stack: Rendered) -> dict[str, Any]:
    found: dict[str, Any] = stack.one(FUNCTION).inputs["serviceConfig"]
    return found


def test_settings_reach_the_function(tmp_path: Path) -> None:
    scaling = Scaling(min_instances=1, max_instances=5)
    api = one_function(
        tmp_path, memory=1024, timeout=12.5, env={"STAGE": "test"}, runtime="python3.13", scaling=scaling
    )
    stack = render(api, "gcp")
    config = service(stack)
    assert config["availableMemory"] == "1024Mi"
    assert config["timeoutSeconds"] == 13
    assert config["environmentVariables"]["STAGE"] == "test"
    assert (config["minInstanceCount"], config["maxInstanceCount"]) == (1, 5)
    assert config["maxInstanceRequestConcurrency"] == 1
    assert "availableCpu" not in config, "by the memory"
    build = stack.one(FUNCTION).inputs["buildConfig"]
    assert build["runtime"] == "python313"
    assert build["entryPoint"] == "handle"
    assert build["environmentVariables"] == {"GOOGLE_FUNCTION_SOURCE": "sls_main.py"}
    assert "serviceAccount" not in build
    assert "maxInstanceCount" not in service(render(one_function(tmp_path), "gcp"))


@pytest.mark.parametrize(("memory", "cpu"), [(512, "1"), (2047, "1"), (2048, None), (8192, None)])
def test_several_requests_at_once_need_a_whole_cpu(tmp_path: Path, memory: int, cpu: str | None) -> None:
    config = service(render(one_function(tmp_path, memory=memory, scaling=Scaling(concurrency=8)), "gcp"))
    assert config["maxInstanceRequestConcurrency"] == 8
    assert config.get("availableCpu") == cpu
    assert config["environmentVariables"]["THREADS"] == "8", "functions-framework has four a CPU by itself"


def test_each_function_is_somebody_of_its_own_who_is_granted_nothing(tmp_path: Path) -> None:
    stack = render(small(tmp_path), "gcp")
    accounts = {made.inputs["serviceConfig"]["serviceAccountEmail"] for made in stack.all(FUNCTION)}
    assert accounts == {f"orders-{name}-0123abc@project-1234.iam.gserviceaccount.com" for name in ("shop", "files")}
    assert all("iamMember" not in made.type or made.type.startswith("gcp:cloudrun/") for made in stack.resources)


def test_code_lies_in_one_private_bucket_named_by_its_hash(tmp_path: Path) -> None:
    stack = render(small(tmp_path), "gcp")
    bucket = stack.one("gcp:storage/bucket:Bucket").inputs
    assert bucket["uniformBucketLevelAccess"] is True
    assert bucket["publicAccessPrevention"] == "enforced"
    assert bucket["forceDestroy"] is True
    assert bucket["location"] == "europe-west1"
    objects = {made.name: made.inputs for made in stack.all("gcp:storage/bucketObject:BucketObject")}
    for function in stack.all(FUNCTION):
        own = objects[function.name]
        assert own["bucket"] == "orders-0123abc"
        assert len(own["name"].removesuffix(".zip").rsplit("-", 1)[1]) == 64
        assert isinstance(own["source"], pulumi.FileAsset), "an archive would be packed again, with other bytes"
        source = function.inputs["buildConfig"]["source"]["storageSource"]
        assert source == {"bucket": own["bucket"], "object": own["name"]}


def test_other_routes_are_other_code_and_so_another_object(tmp_path: Path) -> None:
    def name(path: str) -> str:
        function = Function("shop", code=code(tmp_path), handler="app:read")
        api = Api("orders", auth=Public(), routes=[Route("GET", path, function)])
        return str(render(api, "gcp").one("BucketObject").inputs["name"])

    assert name("/a") == name("/a")
    assert name("/a") != name("/b")


def test_calls_come_from_outside_and_iam_alone_lets_them_in(tmp_path: Path) -> None:
    stack = render(one_function(tmp_path), "gcp")
    assert service(stack)["ingressSettings"] == "ALLOW_ALL"
    (member,) = [made for made in stack.resources if "iam" in made.type.lower()]
    assert member.inputs["member"].startswith("serviceAccount:orders-")


@pytest.mark.usefixtures("current_loop")
def test_secrets_of_the_environment_stay_secret(tmp_path: Path) -> None:
    api = one_function(tmp_path, env={"KEY": pulumi.Output.secret("hush"), "STAGE": "test"})
    made = render(api, "gcp").one(FUNCTION)
    assert "serviceConfig" in made.secret_inputs
    assert made.inputs["serviceConfig"]["environmentVariables"]["KEY"] == "hush"
    plain = render(one_function(tmp_path, env={"STAGE": "test"}), "gcp").one(FUNCTION)
    assert plain.secret_inputs == ()


def test_the_environment_is_never_empty_so_that_what_was_set_before_goes(tmp_path: Path) -> None:
    assert service(render(one_function(tmp_path), "gcp"))["environmentVariables"] == {"LOG_EXECUTION_ID": "true"}


def test_tags_are_labels_of_all_that_can_have_them(tmp_path: Path) -> None:
    stack = render(small(tmp_path, tags={"team": "shop"}), "gcp")
    labelled = {made.type for made in stack.resources if made.inputs.get("labels") == {"team": "shop"}}
    assert labelled == {
        "gcp:storage/bucket:Bucket",
        FUNCTION,
        "gcp:apigateway/api:Api",
        "gcp:apigateway/apiConfig:ApiConfig",
        "gcp:apigateway/gateway:Gateway",
    }


def test_functions_are_told_by_their_resource_names(tmp_path: Path) -> None:
    stack = render(small(tmp_path), "gcp")
    assert stack.outputs["functions"] == {"shop": "orders-shop-id", "files": "orders-files-id"}, "the resources' ids"


def test_who_builds_can_be_said(tmp_path: Path) -> None:
    builder = "projects/p/serviceAccounts/builder@p.iam.gserviceaccount.com"
    build = render(one_function(tmp_path), Gcp(build_service_account=builder)).one(FUNCTION).inputs["buildConfig"]
    assert build["serviceAccount"] == builder
