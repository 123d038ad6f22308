"""What Azure adds to the resources of pulumi-azure-native: the table of the stand-in provider.

Property names are those of the SDK (a test holds the table to it). How the provider behaves is as its own source says
(pulumi/pulumi-azure-native): it names the last part of a path (`AutoNamer`: at random what lies directly in a resource
group, after the logical name what lies deeper, a role assignment by a UUID); every part of the path replaces, and
beyond it what `forceNewMap` lists; all but what it named at random is deleted before it is made anew; it sees no
secrets, so that the engine keeps them by the names of the inputs. What names may look like is as Azure's page "Naming
rules and restrictions for Azure resources" says. A resource that is new to the project needs a row here.
"""

from __future__ import annotations

from collections.abc import Iterable

from tests.engine.azure_event_outputs import EVENT_KINDS
from tests.engine.azure_kind import HEX, TENANT, group_id, kind_of, uuid_of
from tests.engine.azure_kind import LOCATION as LOCATION
from tests.engine.azure_kind import SUBSCRIPTION as SUBSCRIPTION
from tests.engine.kinds import Kind, Made, Package, Values
from tests.engine.wire import UNKNOWN


def _resource_group() -> Kind:
    return Kind(
        lambda made: group_id(made["resourceGroupName"]),
        lambda made: {
            "name": made["resourceGroupName"],
            "type": "Microsoft.Resources/resourceGroups",
            "azureApiVersion": "2024-11-01",
            "properties": {"provisioningState": "Succeeded"},
        },
        "resourceGroupName",
        frozenset({"location"}),
        naming="random",
        fits={"resourceGroupName": r"[\w().-]{0,89}[\w()-]"},
        gone_first=True,
        located=True,
        forgets=True,
    )


def _role_assignment() -> Kind:
    """What an identity may do, and where: its scope is any other resource."""

    def id(made: Made) -> str:
        return f"{made['scope']}/providers/Microsoft.Authorization/roleAssignments/{made['roleAssignmentName']}"

    def outputs(made: Made) -> Values:
        return {
            "name": made["roleAssignmentName"],
            "type": "Microsoft.Authorization/roleAssignments",
            "azureApiVersion": "2022-04-01",
            "createdOn": "2025-01-01T00:00:00Z",
        }

    return Kind(
        id,
        outputs,
        "roleAssignmentName",
        frozenset({"principalId", "scope"}),
        naming="uuid",
        gone_first=True,
        forgets=True,
        needs=lambda made: (made["scope"],),
    )


def _identities(made: Made) -> Iterable[str | None]:
    """The user-assigned identities of a resource: a list of ids."""
    found = made.at("identity", "userAssignedIdentities")
    return [each for each in found or () if each != UNKNOWN]


def _shown_identity(made: Made) -> Values:
    """Who it is: what it is given as a list of ids, it shows by id."""
    if not made["identity"]:
        return {}
    own = {"principalId": uuid_of(made, "principal"), "tenantId": TENANT}
    kind, chosen = str(made.at("identity", "type")), list(_identities(made))
    ours = {id: {"clientId": uuid_of(made, f"client {id}"), "principalId": uuid_of(made, id)} for id in chosen if id}
    by_id = {"userAssignedIdentities": ours} if ours else {}
    return {"identity": {"type": kind, **by_id, **(own if "SystemAssigned" in kind else {})}}


def _account(made: Made) -> str:
    return f"{group_id(made['resourceGroupName'])}/providers/Microsoft.Storage/storageAccounts/{made['accountName']}"


def _storage_account(made: Made) -> Values:
    name = made["accountName"]
    ends = {part: f"https://{name}.{part}.core.windows.net/" for part in ("blob", "file", "queue", "table")}
    return {"primaryEndpoints": ends, "primaryLocation": made["location"] or LOCATION, "provisioningState": "Succeeded"}


def _web_app(made: Made) -> Values:
    host = f"{made['name']}.azurewebsites.net"
    scm = host.replace(".", ".scm.", 1)
    return {
        "defaultHostName": host,
        "hostNames": [host],
        "enabledHostNames": [host, scm],
        "hostNameSslStates": [
            {"hostType": "Standard", "name": host, "sslState": "Disabled"},
            {"hostType": "Repository", "name": scm, "sslState": "Disabled"},
        ],
        "repositorySiteName": made["name"],
        "state": "Running",
        **_shown_identity(made),
        "lastModifiedTimeUtc": "2025-01-01T00:00:00",
    }


