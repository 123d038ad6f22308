"""What the runtime in a bundle knows of the function's event sources and links; no value of a deployment."""

from __future__ import annotations

from typing import Any, assert_never

from .model import (
    ChangePlan,
    EventPlan,
    FunctionPlan,
    LinkPlan,
    MessagePlan,
    Plan,
    QueuePlan,
    SchedulePlan,
    TablePlan,
    UploadPlan,
)


def described(planned: Plan, function: FunctionPlan) -> dict[str, Any]:
    """`"events"` and `"links"` of a manifest; neither where there is none.

        {"events": {"emails-worker": {"kind": "queue", "handler": "shop.mail:send", "source": "emails", "fifo": false,
                                      "max_attempts": 5, "attributes": {"type": ["a", "b"]}}},
         "links": {"table": {"orders": {"access": "rw", "key": "id", "sort_key": null, "ttl": null, "indexes": {}}},
                   "bucket": {"receipts": {"access": "r"}}, "queue": {"emails": {"access": "w", "fifo": false}},
                   "topic": {"placed": {"access": "w"}}}}

    Of a schedule: "cron" and "timezone"; of an upload "prefix" and "suffix"; of a change "kinds", "batch_size" and
    "table", which describes it as a link does.
    """
    known: dict[str, Any] = {}
    events = planned.events_of(function)
    if events:
        known["events"] = {event.name: _event(planned, event) for event in events}
    links: dict[str, dict[str, Any]] = {}
    for link in function.links:
        links.setdefault(link.kind, {})[link.name] = _link(planned, link)
    if links:
        known["links"] = links
    return known


def reached(planned: Plan, function: FunctionPlan) -> dict[str, list[str]]:
    """Kind → names of the resources whose addresses the function must know: those of its links, and the buckets whose
    uploads start it, which it reads the objects from."""
    found: dict[str, dict[str, None]] = {}
    for link in function.links:
        found.setdefault(link.kind, {})[link.name] = None
    for event in planned.events_of(function):
        if isinstance(event, UploadPlan):
            found.setdefault("bucket", {})[event.source] = None
    return {kind: list(names) for kind, names in found.items()}


def _event(planned: Plan, event: EventPlan) -> dict[str, Any]:
    known: dict[str, Any] = {"kind": event.kind, "handler": event.handler, "max_attempts": event.max_attempts}
    match event:
        case SchedulePlan():
            return {**known, "cron": event.cron.text, "timezone": event.timezone}
        case MessagePlan():
            source = planned.resource(event.kind, event.source)
            fifo = isinstance(source, QueuePlan) and source.fifo
            attributes = {name: list(values) for name, values in event.attributes.items()}
            return {**known, "source": event.source, "fifo": fifo, "attributes": attributes}
        case UploadPlan():
            return {**known, "source": event.source, "prefix": event.prefix, "suffix": event.suffix}
        case ChangePlan():
            table = planned.resource("table", event.source)
            known |= {"source": event.source, "kinds": list(event.kinds), "batch_size": event.batch_size}
            return {**known, "table": _known(table)}
        case _:
            assert_never(event)


def _link(planned: Plan, link: LinkPlan) -> dict[str, Any]:
    resource = planned.resource(link.kind, link.name)
    match resource:
        case TablePlan():
            return {"access": link.access, **table_described(resource)}
        case QueuePlan():
            return {"access": link.access, "fifo": resource.fifo}
        case _:
            return {"access": link.access}


def table_described(table: TablePlan) -> dict[str, Any]:
    """What a link to a table, or its changes, must know of it."""
    indexes = {name: list(keys) for name, keys in table.indexes.items()}
    return {"key": table.key, "sort_key": table.sort_key, "ttl": table.ttl, "indexes": indexes}


def _known(table: object) -> dict[str, Any]:
    assert isinstance(table, TablePlan)
    return table_described(table)
