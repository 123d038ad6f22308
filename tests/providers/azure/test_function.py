"""Functions on Azure: settings, least privilege, secrets, names within limits."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pulumi
import pytest

from sls_infra import Api, Azure, Function, Public, Route, Scaling, SpecError
from sls_infra.testing import render
from sls_infra.testing.rendered import UNKNOWN, Rendered

from ...plan.specs import code
from .specs import one_function, rendered, small

OWNER, CONTRIBUTOR, ADMINISTRATOR = (
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
    "b24988ac-6180-42a0-ab88-20f7382dd24c",
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
)
"""Roles that let one do everything, or give others a role (Azure built-in roles)."""


def settings(stack: Rendered, name: str = "shop") -> dict[str, Any]:
    app = stack.one("WebApp", name=name)
    return {each["name"]: each["value"] for each in app.inputs["siteConfig"]["appSettings"]}


def scale(stack: Rendered) -> dict[str, Any]:
    found: dict[str, Any] = stack.one("WebApp").inputs["functionAppConfig"]["scaleAndConcurrency"]
    return found


def test_settings_reach_the_app(tmp_path: Path) -> None:
    stack = rendered(one_function(tmp_path, runtime="python3.13", env={"STAGE": "test"}))
    app = stack.one("WebApp", name="shop").inputs
    assert app["kind"] == "functionapp,linux"
    assert app["functionAppConfig"]["runtime"] == {"name": "python", "version": "3.13"}
    assert app["httpsOnly"] is True
    assert app["siteConfig"]["minTlsVersion"] == "1.2"
    assert settings(stack)["STAGE"] == "test"
    assert stack.one("AppServicePlan").inputs["sku"] == {"name": "FC1", "tier": "FlexConsumption"}
    assert stack.one("AppServicePlan").inputs["reserved"] is True
    for password in ("WebAppScmAllowed", "WebAppFtpAllowed"):
        assert stack.one(password).inputs["allow"] is False


def test_the_app_says_nothing_that_flex_consumption_refuses(tmp_path: Path) -> None:
    stack = rendered(one_function(tmp_path))
    assert set(stack.one("WebApp").inputs["siteConfig"]) - {"appSettings", "minTlsVersion"} <= {
        # defaults that the SDK itself sends
        "detailedErrorLoggingEnabled", "http20Enabled", "localMySqlEnabled", "netFrameworkVersion",
        "scmIpSecurityRestrictionsUseMain", "webJobsEnabled",
    }  # fmt: skip
    refused = {"FUNCTIONS_WORKER_RUNTIME", "FUNCTIONS_EXTENSION_VERSION", "WEBSITE_RUN_FROM_PACKAGE"}
    assert not refused & set(settings(stack))


@pytest.mark.parametrize(("asked", "given"), [(128, 512), (512, 512), (513, 2048), (2048, 2048), (4096, 4096)])
def test_memory_is_rounded_up(tmp_path: Path, asked: int, given: int) -> None:
    assert scale(rendered(one_function(tmp_path, memory=asked)))["instanceMemoryMB"] == given


def test_scaling(tmp_path: Path) -> None:
    plain = scale(rendered(one_function(tmp_path)))
    assert plain == {"instanceMemoryMB": 512, "maximumInstanceCount": 100}
    stack = rendered(one_function(tmp_path, scaling=Scaling(min_instances=2, max_instances=50, concurrency=8)))
    assert scale(stack) == {
        "instanceMemoryMB": 512,
        "maximumInstanceCount": 50,
        "alwaysReady": [{"name": "http", "instanceCount": 2}],
        "triggers": {"http": {"perInstanceConcurrency": 8}},
    }
    assert settings(stack)["PYTHON_THREADPOOL_THREAD_COUNT"] == "8"
    many = rendered(one_function(tmp_path, scaling=Scaling(concurrency=100)))
    assert settings(many)["PYTHON_THREADPOOL_THREAD_COUNT"] == "32"


def test_storage_traces_and_code_are_reached_by_the_functions_own_identity(tmp_path: Path) -> None:
    stack = rendered(small(tmp_path))
    clients = set()
    for name in ("shop", "files"):
        known = settings(stack, name)
        assert known["AzureWebJobsStorage__credential"] == "managedidentity"
        assert known["AzureWebJobsStorage__accountName"] == "orders0123abcd"
        client = known["AzureWebJobsStorage__clientId"]
        assert known["APPLICATIONINSIGHTS_AUTHENTICATION_STRING"] == f"ClientId={client};Authorization=AAD"
        clients.add(client)
        app = stack.one("WebApp", name=name).inputs
        (identity,) = app["identity"]["userAssignedIdentities"]
        deployment = app["functionAppConfig"]["deployment"]["storage"]
        assert deployment["authentication"] == {
            "type": "UserAssignedIdentity",
            "userAssignedIdentityResourceId": identity,
        }
        container = stack.one("BlobContainer", name=name).inputs["containerName"]
        assert deployment["value"] == f"https://orders0123abcd.blob.core.windows.net/{container}"
    assert len(clients) == 2


def test_storage_takes_no_keys_and_shows_nothing_to_the_public(tmp_path: Path) -> None:
    stack = rendered(small(tmp_path))
    account = stack.one("StorageAccount").inputs
    assert account["allowSharedKeyAccess"] is False
    assert account["allowBlobPublicAccess"] is False
    assert account["minimumTlsVersion"] == "TLS1_2"
    assert account["enableHttpsTrafficOnly"] is True
    assert {each.inputs["publicAccess"] for each in stack.all("BlobContainer")} == {"None"}
    assert stack.one("azure-native:applicationinsights:Component").inputs["disableLocalAuth"] is True


def test_roles_are_few_and_each_is_on_one_resource(tmp_path: Path) -> None:
    stack = rendered(small(tmp_path))
    principals = set()
    for role in stack.all("RoleAssignment"):
        scope = role.inputs["scope"].split("/")
        assert len(scope) == 9, "a resource: neither a group nor a subscription"
        assert scope[6:8] in (["Microsoft.Storage", "storageAccounts"], ["Microsoft.Insights", "components"])
        definition = role.inputs["roleDefinitionId"].rpartition("/")[2]
        assert definition not in (OWNER, CONTRIBUTOR, ADMINISTRATOR)
        assert role.inputs["principalType"] == "ServicePrincipal"
        assert uuid.UUID(role.inputs["roleAssignmentName"])
        principals.add(role.inputs["principalId"])
    names = {role.inputs["roleAssignmentName"] for role in stack.all("RoleAssignment")}
    assert len(names) == len(stack.all("RoleAssignment")) == 5, "two a function, and one for the gateway's logs"
    assert len(principals) == 3
    again = {role.inputs["roleAssignmentName"] for role in rendered(small(tmp_path)).all("RoleAssignment")}
    assert again == names


def test_code_comes_after_the_app_and_the_rights_and_the_key_after_the_code(tmp_path: Path) -> None:
    stack = rendered(one_function(tmp_path))
    published = stack.one("sls:azure:Code", name="shop")
    needs = [stack.one("WebApp"), stack.one("WebAppScmAllowed"), *stack.all("RoleAssignment", "shop-storage")]
    assert {need.urn for need in needs} <= set(published.depends_on)
    assert published.inputs["app"] == "orders-shop0123abcd"
    assert published.inputs["host"] == "orders-shop0123abcd.scm.azurewebsites.net"
    assert len(published.inputs["sha256"]) == 64
    assert published.urn in stack.one("NamedValue").depends_on


def test_a_secret_stays_one(tmp_path: Path) -> None:
    from sls_infra import ServerlessApi
    from sls_infra.testing.rendering import render_program

    def program() -> ServerlessApi:
        return ServerlessApi(one_function(tmp_path, env={"TOKEN": pulumi.Output.secret("t0p")}), "azure")

    stack = render_program(program)
    assert settings(stack)["TOKEN"] == "t0p"
    assert "siteConfig" in stack.one("WebApp").secret_inputs
    key = stack.one("NamedValue", name="shop")
    assert key.inputs["secret"] is True
    assert key.inputs["value"] == "key-of-orders-shop0123abcd"
    assert key.secret_inputs == ("value",)
    plain = [r for r in stack.resources if "key-of-" in str(r.inputs) and r.type != key.type]
    assert plain == [], "nothing else has the key"


def test_a_preview_reads_no_key_and_knows_no_address(tmp_path: Path) -> None:
    stack = rendered(small(tmp_path), preview=True)
    assert {value.inputs["value"] for value in stack.all("NamedValue")} == {UNKNOWN}
    assert stack.outputs["url"] is UNKNOWN
    real = rendered(small(tmp_path))
    assert len(stack.resources) == len(real.resources)
    assert set(real.outputs["functions"]) == {"shop", "files"}
    assert real.outputs["functions"]["shop"].endswith("/providers/Microsoft.Web/sites/orders-shop0123abcd")


@pytest.mark.parametrize("name", ["a", "o" * 64, "Long-" + "x_y" * 19 + "z", "x" * 63 + "Y"])
def test_names_fit_with_the_suffix_that_is_added(tmp_path: Path, name: str) -> None:
    functions = [Function(each, code=code(tmp_path), handler="app:read") for each in (name, f"{name[:62]}-2")]
    routes = [Route("GET", f"/{i}", function) for i, function in enumerate(functions)]
    stack = render(Api(name, auth=Public(), routes=routes), "azure")
    limits = {
        "ResourceGroup": 90, "Workspace": 63, "Component": 260, "UserAssignedIdentity": 128, "AppServicePlan": 40,
        "WebApp": 32, "ApiManagementService": 50,
    }  # fmt: skip
    for kind, limit in limits.items():
        for made in stack.all(kind):
            assert len(made.logical_name) + 8 <= limit, kind
    assert len({made.logical_name for made in stack.all("WebApp")}) == 2
    assert stack.one("WebApp", name=name)
    account = stack.one("StorageAccount").logical_name
    assert account.isascii()
    assert account.isalnum()
    assert account == account.lower()
    assert len(account) + 8 <= 24
    for container in stack.all("BlobContainer"):
        assert 3 <= len(container.inputs["containerName"]) <= 63


def test_a_location_is_said_on_each_resource_and_twice_is_an_error(tmp_path: Path) -> None:
    stack = render(one_function(tmp_path), Azure(location="westeurope"))
    located = {r.type.rpartition(":")[2] for r in stack.resources if "location" in r.inputs}
    assert located == {
        "ResourceGroup", "StorageAccount", "Workspace", "Component", "UserAssignedIdentity", "AppServicePlan",
        "WebApp", "ApiManagementService",
    }  # fmt: skip
    assert {r.inputs["location"] for r in stack.resources if "location" in r.inputs} == {"westeurope"}
    assert not [r for r in rendered(one_function(tmp_path)).resources if "location" in r.inputs]
    with pytest.raises(SpecError, match="given twice"):
        render(one_function(tmp_path), Azure(location="westeurope"), config={"azure-native:location": "westeurope"})


def test_options(tmp_path: Path) -> None:
    target = Azure(log_retention=90, publisher_name="Shop", publisher_email="api@shop.example.com")
    stack = render(one_function(tmp_path), target)
    assert stack.one("Workspace").inputs["retentionInDays"] == 90
    service = stack.one("ApiManagementService").inputs
    assert (service["publisherName"], service["publisherEmail"]) == ("Shop", "api@shop.example.com")
    assert (
        render(one_function(tmp_path), Azure(front="basic-v2")).one("ApiManagementService").inputs["sku"]["capacity"]
        == 1
    )
    wrong = Azure(log_retention=5, publisher_name="", publisher_email="nowhere")
    with pytest.raises(SpecError) as told:
        render(one_function(tmp_path), wrong)
    assert [problem.path for problem in told.value.problems] == [
        "target.log_retention",
        "target.publisher_email",
        "target.publisher_name",
    ]
