"""Event sources: what each one comes by, and what the app of its function needs for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, assert_never

import pulumi

from ...plan.model import ChangePlan, EventPlan, MessagePlan, Plan, SchedulePlan, TablePlan, UploadPlan
from ..base import Context
from . import roles
from .access import Connection, Needs, Right, TableRight
from .bus import dead_end
from .deployed import Found, Group
from .subscriptions import deploy_subscription
from .tables import deploy_leases
from .timers import ncrontab
from .uploads import Uploads, deploy_uploads

if TYPE_CHECKING:
    from .resources import Resources

BUS, UPLOADS = "SLS_BUS", "SLS_UPLOADS"
"""Prefixes of connections: of the Api's own namespace, and of the account of its functions."""


@dataclass(frozen=True, slots=True)
class Source:
    """One event source."""

    needs: Needs
    told: Mapping[str, Any]
    """What the runtime must know of it: see `deployed_values`."""


def deploy_events(plan: Plan, resources: Resources, group: Group, context: Context) -> dict[str, Source]:
    """Makes what they come by. Event source → what it takes."""
    uploads = deploy_uploads(plan, resources.found["bucket"], resources.accounts, group, context)
    return {event.name: _source(plan, event, resources, uploads, group, context) for event in plan.events}


def setting(name: str, part: str = "") -> str:
    """The app setting that a trigger takes a name from."""
    return f"SLS_EVENT_{_words(name)}{part}"


def _source(
    plan: Plan,
    event: EventPlan,
    resources: Resources,
    uploads: Mapping[str, Uploads],
    group: Group,
    context: Context,
) -> Source:
    dead = resources.found["queue"][event.dead_letter]
    told: dict[str, Any] = {"dead_letter": dead.address}
    buries = Right(f"queue-{event.dead_letter}", roles.SEND, dead.id)
    match event:
        case SchedulePlan():
            settings = {setting(event.name): ncrontab(event.cron, event.timezone)}
            return Source(Needs(rights=(buries,), settings=settings), told)
        case MessagePlan():
            return _messages(plan, event, resources, buries, told, context)
        case UploadPlan():
            return Source(_uploads(event, resources, uploads[event.name], buries, group), told)
        case ChangePlan():
            return Source(_changes(plan, event, resources, buries, context), told)
        case _:
            assert_never(event)


def _messages(
    plan: Plan, event: MessagePlan, resources: Resources, buries: Right, told: dict[str, Any], context: Context
) -> Source:
    source = resources.found[event.kind][event.source]
    prefix = BUS
    if plan.resource(event.kind, event.source).ref is not None:  # in a namespace of its own
        prefix = told["connection"] = f"{BUS}_{_words(event.name)}"
    connection = Connection(prefix, "fullyQualifiedNamespace", source.address.apply(lambda of: of["namespace"]))
    path = source.place.apply(lambda at: at.name)
    settings: dict[str, pulumi.Input[str]] = {setting(event.name): path}
    scope = source.id
    if event.kind == "topic":
        end = dead_end(plan, event)
        forward: Found | None = None if end is None else resources.found["queue"][end]
        subscription = deploy_subscription(event, source, forward, context)
        settings = {setting(event.name, "_TOPIC"): path, setting(event.name, "_SUBSCRIPTION"): subscription.name}
        scope = subscription.id
    receives = Right(f"receive-{event.name}", roles.RECEIVE, scope)
    return Source(Needs((receives, buries), connections=(connection,), settings=settings), told)


def _uploads(event: UploadPlan, resources: Resources, uploads: Uploads, buries: Right, group: Group) -> Needs:
    bucket = resources.found["bucket"][event.source]
    where = group.storage.primary_endpoints.queue
    return Needs(
        rights=(
            Right(f"receive-{event.name}", roles.DEQUEUE, uploads.queue.id),
            Right(f"poison-{event.name}", roles.ENQUEUE, uploads.poison.id),
            Right(f"bucket-{event.source}-read", roles.READ_BLOBS, bucket.id),
            buries,
        ),
        connections=(Connection(UPLOADS, "queueServiceUri", where),),
        settings={setting(event.name): uploads.queue.name},
        ready=(uploads.queue, uploads.poison),
    )


def _changes(plan: Plan, event: ChangePlan, resources: Resources, buries: Right, context: Context) -> Needs:
    table = plan.resource("table", event.source)
    assert isinstance(table, TablePlan)
    at = resources.found["table"][event.source].place
    endpoint = at.apply(lambda of: of.address["endpoint"])
    leases = deploy_leases(f"1-{event.name}-leases", at, context)
    known = resources.table_roles
    return Needs(
        rights=(buries,),
        tables=(
            TableRight(f"changes-{event.source}", known.role("changes", table, at), at),
            TableRight(f"leases-{event.name}", known.role("leases", table, at), leases),
        ),
        connections=(Connection(f"SLS_COSMOS_{_words(event.source)}", "accountEndpoint", endpoint),),
        settings={
            setting(event.name, "_DATABASE"): at.apply(lambda of: of.database),
            setting(event.name, "_CONTAINER"): at.apply(lambda of: of.name),
            setting(event.name, "_LEASES"): leases.apply(lambda of: of.name),
        },
    )


def _words(name: str) -> str:
    """A name in the letters of environment variables."""
    return re.sub(r"[^A-Z0-9]", "_", name.upper())
