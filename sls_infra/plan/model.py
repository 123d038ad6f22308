"""The Plan: a spec resolved and checked, neutral to clouds, with no default left to guess."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ..spec.values import Input
from .model_events import BucketPlan as BucketPlan
from .model_events import ChangePlan as ChangePlan
from .model_events import EventPlan as EventPlan
from .model_events import LinkPlan as LinkPlan
from .model_events import MessagePlan as MessagePlan
from .model_events import QueuePlan as QueuePlan
from .model_events import ResourceKind as ResourceKind
from .model_events import ResourcePlan as ResourcePlan
from .model_events import SchedulePlan as SchedulePlan
from .model_events import SourcePlan as SourcePlan
from .model_events import TablePlan as TablePlan
from .model_events import TopicPlan as TopicPlan
from .model_events import UploadPlan as UploadPlan
from .names import route_id


@dataclass(frozen=True, slots=True)
class PublicPlan:
    """Anybody may call."""

    kind: Literal["public"] = "public"


@dataclass(frozen=True, slots=True)
class JwtPlan:
    """A token signed by an issuer; also what an OAuth2 comes to, with its words for the description."""

    name: str
    """Stable within the Api: "jwt", "jwt-2", …, in the order of first use."""
    issuer: Input[str]
    audience: tuple[Input[str], ...]
    jwks_uri: Input[str] | None
    key: str | None
    """The name of the Secret that verifies them, where nothing is fetched."""
    algorithms: tuple[str, ...]
    leeway: int
    scheme: str
    described_scopes: Mapping[str, str] | None
    authorization_url: Input[str] | None
    token_url: Input[str] | None
    kind: Literal["jwt"] = "jwt"


@dataclass(frozen=True, slots=True)
class LimitPlan:
    """A token bucket: `requests` per `seconds` on average, `burst` at once."""

    requests: int
    seconds: int
    burst: int
    burst_given: bool
    """Whether the spec said `burst`; else it is `requests`."""
    by: str = "route"
    """Who is counted: "route", "client" or "ip"."""


@dataclass(frozen=True, slots=True)
class QuotaPlan:
    """So many calls in a calendar window, in UTC; a week begins on Monday."""

    requests: int
    per: str
    """"day", "week" or "month"."""


@dataclass(frozen=True, slots=True)
class ClientPlan:
    """A client of an ApiKey. Its calls are counted over all routes that its keys open, whichever of them it uses."""

    name: str
    limits: tuple[LimitPlan, ...]
    quotas: tuple[QuotaPlan, ...]


@dataclass(frozen=True, slots=True)
class ApiKeyPlan:
    """A key a client."""

    name: str
    """Stable within the Api: "api-key", "api-key-2", …, in the order of first use."""
    header: str
    """In lower case."""
    clients: tuple[ClientPlan, ...]
    kind: Literal["api_key"] = "api_key"

    @property
    def limited(self) -> bool:
        """Whether any of its clients has limits or quotas."""
        return any(client.limits or client.quotas for client in self.clients)


@dataclass(frozen=True, slots=True)
class WebhookPlan:
    """A call signed by another service."""

    name: str
    """Stable within the Api: "webhook", "webhook-2", …"""
    secret: str
    """The name of the Secret that both sides sign with."""
    scheme: str
    """"github", "stripe", "slack" or "standard"."""
    kind: Literal["webhook"] = "webhook"


@dataclass(frozen=True, slots=True)
class CustomPlan:
    """An authorizer of one's own."""

    name: str
    """Stable within the Api: "custom", "custom-2", …"""
    function: str
    """The name of the function that decides."""
    handler: str
    ttl: int
    """Seconds that an answer is kept."""
    kind: Literal["custom"] = "custom"


WayPlan = JwtPlan | ApiKeyPlan | WebhookPlan | CustomPlan
"""A way in that asks who calls."""
AuthPlan = PublicPlan | WayPlan


@dataclass(frozen=True, slots=True)
class RoutePlan:
    """A route with everything that it inherits written out."""

    where: str
    """Its place in the spec: `api.routes[3]`."""
    method: str
    path: str
    function: str
    """The function's name."""
    handler: str
    auth: tuple[AuthPlan, ...]
    scopes: tuple[str, ...]
    limits: tuple[LimitPlan, ...]
    """Its own, and those of the Api that count by something else."""
    request: Mapping[str, Any] | None
    response: Mapping[str, Any] | None
    query: Mapping[str, Any] | None
    summary: str
    operation_id: str

    @property
    def key(self) -> str:
        """Method and path, as gateways name a route: `GET /orders/{id}`."""
        return f"{self.method} {self.path}"

    @property
    def id(self) -> str:
        """What gateways call the route that take few characters: `r0a1b2c3d4e5`; stable, whatever its place."""
        return route_id(self.method, self.path)

    @property
    def public(self) -> bool:
        """Whether anybody may call."""
        return any(isinstance(way, PublicPlan) for way in self.auth)

    @property
    def ways(self) -> tuple[WayPlan, ...]:
        """The ways in that ask who calls."""
        return tuple(way for way in self.auth if not isinstance(way, PublicPlan))

    @property
    def jwts(self) -> tuple[JwtPlan, ...]:
        """The tokens that are a way in."""
        return tuple(way for way in self.auth if isinstance(way, JwtPlan))

    def limit_by(self, by: str) -> tuple[LimitPlan, ...]:
        """Its limits that count by "route", "client" or "ip"."""
        return tuple(limit for limit in self.limits if limit.by == by)


