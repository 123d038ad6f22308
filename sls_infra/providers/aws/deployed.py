"""What the rooms hand each other, through the adapter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
from pulumi_aws import lambda_

from .grants import Grant


@dataclass(frozen=True, slots=True)
class Deployed:
    """A function in place: what the gateway and event sources call."""

    name: str
    function: lambda_.Function
    alias: lambda_.Alias | None
    ready: tuple[pulumi.Resource, ...]
    """What must be there before a call is answered."""

    @property
    def invoke_arn(self) -> pulumi.Output[str]:
        """What an integration names."""
        return self.alias.invoke_arn if self.alias else self.function.invoke_arn

    @property
    def arn(self) -> pulumi.Output[str]:
        """What is called: the alias where there is one."""
        return self.alias.arn if self.alias else self.function.arn


@dataclass(frozen=True, slots=True)
class Needs:
    """What a function is told of its deployment, and what its role may do beyond writing logs."""

    env: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Variables beside its own."""
    secrets: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Name → ARN of those that it may read."""
    calls: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Name → ARN of the functions that it may call."""
    grants: tuple[Grant, ...] = ()
    """What its links and event sources need."""
    arns: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """The ARN of each resource that grants are on, by `grants.named`."""
    ready: tuple[pulumi.Resource, ...] = ()
    """What must be there before it is called."""


@dataclass(frozen=True, slots=True)
class Fronted:
    """A gateway in place."""

    url: pulumi.Output[str]
    api_id: pulumi.Output[str]
    stage: pulumi.Output[str]
    """The stage's name."""
    ready: tuple[pulumi.Resource, ...]
    """What must be there before a call is answered."""

    @property
    def address(self) -> pulumi.Output[str]:
        """The url, once all of it is in place."""
        made = [resource.urn for resource in self.ready]
        return pulumi.Output.all(self.url, *made).apply(lambda values: str(values[0]))


@dataclass(frozen=True, slots=True)
class Secrets:
    """The Api's secrets in place."""

    arns: Mapping[str, pulumi.Output[str]] = field(default_factory=dict)
    """By name."""
    keyrings: Mapping[str, pulumi.Output[str]] = field(default_factory=dict)
    """Name of an ApiKey → ARN of the secret that holds the digests of its keys."""
    ready: Mapping[str, pulumi.Resource] = field(default_factory=dict)
    """What must be there before a name of either can be read."""


@dataclass(frozen=True, slots=True)
class Resources:
    """The Api's queues, topics, buckets and tables in place, and what carries its events."""

    arns: Mapping[str, pulumi.Output[str]] = field(default_factory=dict)
    """By `grants.named`: "queue emails", "stream orders", "carrier nightly"."""
    buckets: Mapping[str, pulumi.Output[str]] = field(default_factory=dict)
    """The names that S3 knows them by."""
    own_tables: frozenset[str] = frozenset()
    """Those that this Api made."""
    ready: Mapping[str, tuple[pulumi.Resource, ...]] = field(default_factory=dict)
    """What must be there before a queue takes messages, by `grants.named`."""

    def refs(self, kind: str) -> dict[str, pulumi.Output[str]]:
        """Name → ARN of one kind."""
        start = f"{kind} "
        return {name.removeprefix(start): arn for name, arn in self.arns.items() if name.startswith(start)}
