"""Tables, in Firestore: a database each, since IAM tells databases apart and not collections ("Configure database
access": a condition on `resource.name`).

An item is a document of the collection `items`: `item` is all of it as JSON text (Firestore takes neither arrays
within arrays nor names like `__x__`), beside what is looked for: `key`, `sort`, `a_<attribute>` for each attribute that
an index names, `version`, and `expires`, by which Firestore deletes it. The drivers of links, `runtime.links.gcp`,
write them so, and `runtime.entry.gcp_changes` reads them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pulumi
from pulumi_gcp import firestore

from ...plan.model import TablePlan
from ..base import Context
from .deployed import Place

COLLECTION = "items"
NAME = 55
"""Characters of a database's logical name: its id takes 63, of which Pulumi's suffix uses 8."""
PART = 100
KEY, SORT, ITEM, VERSION, EXPIRES = "key", "sort", "item", "version", "expires"


def deploy_table(
    table: TablePlan, place: Place, enabled: Sequence[pulumi.Resource], context: Context
) -> tuple[firestore.Database, list[pulumi.Resource]]:
    """The database, and what must be there before it is asked: its indexes. What it held can be had back for a week
    ("Point-in-time recovery")."""
    database = firestore.Database(
        context.child(table.name, NAME),
        location_id=place.region,
        type="FIRESTORE_NATIVE",
        database_edition="STANDARD",
        point_in_time_recovery_enablement="POINT_IN_TIME_RECOVERY_ENABLED",
        delete_protection_state="DELETE_PROTECTION_ENABLED" if table.protect else "DELETE_PROTECTION_DISABLED",
        deletion_policy="DELETE",  # else it would be left behind when the stack goes
        project=place.project,
        opts=context.options(depends_on=enabled, protect=table.protect),
    )
    indexes: list[pulumi.Resource] = [
        _index(table, fields, order, database, context)
        for fields in composite(table)
        for order in ("ASCENDING", "DESCENDING")
    ]
    unindexed = [_unindexed(table, name, database, context) for name in (ITEM, VERSION)]
    if table.ttl is not None:
        unindexed.append(_unindexed(table, EXPIRES, database, context))
    return database, [*indexes, *unindexed]


def composite(table: TablePlan) -> Iterator[tuple[str, str]]:
    """Pairs of fields by which items of one key are read in order; what has a key alone needs no index but Firestore's
    own. Two indexes of the same attributes are one."""
    pairs = [(KEY, SORT)] if table.sort_key is not None else []
    pairs += [(f"a_{keys[0]}", f"a_{keys[1]}") for keys in table.indexes.values() if len(keys) == 2]
    yield from dict.fromkeys(pairs)


def _index(
    table: TablePlan, fields: tuple[str, str], order: str, database: firestore.Database, context: Context
) -> firestore.Index:
    """One a direction: a query that goes backwards needs its own ("Index types", composite indexes)."""
    return firestore.Index(
        context.child(f"{table.name}.{'.'.join(fields)}.{order[:3].lower()}", PART),
        database=database.name,
        collection=COLLECTION,
        fields=[
            firestore.IndexFieldArgs(field_path=fields[0], order="ASCENDING"),
            firestore.IndexFieldArgs(field_path=fields[1], order=order),
        ],
        project=database.project,
        opts=context.options(),
    )


def _unindexed(table: TablePlan, field: str, database: firestore.Database, context: Context) -> firestore.Field:
    """A field that nobody asks by: an index of it would cost writes, and of growing times slow them down ("Best
    practices", hotspots). `expires` is the one by which Firestore deletes ("Manage data retention with TTL policies").
    """
    return firestore.Field(
        context.child(f"{table.name}.{field}", PART),
        database=database.name,
        collection=COLLECTION,
        field=field,
        index_config=firestore.FieldIndexConfigArgs(),
        ttl_config=firestore.FieldTtlConfigArgs() if field == EXPIRES else None,
        project=database.project,
        opts=context.options(),
    )