@dataclass(frozen=True, slots=True)
class FunctionPlan:
    """A function with its settings; `handlers` are those that its routes use."""

    where: str
    name: str
    code: Path
    python: str
    """The version, as "3.12"."""
    memory: int
    timeout: float
    env: Mapping[str, Input[str]]
    """Those whose values are no secrets."""
    secret_env: Mapping[str, str]
    """Environment variable → name of the Secret that the runtime fills it from as it starts."""
    secrets: tuple[str, ...]
    """Names of the Secrets that its code may read: by links, or by its environment."""
    links: tuple[LinkPlan, ...]
    """What its code may do with which resources, one a resource; Secrets are not among them."""
    min_instances: int
    max_instances: int | None
    concurrency: int | None
    architecture: str | None
    requirements: Path | tuple[str, ...] | None
    include: tuple[str, ...]
    exclude: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CorsPlan:
    """Which web pages may call."""

    origins: tuple[str, ...]
    methods: tuple[str, ...]
    headers: tuple[str, ...]
    expose: tuple[str, ...]
    credentials: bool
    max_age: int


@dataclass(frozen=True, slots=True)
class SecretPlan:
    """A value that the functions linked to it alone may read."""

    where: str
    name: str
    value: Input[str] | None
    """None: the Pulumi config of its name."""
    ref: Input[str] | None
    """Where it is there already."""


@dataclass(frozen=True, slots=True)
class DomainPlan:
    """A host name of the Api's own."""

    name: str
    certificate: Input[str] | None
    """None: one is made."""
    zone: Input[str] | None
    """None: no DNS records are made."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """Something the spec asks for, which each cloud meets natively, by the runtime, or refuses."""

    kind: str
    """A key of `Capabilities.meets`: "auth.jwt", "limit.route", …"""
    where: str
    """Its place in the spec."""
    detail: str
    """The value asked for, short: "100 per second, burst 200"."""


@dataclass(frozen=True, slots=True)
class Size:
    """A quantity of the spec that clouds bound."""

    kind: str
    """A key of `Capabilities.bounds`: "function.memory", …"""
    where: str
    value: float


@dataclass(frozen=True, slots=True)
class Plan:
    """An Api, resolved."""

    name: str
    description: str
    version: str
    tags: Mapping[str, str]
    functions: tuple[FunctionPlan, ...]
    """In the order of first use."""
    routes: tuple[RoutePlan, ...]
    """In the order of the spec."""
    cors: CorsPlan | None
    secrets: tuple[SecretPlan, ...]
    """In the order of first use."""
    queues: tuple[QueuePlan, ...]
    """In the order of first use, then those made for dead letters; likewise the others."""
    topics: tuple[TopicPlan, ...]
    buckets: tuple[BucketPlan, ...]
    tables: tuple[TablePlan, ...]
    events: tuple[EventPlan, ...]
    """In the order of the spec."""
    domain: DomainPlan | None
    requirements: tuple[Requirement, ...]
    sizes: tuple[Size, ...]

    def routes_of(self, function: FunctionPlan) -> tuple[RoutePlan, ...]:
        """The routes that a function answers."""
        return tuple(route for route in self.routes if route.function == function.name)

    def events_of(self, function: FunctionPlan) -> tuple[EventPlan, ...]:
        """The event sources that start a function."""
        return tuple(event for event in self.events if event.function == function.name)

    def resource(self, kind: ResourceKind, name: str) -> ResourcePlan:
        """The resource of that kind and name. KeyError where there is none."""
        named: dict[ResourceKind, tuple[ResourcePlan, ...]] = {
            "queue": self.queues, "topic": self.topics, "bucket": self.buckets, "table": self.tables
        }  # fmt: skip
        for found in named[kind]:
            if found.name == name:
                return found
        raise KeyError(name)

    @property
    def ways(self) -> tuple[WayPlan, ...]:
        """Each distinct way in that asks who calls, once."""
        return tuple({way.name: way for route in self.routes for way in route.ways}.values())

    @property
    def jwts(self) -> tuple[JwtPlan, ...]:
        """Each distinct token that is a way in, once."""
        return tuple(way for way in self.ways if isinstance(way, JwtPlan))

    @property
    def api_keys(self) -> tuple[ApiKeyPlan, ...]:
        """Each distinct ApiKey, once."""
        return tuple(way for way in self.ways if isinstance(way, ApiKeyPlan))

    @property
    def customs(self) -> tuple[CustomPlan, ...]:
        """Each distinct authorizer, once."""
        return tuple(way for way in self.ways if isinstance(way, CustomPlan))

    @property
    def routed(self) -> tuple[FunctionPlan, ...]:
        """The functions that answer routes."""
        names = {route.function for route in self.routes}
        return tuple(function for function in self.functions if function.name in names)
