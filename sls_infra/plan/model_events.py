"""The Plan's resources, links to them, and event sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ..runtime.cron import Cron
from ..spec.values import Input

ResourceKind = Literal["queue", "topic", "bucket", "table"]
"""Kinds of resources; names are unique within one."""


@dataclass(frozen=True, slots=True)
class LinkPlan:
    """What one function's code may do with one resource."""

    kind: ResourceKind
    name: str
    """The resource's."""
    read: bool
    write: bool
    """Of a queue: send; of a topic: publish."""

    @property
    def access(self) -> str:
        """ "r", "w" or "rw"."""
        return ("r" if self.read else "") + ("w" if self.write else "")


@dataclass(frozen=True, slots=True)
class QueuePlan:
    """A queue; also each dead-letter queue that is made for an event source."""

    where: str
    name: str
    fifo: bool
    retention: int
    """Seconds."""
    ref: Input[str] | None
    """Where it is there already; likewise for the others."""
    dead_letters_of: str | None
    """The event source that it was made for, where the spec names none."""


@dataclass(frozen=True, slots=True)
class TopicPlan:
    """A topic."""

    where: str
    name: str
    ref: Input[str] | None


@dataclass(frozen=True, slots=True)
class BucketPlan:
    """A bucket."""

    where: str
    name: str
    versioned: bool
    expire_after: int | None
    """Days."""
    protect: bool
    ref: Input[str] | None


@dataclass(frozen=True, slots=True)
class TablePlan:
    """A table."""

    where: str
    name: str
    key: str
    sort_key: str | None
    ttl: str | None
    indexes: Mapping[str, tuple[str, ...]]
    """Name → (key,) or (key, sort key)."""
    protect: bool
    ref: Input[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePlan:
    """What every event source has."""

    where: str
    """Its place in the spec: `api.events[2]`."""
    name: str
    """Unique within the Api."""
    function: str
    handler: str
    max_attempts: int
    dead_letter: str
    """The name of the queue for what failed so often; always one of the Plan's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SchedulePlan(SourcePlan):
    """A clock."""

    cron: Cron
    timezone: str
    kind: Literal["schedule"] = "schedule"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePlan(SourcePlan):
    """A queue, or a subscription to a topic."""

    kind: Literal["queue", "topic"]
    source: str
    """The queue's or topic's name."""
    batch_size: int
    batch_window: int
    """Seconds."""
    concurrency: int | None
    attributes: Mapping[str, tuple[str, ...]]
    """Only messages that have, for each of these, one of the values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadPlan(SourcePlan):
    """Objects put into a bucket."""

    source: str
    prefix: str
    suffix: str
    kind: Literal["upload"] = "upload"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePlan(SourcePlan):
    """Changes of a table's items."""

    source: str
    kinds: tuple[str, ...]
    """Of "insert", "update", "delete", in this order."""
    batch_size: int
    kind: Literal["change"] = "change"


EventPlan = SchedulePlan | MessagePlan | UploadPlan | ChangePlan
ResourcePlan = QueuePlan | TopicPlan | BucketPlan | TablePlan
