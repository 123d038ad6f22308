"""Event sources: what else starts a function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY
from typing import Literal

from pydantic.dataclasses import dataclass

from .base import CONFIG, Spec
from .function import Function
from .resources import Bucket, Queue, Table, Topic
from .values import Many


@dataclass(frozen=True, config=CONFIG)
class OnSchedule(Spec):
    """At times given by a cron expression."""

    name: str
    """Its name within the Api."""
    function: Function
    """What runs."""
    _: KW_ONLY
    cron: str
    """Five fields: minute, hour, day of month, month, day of week."""
    timezone: str = "UTC"
    """An IANA name, as "Europe/Berlin"."""
    handler: str | None = None
    """"package.module:callable"; default: the function's."""
    max_attempts: int = 3
    """Calls for one event before it is a dead letter."""
    dead_letter: Queue | None = None
    """Where events go that failed `max_attempts` times; default: one is made."""


@dataclass(frozen=True, config=CONFIG)
class OnMessage(Spec):
    """When messages come to a queue or topic."""

    source: Topic | Queue
    """The queue or topic."""
    function: Function
    """What runs."""
    _: KW_ONLY
    name: str | None = None
    """Its name within the Api; default: `<source>-<function>`."""
    handler: str | None = None
    """"package.module:callable"; default: the function's."""
    batch_size: int = 1
    """Messages a call, at the most."""
    batch_window: int = 0
    """Seconds to wait for a full batch."""
    concurrency: int | None = None
    """Calls at once, at the most; None: the target's own."""
    attributes: Mapping[str, Many[str]] | None = None
    """Only messages whose attributes have one of these values."""
    max_attempts: int = 3
    """Calls for one message before it is a dead letter."""
    dead_letter: Queue | None = None
    """Where messages go that failed `max_attempts` times; default: one is made."""


@dataclass(frozen=True, config=CONFIG)
class OnUpload(Spec):
    """When an object is put into a bucket."""

    source: Bucket
    """The bucket."""
    function: Function
    """What runs."""
    _: KW_ONLY
    name: str | None = None
    """Its name within the Api; default: `<source>-<function>`."""
    handler: str | None = None
    """"package.module:callable"; default: the function's."""
    prefix: str = ""
    """Only keys that start with this."""
    suffix: str = ""
    """Only keys that end with this."""
    max_attempts: int = 3
    """Calls for one upload before it is a dead letter."""
    dead_letter: Queue | None = None
    """Where uploads go that failed `max_attempts` times; default: one is made."""


@dataclass(frozen=True, config=CONFIG)
class OnChange(Spec):
    """When an item of a table is inserted, updated or deleted."""

    source: Table
    """The table."""
    function: Function
    """What runs."""
    _: KW_ONLY
    name: str | None = None
    """Its name within the Api; default: `<source>-<function>`."""
    handler: str | None = None
    """"package.module:callable"; default: the function's."""
    kinds: Many[Literal["insert", "update", "delete"]] = ("insert", "update", "delete")
    """Which changes."""
    batch_size: int = 1
    """Changes a call, at the most."""
    max_attempts: int = 3
    """Calls for one change before it is a dead letter."""
    dead_letter: Queue | None = None
    """Where changes go that failed `max_attempts` times; default: one is made."""


Event = OnSchedule | OnMessage | OnUpload | OnChange
"""Any of the event sources."""
