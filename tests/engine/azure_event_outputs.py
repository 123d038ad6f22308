"""What Azure adds to the resources that events and links take: further rows of the stand-in's table."""

from __future__ import annotations

from collections.abc import Iterable

from tests.engine.azure_kind import TENANT, group_id, kind_of, uuid_of
from tests.engine.kinds import Kind, Made, Values

STORAGE = "Microsoft.Storage/storageAccounts/{accountName}"
BUS = "Microsoft.ServiceBus/namespaces/{namespaceName}"
COSMOS = "Microsoft.DocumentDB/databaseAccounts/{accountName}"
ENTITY = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,258}[A-Za-z0-9])?"
UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def _namespace(made: Made) -> Values:
    return {
        "serviceBusEndpoint": f"https://{made['namespaceName']}.servicebus.windows.net:443/",
        "provisioningState": "Succeeded",
        "status": "Active",
    }


def _system_topic(made: Made) -> Values:
    kind = {"type": made.at("identity", "type"), "principalId": uuid_of(made, "principal"), "tenantId": TENANT}
    return {"identity": kind, "metricResourceId": uuid_of(made, "metrics"), "provisioningState": "Succeeded"}


def _destination(made: Made) -> Iterable[str | None]:
    """The queue that events go to."""
    to = made.at("deliveryWithResourceIdentity", "destination") or {}
    return (f"{to.get('resourceId')}/queueServices/default/queues/{to.get('queueName')}",)


def _forwards(made: Made) -> Iterable[str | None]:
    """The queue that Service Bus forwards to must be there."""
    if not made["forwardDeadLetteredMessagesTo"]:
        return ()
    namespace = (
        f"{group_id(made['resourceGroupName'])}/providers/Microsoft.ServiceBus/namespaces/{made['namespaceName']}"
    )
    return (f"{namespace}/queues/{made['forwardDeadLetteredMessagesTo']}",)


def _account(made: Made) -> Values:
    name = made["accountName"]
    return {"documentEndpoint": f"https://{name}.documents.azure.com:443/", "provisioningState": "Succeeded"}


def _scope(made: Made) -> Iterable[str | None]:
    """A container's path within Cosmos DB, as Resource Manager writes it."""
    return (
        str(made["scope"]).replace("/dbs/", "/sqlDatabases/").replace("/colls/", "/containers/"),
        made["roleDefinitionId"],
    )


def _default_rule() -> Kind:
    """The rule that a subscription has from its start: made, it is set; deleted, set back."""

    def subscription(made: Made) -> str:
        namespace = (
            f"{group_id(made['resourceGroupName'])}/providers/Microsoft.ServiceBus/namespaces/{made['namespaceName']}"
        )
        return f"{namespace}/topics/{made['topicName']}/subscriptions/{made['subscriptionName']}"

    return Kind(
        lambda made: f"{subscription(made)}/rules/$Default",
        lambda made: {"name": "$Default", "type": "Microsoft.ServiceBus/namespaces/topics/subscriptions/rules"},
        replace=frozenset({"namespaceName", "resourceGroupName", "subscriptionName", "topicName"}),
        gone_first=True,
        forgets=True,
        needs=lambda made: (subscription(made),),
    )


def _lock() -> Kind:
    """Azure deletes nothing that a lock stands on."""
    return Kind(
        lambda made: f"{made['scope']}/providers/Microsoft.Authorization/locks/{made['lockName']}",
        lambda made: {"name": made["lockName"], "type": "Microsoft.Authorization/locks"},
        "lockName",
        frozenset({"scope"}),
        naming="copy",
        gone_first=True,
        forgets=True,
        needs=lambda made: (made["scope"],),
        holds=lambda made: (made["scope"],),
    )


EVENT_KINDS = {
    "azure-native:authorization:ManagementLockByScope": _lock(),
    "azure-native:cosmosdb:DatabaseAccount": kind_of(
        COSMOS, _account, fits="[a-z0-9](?:[a-z0-9-]{1,42}[a-z0-9])", located=True
    ),
    "azure-native:cosmosdb:SqlResourceSqlDatabase": kind_of(
        f"{COSMOS}/sqlDatabases/{{databaseName}}", fits="[^/?#]{1,255}", located=True
    ),
    "azure-native:cosmosdb:SqlResourceSqlContainer": kind_of(
        f"{COSMOS}/sqlDatabases/{{databaseName}}/containers/{{containerName}}", fits="[^/?#]{1,255}", located=True
    ),
    "azure-native:cosmosdb:SqlResourceSqlRoleDefinition": kind_of(
        f"{COSMOS}/sqlRoleDefinitions/{{roleDefinitionId}}", fits=UUID
    ),
    "azure-native:cosmosdb:SqlResourceSqlRoleAssignment": kind_of(
        f"{COSMOS}/sqlRoleAssignments/{{roleAssignmentId}}", fits=UUID, needs=_scope
    ),
    "azure-native:eventgrid:SystemTopic": kind_of(
        "Microsoft.EventGrid/systemTopics/{systemTopicName}",
        _system_topic,
        fits="[A-Za-z0-9-]{3,128}",
        replace=("source", "topicType"),
        located=True,
        needs=lambda made: (made["source"],),
        own=("identity",),
    ),
    "azure-native:eventgrid:SystemTopicEventSubscription": kind_of(
        "Microsoft.EventGrid/systemTopics/{systemTopicName}/eventSubscriptions/{eventSubscriptionName}",
        lambda made: {"provisioningState": "Succeeded"},
        fits="[A-Za-z0-9-]{3,64}",
        needs=_destination,
    ),
    "azure-native:servicebus:Namespace": kind_of(
        BUS, _namespace, fits="(?!.*(?:-sb|-mgmt)$)[A-Za-z][A-Za-z0-9-]{4,48}[A-Za-z0-9]", located=True
    ),
    "azure-native:servicebus:Queue": kind_of(
        f"{BUS}/queues/{{queueName}}",
        lambda made: {"status": "Active"},
        fits=ENTITY,
        replace=("requiresSession",),
        needs=_forwards,
    ),
    "azure-native:servicebus:Topic": kind_of(
        f"{BUS}/topics/{{topicName}}", lambda made: {"status": "Active"}, fits=ENTITY
    ),
    "azure-native:servicebus:Subscription": kind_of(
        f"{BUS}/topics/{{topicName}}/subscriptions/{{subscriptionName}}",
        lambda made: {"status": "Active"},
        fits=r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,48}[A-Za-z0-9])?",
        needs=_forwards,
    ),
    "azure-native:servicebus:DefaultRule": _default_rule(),
    "azure-native:storage:BlobServiceProperties": kind_of(f"{STORAGE}/blobServices/{{blobServicesName}}", named=False),
    "azure-native:storage:ManagementPolicy": kind_of(
        f"{STORAGE}/managementPolicies/{{managementPolicyName}}", named=False
    ),
    "azure-native:storage:Queue": kind_of(
        f"{STORAGE}/queueServices/default/queues/{{queueName}}",
        lambda made: {"approximateMessageCount": 0},
        fits="(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]",
    ),
}
