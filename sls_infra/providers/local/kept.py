"""The resources of the provider plugin that keep things, and subscriptions to them, typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi


@pulumi.input_type
class _QueueInputs:
    root: pulumi.Input[str]
    name: pulumi.Input[str]
    fifo: pulumi.Input[bool]
    retention: pulumi.Input[int]


@pulumi.input_type
class _TopicInputs:
    root: pulumi.Input[str]
    name: pulumi.Input[str]


@pulumi.input_type
class _BucketInputs:
    root: pulumi.Input[str]
    name: pulumi.Input[str]
    versioned: pulumi.Input[bool]
    expire_after: pulumi.Input[int | None] = pulumi.property("expireAfter")


@pulumi.input_type
class _TableInputs:
    root: pulumi.Input[str]
    name: pulumi.Input[str]
    key: pulumi.Input[str]
    sort_key: pulumi.Input[str | None] = pulumi.property("sortKey")
    ttl: pulumi.Input[str | None]
    indexes: pulumi.Input[Mapping[str, Any]]


@pulumi.input_type
class _SubscriptionInputs:
    root: pulumi.Input[str]
    kind: pulumi.Input[str]
    source: pulumi.Input[str]
    event: pulumi.Input[str]
    filter: pulumi.Input[Mapping[str, Any]]


class _Kept(pulumi.CustomResource):
    @property
    @pulumi.getter
    def ref(self) -> pulumi.Output[str]:
        """The path of its folder, absolute: by which functions, gateways and other stacks name it."""
        ref: pulumi.Output[str] = pulumi.get(self, "ref")
        return ref


class Queue(_Kept):
    """A queue on this machine."""

    def __init__(
        self,
        resource_name: str,
        *,
        root: pulumi.Input[str],
        name: pulumi.Input[str],
        fifo: pulumi.Input[bool],
        retention: pulumi.Input[int],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`root`: folder of all local state, absolute; `fifo`: another one is a new queue; `retention`: seconds."""
        inputs = _QueueInputs.__new__(_QueueInputs)
        inputs.__dict__.update(root=root, name=name, fifo=fifo, retention=retention, ref=None)
        super().__init__("sls:local:Queue", resource_name, inputs, opts)  # type: ignore[arg-type]


class Topic(_Kept):
    """A topic on this machine."""

    def __init__(
        self,
        resource_name: str,
        *,
        root: pulumi.Input[str],
        name: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`root`: folder of all local state, absolute."""
        inputs = _TopicInputs.__new__(_TopicInputs)
        inputs.__dict__.update(root=root, name=name, ref=None)
        super().__init__("sls:local:Topic", resource_name, inputs, opts)  # type: ignore[arg-type]


class Bucket(_Kept):
    """A bucket on this machine: its objects are plain files in the folder `files` below its ref."""

    def __init__(
        self,
        resource_name: str,
        *,
        root: pulumi.Input[str],
        name: pulumi.Input[str],
        versioned: pulumi.Input[bool],
        expire_after: pulumi.Input[int | None],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`root`: folder of all local state, absolute; `expire_after`: days, None: never."""
        inputs = _BucketInputs.__new__(_BucketInputs)
        inputs.__dict__.update(root=root, name=name, versioned=versioned, expire_after=expire_after, ref=None)
        super().__init__("sls:local:Bucket", resource_name, inputs, opts)  # type: ignore[arg-type]


class Table(_Kept):
    """A table on this machine."""

    def __init__(
        self,
        resource_name: str,
        *,
        root: pulumi.Input[str],
        name: pulumi.Input[str],
        key: pulumi.Input[str],
        sort_key: pulumi.Input[str | None],
        ttl: pulumi.Input[str | None],
        indexes: pulumi.Input[Mapping[str, Any]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`root`: folder of all local state, absolute; with another `key` or `sort_key` it is a new table; `indexes`:
        name → attributes of its key."""
        inputs = _TableInputs.__new__(_TableInputs)
        inputs.__dict__.update(root=root, name=name, key=key, sort_key=sort_key, ttl=ttl, indexes=indexes, ref=None)
        super().__init__("sls:local:Table", resource_name, inputs, opts)  # type: ignore[arg-type]


class Subscription(pulumi.CustomResource):
    """What an event source is told of a topic, a bucket's uploads or a table's changes, from its making on."""

    def __init__(
        self,
        resource_name: str,
        *,
        root: pulumi.Input[str],
        kind: pulumi.Input[str],
        source: pulumi.Input[str],
        event: pulumi.Input[str],
        filter: pulumi.Input[Mapping[str, Any]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`kind`: "topic", "bucket" or "table"; `source`: its ref; `event`: the event source's name; `filter`: what is
        wanted, {"attributes": …}, {"prefix": …, "suffix": …} or {"kinds": …}."""
        inputs = _SubscriptionInputs.__new__(_SubscriptionInputs)
        inputs.__dict__.update(root=root, kind=kind, source=source, event=event, filter=filter, subscriber=None)
        super().__init__("sls:local:Subscription", resource_name, inputs, opts)  # type: ignore[arg-type]

    @property
    @pulumi.getter
    def subscriber(self) -> pulumi.Output[str]:
        """Its name among the subscribers there."""
        subscriber: pulumi.Output[str] = pulumi.get(self, "subscriber")
        return subscriber
