"""Roles within Cosmos DB, which are none of Azure's: defined in an account, for what each kind of access takes. Those
that every account has allow more than is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import pulumi
from pulumi_azure_native import cosmosdb

from ...plan.model import TablePlan
from ..base import Context
from . import roles
from .existing import Place

_ITEMS = "Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/items"
_CONTAINERS = "Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers"
_METADATA = "Microsoft.DocumentDB/databaseAccounts/readMetadata"
_READ = (f"{_CONTAINERS}/executeQuery", f"{_ITEMS}/read")
_WRITE = (f"{_ITEMS}/create", f"{_ITEMS}/delete", f"{_ITEMS}/read", f"{_ITEMS}/replace", f"{_ITEMS}/upsert")
TableRole = Literal["read", "write", "read-write", "changes", "leases"]
ACTIONS: Mapping[TableRole, tuple[str, ...]] = {
    "read": _READ,
    "write": _WRITE,  # one item by its key is read to write it: what is there decides on `if_version`, and `update`
    "read-write": tuple(sorted({*_READ, *_WRITE})),
    "changes": (*_READ, f"{_CONTAINERS}/readChangeFeed"),
    "leases": tuple(sorted({*_READ, *_WRITE})),
}
"""Data actions of each role, beside reading metadata (Cosmos DB: "Data plane actions reference")."""


class TableRoles:
    """The roles that are defined for an Api, each when it is first asked for. An account takes a hundred, so that one
    is for all tables of the account that the Api made."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._made: dict[tuple[str, TableRole], pulumi.Output[str]] = {}

    def role(self, role: TableRole, table: TablePlan, at: pulumi.Output[Place]) -> pulumi.Output[str]:
        """The id of the definition that a table's account has."""
        whose = "tables" if table.ref is None else table.name
        if (whose, role) not in self._made:
            self._made[whose, role] = self._defined(whose, role, table.ref is None, at)
        return self._made[whose, role]

    def _defined(self, whose: str, role: TableRole, own: bool, at: pulumi.Output[Place]) -> pulumi.Output[str]:
        def scope(place: Place) -> str:
            return place.home_id if own else f"{place.home_id}/dbs/{place.database}"

        return cosmosdb.SqlResourceSqlRoleDefinition(
            self._context.child(f"1-{whose}-{role}", 64),  # no name in a spec starts with a digit
            resource_group_name=at.apply(lambda place: place.group),
            account_name=at.apply(lambda place: place.home),
            role_definition_id=at.apply(
                lambda place: roles.stable_uuid(place.home_id, self._context.name, whose, role)
            ),
            role_name=f"{self._context.name} {whose} {role}",
            type=cosmosdb.RoleDefinitionType.CUSTOM_ROLE,
            assignable_scopes=[at.apply(scope)],
            permissions=[cosmosdb.PermissionArgs(data_actions=[_METADATA, *ACTIONS[role]])],
            opts=self._context.options(),
        ).id


def let_into(
    name: str, definition: pulumi.Output[str], principal: pulumi.Output[str], at: pulumi.Output[Place], context: Context
) -> cosmosdb.SqlResourceSqlRoleAssignment:
    """Lets an identity do what a role says with one container."""
    known = pulumi.Output.all(at, principal)
    return cosmosdb.SqlResourceSqlRoleAssignment(
        name,
        resource_group_name=at.apply(lambda place: place.group),
        account_name=at.apply(lambda place: place.home),
        role_assignment_id=known.apply(lambda of: roles.stable_uuid(of[0].data_scope, name, of[1])),
        role_definition_id=definition,
        principal_id=principal,
        scope=at.apply(lambda place: place.data_scope),
        opts=context.options(),
    )