def _switch(which: str) -> Kind:
    """Whether an app takes a user's name and password for publishing: a part of the app, always there; made, it is set,
    and deleted, set back."""

    def app(made: Made) -> str:
        return f"{group_id(made['resourceGroupName'])}/providers/Microsoft.Web/sites/{made['name']}"

    return Kind(
        lambda made: f"{app(made)}/basicPublishingCredentialsPolicies/{which}",
        lambda made: {
            "name": made["name"],
            "type": "Microsoft.Web/sites/basicPublishingCredentialsPolicies",
            "azureApiVersion": "2025-05-01",
        },
        replace=frozenset({"name", "resourceGroupName"}),
        gone_first=True,
        forgets=True,
        needs=lambda made: (app(made),),
    )


def _component(made: Made) -> Values:
    key, app = uuid_of(made, "key"), uuid_of(made, "app")
    end = f"https://{LOCATION}-0.in.applicationinsights.azure.com/"
    return {
        "appId": app,
        "applicationId": made["resourceName"],
        "connectionString": f"InstrumentationKey={key};IngestionEndpoint={end};ApplicationId={app}",
        "instrumentationKey": key,
        "provisioningState": "Succeeded",
    }


def _api_management(made: Made) -> Values:
    name = made["serviceName"]
    return {
        "gatewayUrl": f"https://{name}.azure-api.net",
        "provisioningState": "Succeeded",
        "createdAtUtc": "2025-01-01T00:00:00Z",
        "platformVersion": "mtv1",
        **_shown_identity(made),
    }


def _vault(made: Made) -> Values:
    """A secret's value is never in an answer of Azure's: what is kept of it are the inputs."""
    return {
        "properties": {"vaultUri": f"https://{made['vaultName']}.vault.azure.net/", "provisioningState": "Succeeded"}
    }


def _secret(made: Made) -> Values:
    url = f"https://{made['vaultName']}.vault.azure.net:443/secrets/{made['secretName']}"
    return {"properties": {"secretUri": url, "secretUriWithVersion": f"{url}/{made.token(32, HEX)}"}}


SERVICE = "Microsoft.ApiManagement/service/{serviceName}"
ENTITY = r"[^*#&+:<>?]{1,256}"
KINDS = {
    "azure-native:resources:ResourceGroup": _resource_group(),
    "azure-native:storage:StorageAccount": kind_of(
        "Microsoft.Storage/storageAccounts/{accountName}",
        _storage_account,
        fits="[a-z0-9]{3,24}",
        replace=("isHnsEnabled",),
        located=True,
        brings=lambda made: (_account(made) + "/blobServices/default", _account(made) + "/queueServices/default"),
    ),
    "azure-native:storage:BlobContainer": kind_of(
        "Microsoft.Storage/storageAccounts/{accountName}/blobServices/default/containers/{containerName}",
        lambda made: {"hasLegalHold": False, "leaseState": "Available"},
        fits="(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]",
    ),
    "azure-native:operationalinsights:Workspace": kind_of(
        "Microsoft.OperationalInsights/workspaces/{workspaceName}",
        lambda made: {"customerId": uuid_of(made, "customer"), "provisioningState": "Succeeded"},
        fits="[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]",
        located=True,
    ),
    "azure-native:applicationinsights:Component": kind_of(
        "Microsoft.Insights/components/{resourceName}",
        _component,
        fits=r"[\w().-]{1,255}[\w()-]",
        located=True,
        needs=lambda made: (made["workspaceResourceId"],),
    ),
    "azure-native:managedidentity:UserAssignedIdentity": kind_of(
        "Microsoft.ManagedIdentity/userAssignedIdentities/{resourceName}",
        lambda made: {
            "clientId": uuid_of(made, "client"),
            "principalId": uuid_of(made, "principal"),
            "tenantId": TENANT,
        },
        fits="[A-Za-z0-9][A-Za-z0-9_-]{2,127}",
        located=True,
    ),
    "azure-native:authorization:RoleAssignment": _role_assignment(),
    "azure-native:web:AppServicePlan": kind_of(
        "Microsoft.Web/serverfarms/{name}",
        lambda made: {"provisioningState": "Succeeded", "status": "Ready"},
        fits=r"[\w-]{1,60}",
        located=True,
    ),
    "azure-native:web:WebApp": kind_of(
        "Microsoft.Web/sites/{name}",
        _web_app,
        fits="[A-Za-z0-9][A-Za-z0-9-]{0,58}[A-Za-z0-9]",
        replace=("kind",),
        located=True,
        needs=lambda made: (made["serverFarmId"], *_identities(made)),
        own=("identity",),
    ),
    "azure-native:web:WebAppScmAllowed": _switch("scm"),
    "azure-native:web:WebAppFtpAllowed": _switch("ftp"),
    "azure-native:apimanagement:ApiManagementService": kind_of(
        "Microsoft.ApiManagement/service/{serviceName}",
        _api_management,
        fits="[A-Za-z](?:[A-Za-z0-9-]{0,48}[A-Za-z0-9])?",
        located=True,
        needs=_identities,
        own=("identity",),
    ),
    "azure-native:apimanagement:Api": kind_of(
        f"{SERVICE}/apis/{{apiId}}", lambda made: {"isOnline": True, "provisioningState": "Succeeded"}, fits=ENTITY
    ),
    "azure-native:apimanagement:ApiPolicy": kind_of(f"{SERVICE}/apis/{{apiId}}/policies/{{policyId}}", named=False),
    "azure-native:apimanagement:ApiDiagnostic": kind_of(
        f"{SERVICE}/apis/{{apiId}}/diagnostics/{{diagnosticId}}", needs=lambda made: (made["loggerId"],)
    ),
    "azure-native:apimanagement:Policy": kind_of(f"{SERVICE}/policies/{{policyId}}", named=False),
    "azure-native:apimanagement:Diagnostic": kind_of(
        f"{SERVICE}/diagnostics/{{diagnosticId}}", needs=lambda made: (made["loggerId"],)
    ),
    "azure-native:apimanagement:Backend": kind_of(f"{SERVICE}/backends/{{backendId}}", fits=".{1,80}"),
    "azure-native:apimanagement:Logger": kind_of(f"{SERVICE}/loggers/{{loggerId}}", fits=ENTITY),
    "azure-native:apimanagement:NamedValue": kind_of(
        f"{SERVICE}/namedValues/{{namedValueId}}",
        lambda made: {"provisioningState": "Succeeded"},
        fits=r"[A-Za-z0-9._-]{1,256}",
    ),
    "azure-native:apimanagement:Subscription": kind_of(
        f"{SERVICE}/subscriptions/{{sid}}", lambda made: {"createdDate": "2025-01-01T00:00:00Z"}, fits=ENTITY
    ),
    "azure-native:keyvault:Vault": kind_of(
        "Microsoft.KeyVault/vaults/{vaultName}",
        _vault,
        fits="(?!.*--)[A-Za-z][A-Za-z0-9-]{1,22}[A-Za-z0-9]",
        located=True,
    ),
    "azure-native:keyvault:Secret": kind_of(
        "Microsoft.KeyVault/vaults/{vaultName}/secrets/{secretName}", _secret, fits="[A-Za-z0-9-]{1,127}"
    ),
    **EVENT_KINDS,
}


