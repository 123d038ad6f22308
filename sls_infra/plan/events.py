"""Event sources: spec → Plan."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..runtime import cron
from ..spec.api import Api
from ..spec.events import Event, OnChange, OnMessage, OnSchedule, OnUpload
from ..spec.resources import Topic
from ..spec.values import as_tuple
from .model import ChangePlan, EventPlan, MessagePlan, SchedulePlan, UploadPlan
from .resources import dead_letters_name, event_name

KINDS = ("insert", "update", "delete")
NEVER = cron.parse("0 0 * * *")
"""Stands in a Plan for an expression that is none; the mistake is told by `check_events`."""


def events(api: Api) -> Iterator[EventPlan]:
    """The event sources, in the order of the spec."""
    for index, event in enumerate(api.events):
        yield _event(f"api.events[{index}]", event)


def _event(where: str, event: Event) -> EventPlan:
    common: dict[str, Any] = {
        "where": where,
        "name": event_name(event),
        "function": event.function.name,
        "handler": event.handler or event.function.handler or "",
        "max_attempts": event.max_attempts,
        "dead_letter": dead_letters_name(event),
    }
    match event:
        case OnSchedule():
            return SchedulePlan(**common, cron=_cron(event.cron), timezone=event.timezone)
        case OnMessage():
            attributes = {name: tuple(as_tuple(values)) for name, values in (event.attributes or {}).items()}
            return MessagePlan(
                **common,
                kind="topic" if isinstance(event.source, Topic) else "queue",
                source=event.source.name,
                batch_size=event.batch_size,
                batch_window=event.batch_window,
                concurrency=event.concurrency,
                attributes=attributes,
            )
        case OnUpload():
            return UploadPlan(**common, source=event.source.name, prefix=event.prefix, suffix=event.suffix)
        case OnChange():
            kinds = tuple(kind for kind in KINDS if kind in event.kinds)
            return ChangePlan(**common, source=event.source.name, kinds=kinds, batch_size=event.batch_size)


def _cron(text: str) -> cron.Cron:
    try:
        return cron.parse(text)
    except ValueError:
        return NEVER
