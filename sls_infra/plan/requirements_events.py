"""What event sources and resources ask of a cloud: requirements and sizes."""

from __future__ import annotations

from collections.abc import Iterator

from ..spec.api import Api
from ..spec.events import Event, OnChange, OnMessage, OnSchedule, OnUpload
from ..spec.resources import Bucket, Queue, Table, Topic
from .events import KINDS, events
from .model import Requirement, SchedulePlan, Size
from .resources import KINDS as RESOURCES
from .resources import Resource, dead_letters_name, event_name, resource_uses


def event_kind(event: Event) -> str:
    """The middle word of its requirements: "schedule", "queue", "topic", "upload" or "change"."""
    match event:
        case OnSchedule():
            return "schedule"
        case OnMessage():
            return "topic" if isinstance(event.source, Topic) else "queue"
        case OnUpload():
            return "upload"
        case OnChange():
            return "change"


def event_requirements(api: Api) -> Iterator[Requirement]:
    """`event.<kind>`, then what it asks for beyond its being there. Every source has `.max_attempts` and `.dead_letter`
    (".dead_letter" where one is made, ".dead_letter.named" where the spec names one), so that a cloud can say how."""
    for index, event in enumerate(api.events):
        where, kind = f"api.events[{index}]", event_kind(event)
        yield Requirement(f"event.{kind}", where, event_name(event))
        yield Requirement(f"event.{kind}.max_attempts", f"{where}.max_attempts", str(event.max_attempts))
        named = ".named" if event.dead_letter is not None else ""
        yield Requirement(f"event.{kind}.dead_letter{named}", f"{where}.dead_letter", dead_letters_name(event))
        match event:
            case OnSchedule():
                yield from _of_schedule(api, index, event)
            case OnMessage():
                yield from _of_message(where, kind, event)
            case OnUpload():
                if event.prefix or event.suffix:
                    yield Requirement("event.upload.filter", where, f"{event.prefix}*{event.suffix}")
            case OnChange():
                if any(kind not in event.kinds for kind in KINDS):
                    yield Requirement("event.change.kinds", f"{where}.kinds", ", ".join(event.kinds))
                if event.batch_size > 1:
                    yield Requirement("event.change.batch", f"{where}.batch_size", str(event.batch_size))


def _of_schedule(api: Api, index: int, event: OnSchedule) -> Iterator[Requirement]:
    where = f"api.events[{index}]"
    if event.timezone != "UTC":
        yield Requirement("event.schedule.timezone", f"{where}.timezone", event.timezone)
    planned = list(events(api))[index]
    if isinstance(planned, SchedulePlan) and planned.cron.either_day:
        yield Requirement("event.schedule.either_day", f"{where}.cron", event.cron)


def _of_message(where: str, kind: str, event: OnMessage) -> Iterator[Requirement]:
    if event.batch_size > 1:
        yield Requirement(f"event.{kind}.batch", f"{where}.batch_size", str(event.batch_size))
    if event.batch_window:
        yield Requirement(f"event.{kind}.batch_window", f"{where}.batch_window", f"{event.batch_window} s")
    if event.concurrency is not None:
        yield Requirement(f"event.{kind}.concurrency", f"{where}.concurrency", str(event.concurrency))
    if event.attributes:
        yield Requirement(f"event.{kind}.attributes", f"{where}.attributes", ", ".join(event.attributes))


def resource_requirements(api: Api) -> Iterator[Requirement]:
    """`queue`, `topic`, `bucket`, `table`, or `<kind>.existing`; then what is asked of one that is made."""
    for where, resource in resource_uses(api):
        kind = RESOURCES[type(resource)]
        yield Requirement(kind if resource.ref is None else f"{kind}.existing", where, resource.name)
        yield from _of_resource(where, resource)


def _of_resource(where: str, resource: Resource) -> Iterator[Requirement]:
    match resource:
        case Queue(fifo=True):
            yield Requirement("queue.fifo", where, resource.name)
        case Bucket(versioned=True):
            yield Requirement("bucket.versioned", where, resource.name)
        case Table():
            yield from _of_table(where, resource)
    if isinstance(resource, Queue) and resource.retention is not None and resource.ref is None:
        yield Requirement("queue.retention", where, f"{resource.retention} s")
    if isinstance(resource, Bucket) and resource.expire_after is not None:
        yield Requirement("bucket.expire_after", where, f"{resource.expire_after} days")


def _of_table(where: str, table: Table) -> Iterator[Requirement]:
    for word, attribute in (("sort_key", table.sort_key), ("ttl", table.ttl)):
        if attribute is not None:
            yield Requirement(f"table.{word}", where, attribute)
    if table.indexes:
        yield Requirement("table.indexes", where, ", ".join(table.indexes))


def event_sizes(api: Api) -> Iterator[Size]:
    """`<kind>.max_attempts`, `<kind>.batch_size`, `<kind>.batch_window`, `<kind>.concurrency`, by `event_kind`."""
    for index, event in enumerate(api.events):
        where, kind = f"api.events[{index}]", event_kind(event)
        yield Size(f"{kind}.max_attempts", f"{where}.max_attempts", event.max_attempts)
        if isinstance(event, (OnMessage, OnChange)):
            yield Size(f"{kind}.batch_size", f"{where}.batch_size", event.batch_size)
        if isinstance(event, OnMessage):
            yield Size(f"{kind}.batch_window", f"{where}.batch_window", event.batch_window)
            if event.concurrency is not None:
                yield Size(f"{kind}.concurrency", f"{where}.concurrency", event.concurrency)


def resource_sizes(api: Api) -> Iterator[Size]:
    """`queue.retention`, `bucket.expire_after`, `table.indexes`."""
    seen: set[tuple[str, str]] = set()
    for where, resource in resource_uses(api):
        key = RESOURCES[type(resource)], resource.name
        if key in seen or resource.ref is not None:
            continue
        seen.add(key)
        if isinstance(resource, Queue) and resource.retention is not None:
            yield Size("queue.retention", f"{where}.retention", resource.retention)
        if isinstance(resource, Bucket) and resource.expire_after is not None:
            yield Size("bucket.expire_after", f"{where}.expire_after", resource.expire_after)
        if isinstance(resource, Table):
            yield Size("table.indexes", f"{where}.indexes", len(resource.indexes or {}))
