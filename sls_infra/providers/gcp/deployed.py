"""What the rooms hand each other, through the adapter."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi_gcp import cloudfunctionsv2, serviceaccount

from ...plan import names
from ...plan.model import FunctionPlan, Plan
from ..base import Context

SUFFIX = 7
"""Hexadecimal digits that tell two stacks of one project apart."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where everything goes."""

    project: str | None
    """None: the project of Pulumi's provider."""
    region: str
    gateway_region: str
    """The gateway's: not every region has API Gateway."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a function is made with that other rooms decide."""

    account: serviceaccount.Account
    """Who it is."""
    ingress: str
    """From where calls may come: `ALLOW_ALL`, `ALLOW_INTERNAL_AND_GCLB`. Who may call is IAM's to say."""
    env: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Environment variables beside those of the spec."""
    after: Sequence[pulumi.Resource] = ()
    """What must be there before it: services, and the rights and secrets that it starts with."""


@dataclass(frozen=True, slots=True)
class Part:
    """A function as it is made: most are made once, as they are. One that answers routes behind a load balancer is
    open to everybody, so that its events come to another one of the same code, which is private."""

    name: str
    """What it is called in the cloud; the spec's own name, but for the one of events."""
    plan: Plan
    """With those of its routes and events that this one has."""
    function: FunctionPlan


@dataclass(slots=True)
class Store:
    """The queues, topics, buckets and tables of an Api, in place or there already."""

    queues: dict[str, pulumi.Output[str]] = field(default_factory=dict)
    """Name → `projects/…/topics/…`: what is sent goes to a topic, whose one subscription is the queue."""
    topics: dict[str, pulumi.Output[str]] = field(default_factory=dict)
    """Likewise."""
    buckets: dict[str, pulumi.Output[str]] = field(default_factory=dict)
    """Name → the bucket's own name."""
    tables: dict[str, pulumi.Output[str]] = field(default_factory=dict)
    """Name → `projects/…/databases/…`."""
    ready: dict[tuple[str, str], list[pulumi.Resource]] = field(default_factory=dict)
    """Kind and name → what must be there before it is used."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """A function in place: what the gateway calls."""

    name: str
    function: cloudfunctionsv2.Function

    @property
    def uri(self) -> pulumi.Output[str]:
        """Where its Cloud Run service answers: `https://orders-shop-abc-ew.a.run.app`."""
        return self.function.service_config.apply(lambda config: str(config.uri if config else "").rstrip("/"))

    @property
    def service(self) -> pulumi.Output[str]:
        """The name of its Cloud Run service, without project and region: who may call is granted there, and not on
        the function (Cloud Run functions, "Authorize access with IAM")."""
        return self.function.service_config.apply(lambda config: str(config.service if config else "").split("/")[-1])

    @property
    def ref(self) -> pulumi.Output[str]:
        """Its resource name: `projects/…/locations/…/functions/…`."""
        return self.function.id


def called(context: Context, name: str, suffix: str, limit: int) -> str:
    """The logical name of what belongs to something of that name, which is what it is found by. No name of a spec has a
    dot: suffixes tell a queue's topic from a topic, and an event's account from a function's."""
    logical = context.child(f"{name}.{suffix}", limit)
    context.spoken[logical] = name
    return logical


def stack_wide(limit: int, *names_of_it: str) -> str:
    """An id that is unique in a project that holds several stacks, in at most `limit` characters, the same in each
    update: for ids that Pulumi does not make itself."""
    stack = (pulumi.get_organization(), pulumi.get_project(), pulumi.get_stack(), *names_of_it)
    readable = names.shortened("-".join(names_of_it), limit - SUFFIX - 1)
    return f"{readable}-{hashlib.sha256('/'.join(map(str, stack)).encode()).hexdigest()[:SUFFIX]}"
