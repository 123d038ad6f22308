"""Tables of DynamoDB, on demand: paid by the call, nothing while idle but what is stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_aws import dynamodb

from ...errors import Problem, SpecError
from ...plan.model import ChangePlan, Plan, TablePlan
from ..base import Context, given
from .refs import table_name

NAME = 64
IMAGES = "NEW_AND_OLD_IMAGES"
"""What a change of a table must tell: the item as it was and as it is."""


def deploy_tables(plan: Plan, context: Context) -> dict[str, dynamodb.Table]:
    """Makes every table that is not there already, by name; with a stream where its changes start something."""
    changing = {event.source for event in plan.events if isinstance(event, ChangePlan)}
    return {table.name: _table(table, table.name in changing, context) for table in plan.tables if table.ref is None}


def _table(table: TablePlan, changing: bool, context: Context) -> dynamodb.Table:
    keys = dict.fromkeys(key for keys in table.indexes.values() for key in keys)
    attributes = dict.fromkeys((table.key, *([table.sort_key] if table.sort_key else []), *keys))
    kept = True if table.protect else None
    return dynamodb.Table(
        context.child(table.name, NAME),
        billing_mode="PAY_PER_REQUEST",
        hash_key=table.key,
        range_key=table.sort_key,
        attributes=[dynamodb.TableAttributeArgs(name=name, type="S") for name in attributes],
        global_secondary_indexes=[_index(name, keys) for name, keys in table.indexes.items()] or None,
        ttl=dynamodb.TableTtlArgs(attribute_name=table.ttl, enabled=True) if table.ttl else None,
        stream_enabled=True if changing else None,
        stream_view_type=IMAGES if changing else None,
        point_in_time_recovery=dynamodb.TablePointInTimeRecoveryArgs(enabled=True) if table.protect else None,
        deletion_protection_enabled=kept,
        tags=context.tags,
        opts=context.options(protect=kept),
    )


def _index(name: str, keys: tuple[str, ...]) -> dynamodb.TableGlobalSecondaryIndexArgs:
    return dynamodb.TableGlobalSecondaryIndexArgs(
        name=name,
        key_schemas=[
            dynamodb.TableGlobalSecondaryIndexKeySchemaArgs(attribute_name=attribute, key_type=key_type)
            for attribute, key_type in zip(keys, ("HASH", "RANGE"), strict=False)
        ],
        projection_type="ALL",
    )


def existing_stream(table: TablePlan, context: Context) -> pulumi.Output[str]:
    """The ARN of the stream of a table that is there already. Raises `SpecError` where it has none that tells all."""
    from pulumi_aws.dynamodb.get_table import get_table_output  # of the package itself, all of it would be loaded

    assert table.ref is not None
    name = pulumi.Output.from_input(given(table.ref)).apply(table_name)
    found = get_table_output(name=name, opts=pulumi.InvokeOutputOptions(parent=context.parent))
    return found.apply(lambda known: _checked(table, known))


def _checked(table: TablePlan, known: Any) -> str:
    view = known.stream_view_type
    if known.stream_arn and view == IMAGES:
        return str(known.stream_arn)
    what = f"its stream tells {view} alone" if known.stream_arn else "it has no stream"
    fix = f"let its owner turn on a stream of {IMAGES}: `aws dynamodb update-table --table-name {known.name} "
    fix += f"--stream-specification StreamEnabled=true,StreamViewType={IMAGES}`"
    raise SpecError([Problem(table.where, f"changes of {table.name!r} can't start anything: {what}", fix)])


def streams(plan: Plan, tables: Mapping[str, dynamodb.Table], context: Context) -> dict[str, pulumi.Output[str]]:
    """The ARN of each table's stream whose changes start something, by the table's name."""
    changing = {event.source for event in plan.events if isinstance(event, ChangePlan)}
    return {
        table.name: tables[table.name].stream_arn if table.name in tables else existing_stream(table, context)
        for table in plan.tables
        if table.name in changing
    }
