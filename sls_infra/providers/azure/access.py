"""What a function's app needs for its links and event sources, as values: rooms say it, `function` makes it so."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pulumi

from ...plan.model import FunctionPlan
from ..base import Context
from . import roles
from .existing import Place
from .table_roles import let_into


@dataclass(frozen=True, slots=True)
class Right:
    """A role on one resource."""

    name: str
    """Tells it from the function's other ones, and stays."""
    role: str
    scope: pulumi.Output[str]
    condition: str | None = None


@dataclass(frozen=True, slots=True)
class TableRight:
    """A role within Cosmos DB, on one container."""

    name: str
    role: pulumi.Output[str]
    """The id of its definition."""
    table: pulumi.Output[Place]


@dataclass(frozen=True, slots=True)
class Connection:
    """How a trigger reaches its service: by the app's identity."""

    prefix: str
    """Of the app settings that say so."""
    setting: str
    """The one that says where: "fullyQualifiedNamespace", "queueServiceUri", "accountEndpoint"."""
    where: pulumi.Input[str]


@dataclass(frozen=True, slots=True)
class Needs:
    """Of one function."""

    rights: tuple[Right, ...] = ()
    tables: tuple[TableRight, ...] = ()
    connections: tuple[Connection, ...] = ()
    settings: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """App settings that triggers' names are taken from."""
    ready: tuple[pulumi.Resource, ...] = ()
    """What must be there before the app looks for it."""


def together(parts: Iterable[Needs]) -> Needs:
    """All of them, each right and connection once."""
    parts = tuple(parts)
    return Needs(
        rights=tuple({right.name: right for part in parts for right in part.rights}.values()),
        tables=tuple({right.name: right for part in parts for right in part.tables}.values()),
        connections=tuple({each.prefix: each for part in parts for each in part.connections}.values()),
        settings={name: value for part in parts for name, value in part.settings.items()},
        ready=tuple(resource for part in parts for resource in part.ready),
    )


def allow(
    function: FunctionPlan, needs: Needs, principal: pulumi.Output[str], context: Context
) -> list[pulumi.Resource]:
    """Gives a function's identity its rights."""
    made: list[pulumi.Resource] = [
        roles.assignment(
            _named(function, right.name, context), right.role, principal, right.scope, context, right.condition
        )
        for right in needs.rights
    ]
    made += [
        let_into(_named(function, right.name, context), right.role, principal, right.table, context)
        for right in needs.tables
    ]
    return made


def settings(needs: Needs, client: pulumi.Output[str]) -> dict[str, pulumi.Input[str]]:
    """The app settings of triggers: names, and connections by the identity with that client id (Azure Functions:
    "Identity-based connections", common properties)."""
    found: dict[str, pulumi.Input[str]] = dict(needs.settings)
    for connection in needs.connections:
        found[f"{connection.prefix}__{connection.setting}"] = connection.where
        found[f"{connection.prefix}__credential"] = "managedidentity"
        found[f"{connection.prefix}__clientId"] = client
    return found


def _named(function: FunctionPlan, name: str, context: Context) -> str:
    digest = hashlib.sha256(f"{function.name} {name}".encode()).hexdigest()[:6]
    return context.child(f"{function.name}-{name}-{digest}", 64)
