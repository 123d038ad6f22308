"""What Azure computes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

SUBSCRIPTION = "00000000-0000-4000-8000-000000000001"
TENANT = "00000000-0000-4000-8000-000000000002"
LOCATION = "westeurope"
SUFFIX = "0123abcd"
PROVIDERS = {
    "apimanagement": "Microsoft.ApiManagement",
    "applicationinsights": "Microsoft.Insights",
    "authorization": "Microsoft.Authorization",
    "cosmosdb": "Microsoft.DocumentDB",
    "dns": "Microsoft.Network",
    "eventgrid": "Microsoft.EventGrid",
    "keyvault": "Microsoft.KeyVault",
    "managedidentity": "Microsoft.ManagedIdentity",
    "operationalinsights": "Microsoft.OperationalInsights",
    "servicebus": "Microsoft.ServiceBus",
    "storage": "Microsoft.Storage",
    "web": "Microsoft.Web",
}
CHILDREN = {
    "azure-native:apimanagement:Api": ("service/{serviceName}/apis", "apiId"),
    "azure-native:apimanagement:ApiPolicy": ("service/{serviceName}/apis/{apiId}/policies", "policyId"),
    "azure-native:apimanagement:Backend": ("service/{serviceName}/backends", "backendId"),
    "azure-native:apimanagement:Diagnostic": ("service/{serviceName}/diagnostics", "diagnosticId"),
    "azure-native:apimanagement:Logger": ("service/{serviceName}/loggers", "loggerId"),
    "azure-native:apimanagement:NamedValue": ("service/{serviceName}/namedValues", "namedValueId"),
    "azure-native:apimanagement:Policy": ("service/{serviceName}/policies", "policyId"),
    "azure-native:apimanagement:Subscription": ("service/{serviceName}/subscriptions", "sid"),
    "azure-native:cosmosdb:SqlResourceSqlContainer": (
        "databaseAccounts/{accountName}/sqlDatabases/{databaseName}/containers",
        "containerName",
    ),
    "azure-native:cosmosdb:SqlResourceSqlDatabase": ("databaseAccounts/{accountName}/sqlDatabases", "databaseName"),
    "azure-native:cosmosdb:SqlResourceSqlRoleAssignment": (
        "databaseAccounts/{accountName}/sqlRoleAssignments",
        "roleAssignmentId",
    ),
    "azure-native:cosmosdb:SqlResourceSqlRoleDefinition": (
        "databaseAccounts/{accountName}/sqlRoleDefinitions",
        "roleDefinitionId",
    ),
    "azure-native:dns:RecordSet": ("dnszones/{zoneName}/{recordType}", "relativeRecordSetName"),
    "azure-native:keyvault:Secret": ("vaults/{vaultName}/secrets", "secretName"),
    "azure-native:eventgrid:SystemTopicEventSubscription": (
        "systemTopics/{systemTopicName}/eventSubscriptions",
        "eventSubscriptionName",
    ),
    "azure-native:servicebus:DefaultRule": (
        "namespaces/{namespaceName}/topics/{topicName}/subscriptions/{subscriptionName}/rules",
        "$Default",
    ),
    "azure-native:servicebus:Queue": ("namespaces/{namespaceName}/queues", "queueName"),
    "azure-native:servicebus:Subscription": (
        "namespaces/{namespaceName}/topics/{topicName}/subscriptions",
        "subscriptionName",
    ),
    "azure-native:servicebus:Topic": ("namespaces/{namespaceName}/topics", "topicName"),
    "azure-native:storage:BlobContainer": (
        "storageAccounts/{accountName}/blobServices/default/containers",
        "containerName",
    ),
    "azure-native:storage:BlobServiceProperties": ("storageAccounts/{accountName}/blobServices", "blobServicesName"),
    "azure-native:storage:ManagementPolicy": (
        "storageAccounts/{accountName}/managementPolicies",
        "managementPolicyName",
    ),
    "azure-native:storage:Queue": ("storageAccounts/{accountName}/queueServices/default/queues", "queueName"),
    "azure-native:web:WebAppFtpAllowed": ("sites/{name}/basicPublishingCredentialsPolicies", ""),
    "azure-native:web:WebAppScmAllowed": ("sites/{name}/basicPublishingCredentialsPolicies", ""),
}
"""Resources within others: the path to them, and the input that names them, which Pulumi does not make unique."""
TOP = {
    "azure-native:apimanagement:ApiManagementService": ("service", "serviceName"),
    "azure-native:applicationinsights:Component": ("components", "resourceName"),
    "azure-native:cosmosdb:DatabaseAccount": ("databaseAccounts", "accountName"),
    "azure-native:eventgrid:SystemTopic": ("systemTopics", "systemTopicName"),
    "azure-native:keyvault:Vault": ("vaults", "vaultName"),
    "azure-native:managedidentity:UserAssignedIdentity": ("userAssignedIdentities", "resourceName"),
    "azure-native:operationalinsights:Workspace": ("workspaces", "workspaceName"),
    "azure-native:servicebus:Namespace": ("namespaces", "namespaceName"),
    "azure-native:storage:StorageAccount": ("storageAccounts", "accountName"),
    "azure-native:web:AppServicePlan": ("serverfarms", "name"),
    "azure-native:web:WebApp": ("sites", "name"),
}


def of(type: str, name: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The computed outputs of a resource, its id among them."""
    if type == "azure-native:authorization:RoleAssignment":
        own = str(inputs.get("roleAssignmentName") or uuid.uuid5(uuid.NAMESPACE_URL, name))
        id = f"{inputs.get('scope')}/providers/Microsoft.Authorization/roleAssignments/{own}"
        return {"name": own, "id": id}
    if type == "azure-native:authorization:ManagementLockByScope":
        own = str(inputs.get("lockName") or name)
        return {"name": own, "id": f"{inputs.get('scope')}/providers/Microsoft.Authorization/locks/{own}"}
    if type in CHILDREN:
        path, named = CHILDREN[type]
        own = str(inputs.get(named) or name)
        return {"name": own, "id": f"{_home(type, inputs)}/{path.format_map(_Known(inputs))}/{own}"}
    path, named = TOP.get(type, ("", "resourceGroupName"))
    own = str(inputs.get(named) or name + SUFFIX)
    id = f"{_home(type, inputs)}/{path}/{own}" if path else f"{_SUBSCRIPTION}/resourceGroups/{own}"
    return {"name": own, "id": id, "location": inputs.get("location") or LOCATION, **_own(type, name, own, inputs)}


