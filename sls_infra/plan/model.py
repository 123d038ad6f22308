"""The Plan: a spec resolved and checked, neutral to clouds, with no default left to guess."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ..spec.values import Input
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
    algorithms: tuple[str, ...]
    leeway: int
    scheme: str
    described_scopes: Mapping[str, str] | None
    authorization_url: Input[str] | None
    token_url: Input[str] | None
    kind: Literal["jwt"] = "jwt"


AuthPlan = PublicPlan | JwtPlan


@dataclass(frozen=True, slots=True)
class LimitPlan:
    """A token bucket: `requests` per `seconds` on average, `burst` at once."""

    requests: int
    seconds: int
    burst: int
    burst_given: bool
    """Whether the spec said `burst`; else it is `requests`."""


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
    limit: LimitPlan | None
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
    def jwts(self) -> tuple[JwtPlan, ...]:
        """The tokens that are a way in."""
        return tuple(way for way in self.auth if isinstance(way, JwtPlan))


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
    requirements: tuple[Requirement, ...]
    sizes: tuple[Size, ...]

    def routes_of(self, function: FunctionPlan) -> tuple[RoutePlan, ...]:
        """The routes that a function answers."""
        return tuple(route for route in self.routes if route.function == function.name)

    @property
    def jwts(self) -> tuple[JwtPlan, ...]:
        """Each distinct token that is a way in, once."""
        return tuple({way.name: way for route in self.routes for way in route.jwts}.values())
