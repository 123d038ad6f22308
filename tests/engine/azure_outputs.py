"""What Azure adds to the resources of pulumi-azure-native: the table of the stand-in provider.

Property names are those of the SDK (a test holds the table to it). How the provider behaves is as its own source says
(pulumi/pulumi-azure-native): it names the last part of a path (`AutoNamer`: at random what lies directly in a resource
group, after the logical name what lies deeper, a role assignment by a UUID); every part of the path replaces, and
beyond it what `forceNewMap` lists; all but what it named at random is deleted before it is made anew; it sees no
secrets, so that the engine keeps them by the names of the inputs. What names may look like is as Azure's page "Naming
rules and restrictions for Azure resources" says. A resource that is new to the project needs a row here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from tests.engine.kinds import Kind, Made, Naming, Package, Values
from tests.engine.wire import UNKNOWN

SUBSCRIPTION = "0c5a4a2e-0000-4000-8000-5d5d5d5d5d5d"
TENANT = "7e7e7e7e-0000-4000-8000-1b1b1b1b1b1b"
LOCATION = "westeurope"
HEX = "0123456789abcdef"


def _group(name: object) -> str:
    return f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{name}"


def _uuid(made: Made, what: str) -> str:
    digits = Made(made.type, f"{made.logical} {what}", made.inputs, "", "", made.serial).token(32, HEX)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _kind(
    path: str,
    outputs: Callable[[Made], Values] = lambda made: {},
    *,
    naming: Naming | None = None,
    fits: str | None = None,
    replace: Collection[str] = (),
    located: bool = False,
    needs: Callable[[Made], Iterable[str | None]] = lambda made: (),
    brings: Callable[[Made], Iterable[str]] = lambda made: (),
    own: Collection[str] = (),
    named: bool = True,
) -> Kind:
    """A row. `path` is what follows the resource group in an id: "Microsoft.Web/sites/{name}", each brace an input;
    the last is the one that is named. `named`: the provider names it; else the program must."""
    parts = path.split("/")
    inputs = [part[1:-1] for part in parts if part.startswith("{")]

    def id(made: Made) -> str:
        filled = (str(made[part[1:-1]]) if part.startswith("{") else part for part in parts)
        return f"{_group(made['resourceGroupName'])}/providers/{'/'.join(filled)}"

    def before(made: Made) -> Iterable[str | None]:
        inner = id(made).rpartition("/")[0].rpartition("/")[0]
        return (inner if len(inputs) > 1 else _group(made["resourceGroupName"]), *needs(made))

    def all_outputs(made: Made) -> Values:
        where = {"location": made["location"] or LOCATION} if located else {}
        kind = "/".join(part for part in parts if not part.startswith("{") and part != "default")
        return {"name": made[inputs[-1]], "type": kind, "azureApiVersion": "2025-05-01", **where, **outputs(made)}

    chosen: Naming = naming or ("random" if len(inputs) == 1 else "copy")
    fixed = frozenset((*inputs, "resourceGroupName", *replace, *(("location",) if located else ())))
    return Kind(
        id,
        all_outputs,
        inputs[-1] if named else None,
        fixed - ({inputs[-1]} if named else set()),
        naming=chosen,
        fits={inputs[-1]: fits} if fits else {},
        gone_first=True,
        located=located,
        forgets=True,
        needs=before,
        brings=brings,
        own=frozenset(own),
    )


def _resource_group() -> Kind:
    return Kind(
        lambda made: _group(made["resourceGroupName"]),
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
    own = {"principalId": _uuid(made, "principal"), "tenantId": TENANT}
    kind, chosen = str(made.at("identity", "type")), list(_identities(made))
    ours = {id: {"clientId": _uuid(made, f"client {id}"), "principalId": _uuid(made, id)} for id in chosen if id}
    by_id = {"userAssignedIdentities": ours} if ours else {}
    return {"identity": {"type": kind, **by_id, **(own if "SystemAssigned" in kind else {})}}


def _account(made: Made) -> str:
    return f"{_group(made['resourceGroupName'])}/providers/Microsoft.Storage/storageAccounts/{made['accountName']}"


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
        return f"{_group(made['resourceGroupName'])}/providers/Microsoft.Web/sites/{made['name']}"

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
    key, app = _uuid(made, "key"), _uuid(made, "app")
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
    "azure-native:storage:StorageAccount": _kind(
        "Microsoft.Storage/storageAccounts/{accountName}",
        _storage_account,
        fits="[a-z0-9]{3,24}",
        replace=("isHnsEnabled",),
        located=True,
        brings=lambda made: (_account(made) + "/blobServices/default",),
    ),
    "azure-native:storage:BlobContainer": _kind(
        "Microsoft.Storage/storageAccounts/{accountName}/blobServices/default/containers/{containerName}",
        lambda made: {"hasLegalHold": False, "leaseState": "Available"},
        fits="(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]",
    ),
    "azure-native:operationalinsights:Workspace": _kind(
        "Microsoft.OperationalInsights/workspaces/{workspaceName}",
        lambda made: {"customerId": _uuid(made, "customer"), "provisioningState": "Succeeded"},
        fits="[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]",
        located=True,
    ),
    "azure-native:applicationinsights:Component": _kind(
        "Microsoft.Insights/components/{resourceName}",
        _component,
        fits=r"[\w().-]{1,255}[\w()-]",
        located=True,
        needs=lambda made: (made["workspaceResourceId"],),
    ),
    "azure-native:managedidentity:UserAssignedIdentity": _kind(
        "Microsoft.ManagedIdentity/userAssignedIdentities/{resourceName}",
        lambda made: {
            "clientId": _uuid(made, "client"),
            "principalId": _uuid(made, "principal"),
            "tenantId": TENANT,
        },
        fits="[A-Za-z0-9][A-Za-z0-9_-]{2,127}",
        located=True,
    ),
    "azure-native:authorization:RoleAssignment": _role_assignment(),
    "azure-native:web:AppServicePlan": _kind(
        "Microsoft.Web/serverfarms/{name}",
        lambda made: {"provisioningState": "Succeeded", "status": "Ready"},
        fits=r"[\w-]{1,60}",
        located=True,
    ),
    "azure-native:web:WebApp": _kind(
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
    "azure-native:apimanagement:ApiManagementService": _kind(
        "Microsoft.ApiManagement/service/{serviceName}",
        _api_management,
        fits="[A-Za-z](?:[A-Za-z0-9-]{0,48}[A-Za-z0-9])?",
        located=True,
        needs=_identities,
        own=("identity",),
    ),
    "azure-native:apimanagement:Api": _kind(
        f"{SERVICE}/apis/{{apiId}}", lambda made: {"isOnline": True, "provisioningState": "Succeeded"}, fits=ENTITY
    ),
    "azure-native:apimanagement:ApiPolicy": _kind(f"{SERVICE}/apis/{{apiId}}/policies/{{policyId}}", named=False),
    "azure-native:apimanagement:ApiDiagnostic": _kind(
        f"{SERVICE}/apis/{{apiId}}/diagnostics/{{diagnosticId}}", needs=lambda made: (made["loggerId"],)
    ),
    "azure-native:apimanagement:Policy": _kind(f"{SERVICE}/policies/{{policyId}}", named=False),
    "azure-native:apimanagement:Diagnostic": _kind(
        f"{SERVICE}/diagnostics/{{diagnosticId}}", needs=lambda made: (made["loggerId"],)
    ),
    "azure-native:apimanagement:Backend": _kind(f"{SERVICE}/backends/{{backendId}}", fits=".{1,80}"),
    "azure-native:apimanagement:Logger": _kind(f"{SERVICE}/loggers/{{loggerId}}", fits=ENTITY),
    "azure-native:apimanagement:NamedValue": _kind(
        f"{SERVICE}/namedValues/{{namedValueId}}",
        lambda made: {"provisioningState": "Succeeded"},
        fits=r"[A-Za-z0-9._-]{1,256}",
    ),
    "azure-native:apimanagement:Subscription": _kind(
        f"{SERVICE}/subscriptions/{{sid}}", lambda made: {"createdDate": "2025-01-01T00:00:00Z"}, fits=ENTITY
    ),
    "azure-native:keyvault:Vault": _kind(
        "Microsoft.KeyVault/vaults/{vaultName}",
        _vault,
        fits="(?!.*--)[A-Za-z][A-Za-z0-9-]{1,22}[A-Za-z0-9]",
        located=True,
    ),
    "azure-native:keyvault:Secret": _kind(
        "Microsoft.KeyVault/vaults/{vaultName}/secrets/{secretName}", _secret, fits="[A-Za-z0-9-]{1,127}"
    ),
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
        "azure-native:authorization:getClientConfig": lambda arguments: {
            "clientId": "04b07795-0000-4000-8000-ddb461bbeeee",
            "objectId": "3b3b3b3b-0000-4000-8000-9a9a9a9a9a9a",
            "subscriptionId": SUBSCRIPTION,
            "tenantId": TENANT,
        },
    },
    asked_of={
        "azure-native:web:listWebAppHostKeys": lambda arguments: (
            f"{_group(arguments['resourceGroupName'])}/providers/Microsoft.Web/sites/{arguments['name']}",
        ),
        "azure-native:apimanagement:listSubscriptionSecrets": lambda arguments: (
            f"{_group(arguments['resourceGroupName'])}/providers/Microsoft.ApiManagement/service/"
            f"{arguments['serviceName']}/subscriptions/{arguments['sid']}",
        ),
    },
    accept_secrets=False,
    configuration={"account": SUBSCRIPTION, "region": LOCATION},
)
"""The `azure-native` package, for one subscription."""