def shaped(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Inputs in the shape of outputs: user-assigned identities are given as a list, and come back by id."""
    identity = inputs.get("identity")
    if not isinstance(identity, Mapping) or not isinstance(identity.get("userAssignedIdentities"), (list, tuple)):
        return dict(inputs)
    known = [id for id in identity["userAssignedIdentities"] or () if isinstance(id, str)]
    return {**inputs, "identity": {**identity, "userAssignedIdentities": {id: {} for id in known}}}


def call(function: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """What a function of the provider gives."""
    if function == "azure-native:web:listWebAppHostKeys":
        return {"functionKeys": {"default": f"key-of-{arguments.get('name')}"}, "masterKey": "master", "systemKeys": {}}
    if function == "azure-native:apimanagement:listSubscriptionSecrets":
        return {"primaryKey": f"key-of-{arguments.get('sid')}", "secondaryKey": f"spare-of-{arguments.get('sid')}"}
    if function == "azure-native:storage:getStorageAccount":
        return {"name": arguments.get("accountName"), "location": "northeurope"}
    if function == "azure-native:authorization:getClientConfig":
        return {"clientId": TENANT, "objectId": TENANT, "subscriptionId": SUBSCRIPTION, "tenantId": TENANT}
    return {}


_SUBSCRIPTION = f"/subscriptions/{SUBSCRIPTION}"


class _Known(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return key


def _home(type: str, inputs: Mapping[str, Any]) -> str:
    provider = PROVIDERS.get(type.split(":")[1], "Microsoft.Resources")
    return f"{_SUBSCRIPTION}/resourceGroups/{inputs.get('resourceGroupName')}/providers/{provider}"


def _own(type: str, name: str, own: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    made = {
        word: str(uuid.uuid5(uuid.NAMESPACE_URL, f"{word}/{type}/{name}")) for word in ("principal", "client", "key")
    }
    match type:
        case "azure-native:storage:StorageAccount":
            ends = {part: f"https://{own}.{part}.core.windows.net/" for part in ("blob", "queue")}
            return {"primaryEndpoints": ends}
        case "azure-native:eventgrid:SystemTopic":
            return {"identity": {**dict(inputs.get("identity") or {}), "principalId": made["principal"]}}
        case "azure-native:keyvault:Vault":
            return {"properties": {**dict(inputs["properties"]), "vaultUri": f"https://{own}.vault.azure.net/"}}
        case "azure-native:managedidentity:UserAssignedIdentity":
            return {"principalId": made["principal"], "clientId": made["client"]}
        case "azure-native:applicationinsights:Component":
            return {"connectionString": f"InstrumentationKey={made['key']}", "instrumentationKey": made["key"]}
        case "azure-native:web:WebApp":
            return {"defaultHostName": f"{own}.azurewebsites.net", **shaped(inputs)}
        case "azure-native:apimanagement:ApiManagementService":
            identity = {**dict(inputs.get("identity") or {}), "principalId": made["principal"]}
            return {"gatewayUrl": f"https://{own}.azure-api.net", "identity": identity}
        case _:
            return {}
