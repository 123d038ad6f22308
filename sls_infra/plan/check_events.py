"""Mistakes in event sources."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..errors import Problem
from ..runtime import cron
from ..spec.api import Api
from ..spec.events import Event, OnChange, OnMessage, OnSchedule, OnUpload
from ..spec.resources import Queue
from ..spec.values import as_tuple
from .events import KINDS
from .names import LONGEST, bad_name, canonical
from .resources import event_name

ATTRIBUTE = re.compile(r"(?!(?i:aws|amazon|goog|sls))(?!.*\.(\.|$))[A-Za-z][A-Za-z0-9_.-]{0,127}")
"""Names of message attributes that every cloud takes."""
MAX_ATTEMPTS = 1000
MAX_WINDOW = 300
MAX_BATCH = 10_000
MACROS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
"""What crontabs have a word for, in five fields."""


def check_events(api: Api) -> Iterator[Problem]:
    """Every mistake in the Api's event sources."""
    names: dict[str, str] = {}
    consumers: dict[str, str] = {}
    heirs: dict[str, str] = {}
    for index, event in enumerate(api.events):
        where = f"api.events[{index}]"
        yield from _name(where, event, names)
        if not 1 <= event.max_attempts <= MAX_ATTEMPTS:
            message = f"{event.max_attempts} calls for one event are not within 1 to {MAX_ATTEMPTS}"
            yield Problem(f"{where}.max_attempts", message, "use at least 1")
        match event:
            case OnSchedule():
                yield from _schedule(where, event)
            case OnMessage():
                yield from _message(where, event, consumers, heirs)
            case OnUpload():
                yield from _upload(where, event)
            case OnChange():
                yield from _change(where, event)


def _name(where: str, event: Event, names: dict[str, str]) -> Iterator[Problem]:
    name = event_name(event)
    own = isinstance(event, OnSchedule) or event.name is not None
    if own:
        yield from bad_name(f"{where}.name", name)
    elif len(name) > LONGEST:
        message = f"its name {name!r}, made of source and function, has {len(name)} characters, over {LONGEST}"
        yield Problem(f"{where}.name", message, "give it a name of its own: name=…")
    other = names.setdefault(canonical(name), where)
    if other != where:
        fix = "give one of them a name of its own: name=…"
        yield Problem(f"{where}.name", f"{name!r} is the name of {other} too", fix)


def _schedule(where: str, event: OnSchedule) -> Iterator[Problem]:
    from zoneinfo import ZoneInfo  # no spec without schedules waits for it

    try:
        cron.parse(event.cron)
    except ValueError as error:
        yield Problem(f"{where}.cron", str(error), _cron_fix(event.cron))
    try:
        known = bool(event.timezone) and bool(ZoneInfo(event.timezone))
    except (ValueError, OSError, LookupError):  # also of a name that is a path, or a folder
        known = False
    if not known:
        fix = "write an IANA name, as 'Europe/Berlin' or 'UTC'"
        yield Problem(f"{where}.timezone", f"{event.timezone!r} is no time zone", fix)


def _message(where: str, event: OnMessage, consumers: dict[str, str], heirs: dict[str, str]) -> Iterator[Problem]:
    if isinstance(event.source, Queue):
        other = consumers.setdefault(event.source.name, where)
        if other != where:
            message = f"the queue {event.source.name!r} has a consumer already, {other}: each message goes to one alone"
            yield Problem(f"{where}.source", message, "publish to a Topic, which any number may listen to")
    dead = event.dead_letter
    if dead is not None and isinstance(event.source, Queue):
        if _comes_back(event.source.name, dead.name, heirs):
            message = f"the dead letters of {event.source.name!r} would come back to it"
            yield Problem(f"{where}.dead_letter", message, "name another queue, or leave it out: one is made")
        elif dead.fifo != event.source.fifo:
            words = "a FIFO queue" if event.source.fifo else "no FIFO queue"
            fix = f"write fifo={event.source.fifo} for it too, or leave dead_letter out"
            yield Problem(f"{where}.dead_letter", f"its source is {words}, and the dead letters' must be alike", fix)
    elif dead is not None and dead.fifo:
        yield Problem(f"{where}.dead_letter", "a topic's messages have no order to keep", "name a queue without fifo")
    yield from _batch(f"{where}.batch_size", event.batch_size)
    if not 0 <= event.batch_window <= MAX_WINDOW:
        message = f"{event.batch_window} s is not within 0 to {MAX_WINDOW}"
        yield Problem(f"{where}.batch_window", message, "use seconds, at most five minutes")
    if event.concurrency is not None and event.concurrency < 1:
        yield Problem(f"{where}.concurrency", f"{event.concurrency} calls at once is none", "use at least 1")
    yield from _attributes(where, event)


def _attributes(where: str, event: OnMessage) -> Iterator[Problem]:
    for name, given in (event.attributes or {}).items():
        values = as_tuple(given)
        if not ATTRIBUTE.fullmatch(name):
            fix = "use letters, digits, '_', '.' and '-', starting with a letter, and not with aws, goog or sls"
            fix += "; no '.' at its end, and no two in a row"
            yield Problem(f"{where}.attributes", f"{name!r} is no name of a message attribute", fix)
        if not values:
            yield Problem(f"{where}.attributes.{name}", "no value is named: nothing would come", "name at least one")
        for value in values:
            if not value or len(value.encode("utf-8", "replace")) > 256 or not value.isprintable():
                message = f"{value[:40]!r} is no value of a message attribute"
                yield Problem(f"{where}.attributes.{name}", message, "use 1 to 256 bytes that can be printed")


def _upload(where: str, event: OnUpload) -> Iterator[Problem]:
    for field, text in (("prefix", event.prefix), ("suffix", event.suffix)):
        if not text.isprintable() or len(text.encode("utf-8", "replace")) > 512:
            yield Problem(
                f"{where}.{field}", f"{text[:40]!r} is in no key", "use at most 512 bytes that can be printed"
            )
    if event.dead_letter is not None and event.dead_letter.fifo:
        yield Problem(f"{where}.dead_letter", "uploads have no order to keep", "name a queue without fifo")


def _change(where: str, event: OnChange) -> Iterator[Problem]:
    if not event.kinds:
        yield Problem(f"{where}.kinds", "no kind of change is named: nothing would come", f"name some of {KINDS}")
    if event.dead_letter is not None and event.dead_letter.fifo:
        yield Problem(f"{where}.dead_letter", "dead letters of changes have no order", "name a queue without fifo")
    yield from _batch(f"{where}.batch_size", event.batch_size)


def _comes_back(source: str, dead: str, heirs: dict[str, str]) -> bool:
    """Whether a queue's dead letters come back to it, if need be by way of those of others: a bad message would go
    round for ever. `heirs`: queue → where its dead letters go, of those looked at before."""
    heirs.setdefault(source, dead)
    passed = set()
    while dead in heirs and dead != source and dead not in passed:
        passed.add(dead)
        dead = heirs[dead]
    return dead == source


def _cron_fix(text: str) -> str:
    if (macro := MACROS.get(text.strip().lower())) is not None:
        return f"write {macro!r}"
    if len(text.split()) != 5:
        return "write five fields, as '0 3 * * *' for three o'clock each night"
    return (
        "correct that field: it takes numbers, names, ranges, lists and steps as '*/5'; "
        "what these can't say, the handler decides by tick.scheduled_at"
    )


def _batch(where: str, size: int) -> Iterator[Problem]:
    if not 1 <= size <= MAX_BATCH:
        yield Problem(where, f"{size} is no size of a batch", f"use 1 to {MAX_BATCH:,}; a target may take less")