def client_key(sid: str) -> str:
    """The primary key of a subscription of API Management, which makes it up."""
    return Made("key", sid, {}, "", "", 0).token(32, HEX)


def host_key(app: str) -> str:
    """The default function key of an app, as Azure makes it up: nobody chose it, so nothing marks it as a secret."""
    return f"{Made('key', app, {}, '', '', 0).token(54)}=="


AZURE = Package(
    "azure-native",
    KINDS,
    invokes={
        "azure-native:web:listWebAppHostKeys": lambda arguments: {
            "functionKeys": {"default": host_key(str(arguments["name"]))},
            "masterKey": host_key(f"master of {arguments['name']}"),
            "systemKeys": {},
        },
        "azure-native:apimanagement:listSubscriptionSecrets": lambda arguments: {
            "primaryKey": client_key(str(arguments["sid"])),
            "secondaryKey": client_key(f"second of {arguments['sid']}"),
        },
        "azure-native:storage:getStorageAccount": lambda arguments: {
            "name": arguments["accountName"],
            "location": LOCATION,
        },
        "azure-native:authorization:getClientConfig": lambda arguments: {
            "clientId": "04b07795-0000-4000-8000-ddb461bbeeee",
            "objectId": "3b3b3b3b-0000-4000-8000-9a9a9a9a9a9a",
            "subscriptionId": SUBSCRIPTION,
            "tenantId": TENANT,
        },
    },
    asked_of={
        "azure-native:web:listWebAppHostKeys": lambda arguments: (
            f"{group_id(arguments['resourceGroupName'])}/providers/Microsoft.Web/sites/{arguments['name']}",
        ),
        "azure-native:apimanagement:listSubscriptionSecrets": lambda arguments: (
            f"{group_id(arguments['resourceGroupName'])}/providers/Microsoft.ApiManagement/service/"
            f"{arguments['serviceName']}/subscriptions/{arguments['sid']}",
        ),
    },
    accept_secrets=False,
    configuration={"account": SUBSCRIPTION, "region": LOCATION},
)
"""The `azure-native` package, for one subscription."""
