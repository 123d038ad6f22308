"""The floor: imports the same SDK modules, and registers as many bare resources as an API of ours has."""

import mocks  # noqa: F401
import pulumi
from pulumi_azure_native import (
    apimanagement,
    applicationinsights,
    authorization,
    managedidentity,
    operationalinsights,
    resources,
    storage,
    web,
)


@pulumi.runtime.test
def program():
    pulumi.ComponentResource("x:y:Z", "orders", None)
    group = resources.ResourceGroup("g").name
    account = storage.StorageAccount("s", resource_group_name=group, kind="StorageV2", sku={"name": "Standard_LRS"})
    operationalinsights.Workspace("w", resource_group_name=group)
    applicationinsights.Component("i", resource_group_name=group, application_type="web", kind="web")
    managedidentity.UserAssignedIdentity("u", resource_group_name=group)
    for i in range(2):
        authorization.RoleAssignment(f"r{i}", scope=account.id, role_definition_id="x", principal_id="y")
    web.AppServicePlan("p", resource_group_name=group)
    storage.BlobContainer("c", resource_group_name=group, account_name=account.name)
    app = web.WebApp("f", resource_group_name=group).name
    web.WebAppScmAllowed("f", name=app, resource_group_name=group, allow=False)
    web.WebAppFtpAllowed("f", name=app, resource_group_name=group, allow=False)
    pulumi.CustomResource("sls:azure:Code", "f", {"app": app})
    front = {"resource_group_name": group, "service_name": "m"}
    sku = {"name": "Consumption", "capacity": 0}
    apimanagement.ApiManagementService(
        "m", resource_group_name=group, sku=sku, publisher_email="a@example.com", publisher_name="a"
    )
    apimanagement.NamedValue("k", display_name="k", **front)
    apimanagement.Backend("f", url="https://x", protocol="http", **front)
    apimanagement.Api("a", path="", **front)
    apimanagement.ApiPolicy("a", api_id="a", value="<policies/>", **front)
    apimanagement.Policy("m", value="<policies/>", **front)
    apimanagement.Logger("l", logger_type="applicationInsights", **front)
    apimanagement.Diagnostic("d", logger_id="l", **front)


program()
print(23)
