"""The resources that an Api names, made or found, and what each function's links to them take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import storage

from ...plan.model import BucketPlan, FunctionPlan, LinkPlan, Plan, ResourceKind, TablePlan
from ...spec.targets import Azure
from ..base import Context
from . import roles
from .access import Needs, Right, TableRight
from .buckets import account_of, deploy_buckets
from .bus import deploy_bus
from .deployed import Found, Group
from .table_roles import TableRole, TableRoles
from .tables import deploy_tables

_TABLE: Mapping[str, TableRole] = {"r": "read", "w": "write", "rw": "read-write"}


@dataclass(frozen=True, slots=True)
class Resources:
    """All of an Api's, by their names in the spec."""

    found: Mapping[ResourceKind, Mapping[str, Found]]
    accounts: Mapping[str, storage.StorageAccount]
    """Those made for buckets, by their names."""
    table_roles: TableRoles

    def addresses(self) -> dict[str, dict[str, pulumi.Output[dict[str, str]]]]:
        """What the runtime reaches them by."""
        return {kind: {name: each.address for name, each in found.items()} for kind, found in self.found.items()}

    def ids(self, kind: ResourceKind) -> dict[str, pulumi.Output[str]]:
        """Name → Azure's id."""
        return {name: each.id for name, each in self.found[kind].items()}


def deploy_resources(plan: Plan, group: Group, target: Azure, context: Context) -> Resources:
    """Makes all that is not there yet."""
    queues, topics = deploy_bus(plan, group, target, context)
    buckets, accounts = deploy_buckets(plan, group, target, context)
    tables = deploy_tables(plan, group, target, context)
    found: dict[ResourceKind, Mapping[str, Found]] = {
        "queue": queues, "topic": topics, "bucket": buckets, "table": tables
    }  # fmt: skip
    return Resources(found, accounts, TableRoles(context))


def linked(plan: Plan, function: FunctionPlan, resources: Resources) -> list[Needs]:
    """What a function's links take: a role a resource, on that alone."""
    return [_linked(plan, link, resources) for link in function.links]


def _linked(plan: Plan, link: LinkPlan, resources: Resources) -> Needs:
    found = resources.found[link.kind][link.name]
    name = f"{link.kind}-{link.name}"
    if link.kind == "bucket":
        bucket = plan.resource("bucket", link.name)
        assert isinstance(bucket, BucketPlan)
        return Needs(rights=_bucket_rights(bucket, link, found))
    if link.kind == "table":
        table = plan.resource("table", link.name)
        assert isinstance(table, TablePlan)
        role = resources.table_roles.role(_TABLE[link.access], table, found.place)
        return Needs(tables=(TableRight(name, role, found.place),))
    return Needs(rights=(Right(name, roles.SEND, found.id),))


def _bucket_rights(bucket: BucketPlan, link: LinkPlan, found: Found) -> tuple[Right, ...]:
    """Those on the container, and, for signed urls, the one to ask the account for a key."""
    name = f"bucket-{bucket.name}"
    if link.write:
        own = Right(f"{name}-write", roles.WRITE_BLOBS, found.id, None if link.read else roles.NO_READING)
    else:
        own = Right(f"{name}-read", roles.READ_BLOBS, found.id)
    return own, Right(f"urls-{account_of(bucket)}", roles.DELEGATE, found.place.apply(lambda at: at.home_id))
