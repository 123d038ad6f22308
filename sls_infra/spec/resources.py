"""Resources a backend keeps things in, and links: what a function may do with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY
from typing import Literal

from pydantic.dataclasses import dataclass

from .base import CONFIG, Spec
from .values import Input, Many

Access = Literal["read", "write", "read_write", "send", "publish"]


@dataclass(frozen=True, config=CONFIG)
class Queue(Spec):
    """A queue of messages; one consumer."""

    name: str
    """Its name within the Api."""
    _: KW_ONLY
    fifo: bool = False
    """Keep the order of messages of one group."""
    retention: int | None = None
    """Seconds a message is kept while nobody takes it, 60 to 1,209,600; default: 4 days."""
    ref: Input[str] | None = None
    """Set by `existing`: the ARN, id, resource name or URL of a queue that is already there."""

    @classmethod
    def existing(cls, name: str, ref: Input[str], *, fifo: bool = False) -> Queue:
        """A queue that is already there: never created, never deleted. `fifo`: whether it is one."""
        return cls(name, fifo=fifo, ref=ref)

    def send(self) -> Link:
        """May send messages to it."""
        return Link(self, access="send")


@dataclass(frozen=True, config=CONFIG)
class Topic(Spec):
    """A topic that messages are published to; any number of subscribers."""

    name: str
    """Its name within the Api."""
    _: KW_ONLY
    ref: Input[str] | None = None
    """Set by `existing`: the ARN, id, resource name or URL of a topic that is already there."""

    @classmethod
    def existing(cls, name: str, ref: Input[str]) -> Topic:
        """A topic that is already there: never created, never deleted."""
        return cls(name, ref=ref)

    def publish(self) -> Link:
        """May publish to it."""
        return Link(self, access="publish")


@dataclass(frozen=True, config=CONFIG)
class Bucket(Spec):
    """A private, encrypted bucket of objects."""

    name: str
    """Its name within the Api."""
    _: KW_ONLY
    versioned: bool = False
    """Keep older versions of an object."""
    expire_after: int | None = None
    """Days after which objects are deleted; None: never."""
    protect: bool = True
    """Refuse to delete it by accident: Pulumi's protect and the cloud's own; not applied locally."""
    ref: Input[str] | None = None
    """Set by `existing`: the ARN, id, resource name or URL of a bucket that is already there."""

    @classmethod
    def existing(cls, name: str, ref: Input[str]) -> Bucket:
        """A bucket that is already there: never created, never deleted."""
        return cls(name, ref=ref)

    def read(self) -> Link:
        """May read objects."""
        return Link(self, access="read")

    def write(self) -> Link:
        """May put and delete objects."""
        return Link(self, access="write")

    def read_write(self) -> Link:
        """May read, put and delete objects."""
        return Link(self, access="read_write")


@dataclass(frozen=True, config=CONFIG)
class Table(Spec):
    """A table of items known by a key."""

    name: str
    """Its name within the Api."""
    _: KW_ONLY
    key: str = "id"
    """The attribute that is the partition key, a string."""
    sort_key: str | None = None
    """The attribute that orders the items of one key, a string."""
    ttl: str | None = None
    """The attribute that holds an item's end of life, in seconds since 1970."""
    indexes: Mapping[str, Many[str]] | None = None
    """Secondary indexes: name → (key,) or (key, sort key)."""
    protect: bool = True
    """Refuse to delete it by accident: Pulumi's protect and the cloud's own; not applied locally."""
    ref: Input[str] | None = None
    """Set by `existing`: the ARN, id, resource name or URL of a table that is already there."""

    @classmethod
    def existing(
        cls,
        name: str,
        ref: Input[str],
        *,
        key: str = "id",
        sort_key: str | None = None,
        ttl: str | None = None,
        indexes: Mapping[str, Many[str]] | None = None,
    ) -> Table:
        """A table that is already there, as its own spec describes it: never created, never deleted."""
        return cls(name, key=key, sort_key=sort_key, ttl=ttl, indexes=indexes, ref=ref)

    def read(self) -> Link:
        """May get and query items."""
        return Link(self, access="read")

    def write(self) -> Link:
        """May put, update and delete items."""
        return Link(self, access="write")

    def read_write(self) -> Link:
        """May get, query, put, update and delete items."""
        return Link(self, access="read_write")


@dataclass(frozen=True, config=CONFIG)
class Secret(Spec):
    """A value that nobody but the functions linked to it may read."""

    name: str
    """Its name within the Api."""
    _: KW_ONLY
    value: Input[str] | None = None
    """The value; default: the Pulumi config of that name."""
    ref: Input[str] | None = None
    """Set by `existing`: the ARN, id or resource name of a secret that is already there."""

    @classmethod
    def existing(cls, name: str, ref: Input[str]) -> Secret:
        """A secret that is already there: never created, never deleted."""
        return cls(name, ref=ref)

    def read(self) -> Link:
        """May read its value."""
        return Link(self, access="read")


@dataclass(frozen=True, config=CONFIG)
class Link(Spec):
    """What one function may do with one resource; made by the resource's own methods."""

    resource: Topic | Queue | Bucket | Table | Secret
    """The resource."""
    _: KW_ONLY
    access: Access
    """What is allowed: "read", "write", "read_write", "send" or "publish"."""
