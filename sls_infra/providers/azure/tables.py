"""Tables: a Cosmos DB account of the Api's own, serverless and without keys, and a container a table.

What stands in a container is as `runtime.links.azure.documents` has it: an envelope with `key` (the partition's),
`sort`, `expires` and `indexes`, which are indexed, and the item itself, which is not.
"""

from __future__ import annotations

import pulumi
from pulumi_azure_native import authorization, cosmosdb

from ...plan.model import Plan, TablePlan
from ...plan.names import canonical
from ...spec.targets import Azure
from ..base import Context
from .deployed import Found, Group, found_at
from .existing import Place

NAME = 36
"""Characters of a logical name: an account's takes 44, of which Pulumi's suffix uses 8."""
CONTAINER = 255
INDEXED = ("/key/?", "/sort/?", "/expires/?", "/indexes/*")


def deploy_tables(plan: Plan, group: Group, target: Azure, context: Context) -> dict[str, Found]:
    """Makes those that are not there yet; finds the others."""
    made: dict[str, Found] = {}
    own = [table for table in plan.tables if table.ref is None]
    if own:
        protected = any(table.protect for table in own)
        account = _account(group, target, protected, context)
        database = cosmosdb.SqlResourceSqlDatabase(
            context.own(NAME),
            resource_group_name=group.name,
            account_name=account.name,
            database_name=context.own(NAME),
            resource=cosmosdb.SqlDatabaseResourceArgs(id=context.own(NAME)),
            opts=context.options(protect=protected or None),
        )
        made = {table.name: _container(table, account, database, group, context) for table in own}
    return {table.name: made.get(table.name) or found_at("table", table) for table in plan.tables}


def _account(group: Group, target: Azure, protected: bool, context: Context) -> cosmosdb.DatabaseAccount:
    return cosmosdb.DatabaseAccount(
        context.own(NAME),
        resource_group_name=group.name,
        location=target.location,
        kind="GlobalDocumentDB",
        database_account_offer_type=cosmosdb.DatabaseAccountOfferType.STANDARD,
        capabilities=[cosmosdb.CapabilityArgs(name="EnableServerless")],
        locations=[cosmosdb.LocationArgs(location_name=group.group.location, failover_priority=0)],
        # `get` promises what was written last, whichever instance wrote it: a session's consistency ends at one.
        consistency_policy=cosmosdb.ConsistencyPolicyArgs(
            default_consistency_level=cosmosdb.DefaultConsistencyLevel.STRONG
        ),
        backup_policy=cosmosdb.ContinuousModeBackupPolicyArgs(
            type="Continuous",
            continuous_mode_properties=cosmosdb.ContinuousModePropertiesArgs(tier="Continuous7Days"),
        ),
        disable_local_auth=True,
        disable_key_based_metadata_write_access=True,
        minimal_tls_version="Tls12",
        tags=context.tags,
        opts=context.options(protect=protected or None),
    )


def _container(
    table: TablePlan,
    account: cosmosdb.DatabaseAccount,
    database: cosmosdb.SqlResourceSqlDatabase,
    group: Group,
    context: Context,
) -> Found:
    name = canonical(table.name)
    container = cosmosdb.SqlResourceSqlContainer(
        context.child(table.name, CONTAINER),
        resource_group_name=group.name,
        account_name=account.name,
        database_name=database.name,
        container_name=name,
        resource=cosmosdb.SqlContainerResourceArgs(
            id=name,
            # Version 2 hashes the whole of a key; 1 its first 101 bytes (Cosmos DB: "Large partition keys").
            partition_key=cosmosdb.ContainerPartitionKeyArgs(paths=["/key"], kind="Hash", version=2),
            default_ttl=-1,  # items that say when end, others stay
            indexing_policy=cosmosdb.IndexingPolicyArgs(
                indexing_mode="consistent",
                automatic=True,
                included_paths=[cosmosdb.IncludedPathArgs(path=path) for path in INDEXED],
                excluded_paths=[cosmosdb.ExcludedPathArgs(path=path) for path in ("/*", '/"_etag"/?')],
            ),
        ),
        opts=context.options(protect=table.protect or None),
    )
    if table.protect:
        # Roles within Cosmos DB stand beside the container, so that a lock on it keeps nobody from taking them back.
        authorization.ManagementLockByScope(
            context.child(f"{table.name}-lock", 90),
            scope=container.id,
            lock_name="protect",
            level=authorization.LockLevel.CAN_NOT_DELETE,
            notes=f"protect=True of the table {table.name}",
            opts=context.options(),
        )
    return found_at("table", table, container.id)


def deploy_leases(name: str, table: pulumi.Output[Place], context: Context) -> pulumi.Output[Place]:
    """A container in which one event source keeps how far it has read a table: in the table's database."""
    logical = context.child(name, CONTAINER)
    container = cosmosdb.SqlResourceSqlContainer(
        logical,
        resource_group_name=table.apply(lambda at: at.group),
        account_name=table.apply(lambda at: at.home),
        database_name=table.apply(lambda at: at.database),
        container_name=logical,
        resource=cosmosdb.SqlContainerResourceArgs(
            id=logical,
            partition_key=cosmosdb.ContainerPartitionKeyArgs(paths=["/id"], kind="Hash", version=2),
        ),
        opts=context.options(),
    )
    return pulumi.Output.all(table, container.name).apply(lambda of: _beside(of[0], of[1]))


def _beside(table: Place, name: str) -> Place:
    id = f"{table.id[: table.id.rindex('/') + 1]}{name}"
    return Place("table", id, table.group, table.home, name, table.database)
