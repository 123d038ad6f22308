"""An Api: its routes, and what holds for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, field

from pydantic.dataclasses import dataclass

from .auth import Auth
from .base import CONFIG, Spec
from .events import Event
from .function import Function
from .limits import RateLimit
from .observe import Budget, Observability
from .values import Input, JsonSchema, Many, Method, OneOrMany


@dataclass(frozen=True, config=CONFIG)
class Route(Spec):
    """A method and a path, and the function that answers."""

    method: Method
    """GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, or ANY for all of them. HEAD is not GET."""
    path: str
    """`/a/{id}`; greedy last segment, one or more: `/files/{path+}`. A static segment wins over a parameter, a
    parameter over a greedy one. None starts with `/_sls`."""
    function: Function
    """The function that answers."""
    _: KW_ONLY
    handler: str | None = None
    """"package.module:callable"; default: the function's."""
    auth: OneOrMany[Auth] | None = None
    """The ways in, any suffices; default: the Api's."""
    scopes: Many[str] = ()
    """Scopes that a token must have, all of them."""
    rate_limit: OneOrMany[RateLimit] | None = None
    """How often; default: the Api's, counted for this route by itself. Those of the Api that count by something that
    none of these does hold beside them: `RateLimit(10)` leaves the Api's limit by ip as it is. An empty list: none."""
    request: JsonSchema | None = None
    """What the body must fit: a pydantic model or a JSON schema; kept as JSON schema. What does not fit is 400."""
    response: JsonSchema | None = None
    """What the body of an answer looks like: for the API's description, not checked."""
    query: JsonSchema | None = None
    """What the query string looks like: for the API's description, not checked."""
    summary: str | None = None
    """One line for the API's description."""
    operation_id: str | None = None
    """The operation's name in the API's description; default: made of method and path."""


@dataclass(frozen=True, config=CONFIG)
class Cors(Spec):
    """Which web pages of other origins may call from a browser."""

    _: KW_ONLY
    origins: Many[str]
    """Origins, as `https://shop.example.com`, or `*` for all (not with `credentials`)."""
    methods: Many[str] = ()
    """Methods allowed; default: those of the routes."""
    headers: Many[str] = ("authorization", "content-type")
    """Request headers allowed."""
    expose: Many[str] = ()
    """Response headers that pages may read."""
    credentials: bool = False
    """Whether cookies may be sent."""
    max_age: int = 600
    """Seconds that a browser keeps the answer to a preflight."""


@dataclass(frozen=True, config=CONFIG)
class Domain(Spec):
    """A name of one's own for the Api."""

    name: str
    """The host name, as `api.example.com`."""
    _: KW_ONLY
    certificate: Input[str] | None = None
    """The certificate: its ARN, id or resource name; default: one is made."""
    zone: Input[str] | None = None
    """The hosted zone in which DNS records are made; None: none are made."""


@dataclass(frozen=True, config=CONFIG)
class Api(Spec):
    """A serverless API, described once. Pure data: no cloud, no pulumi."""

    name: str
    """Its name: letters, digits, "-" and "_", starting with a letter."""
    _: KW_ONLY
    routes: Many[Route] = ()
    """What it answers to. Without any there is no gateway and no `url`."""
    events: Many[Event] = ()
    """What else starts its functions."""
    auth: OneOrMany[Auth] | None = None
    """The ways in for routes that name none; None: then every route must name one."""
    rate_limit: OneOrMany[RateLimit] | None = None
    """How often, for routes that say nothing; each route is counted by itself."""
    cors: Cors | None = None
    """Which web pages may call; None: none of other origins."""
    domain: Domain | None = None
    """A name of one's own."""
    observability: Observability | None = None
    """What is watched."""
    budget: Budget | None = None
    """A monthly cost that somebody hears of."""
    description: str = ""
    """What it is for."""
    version: str = "1"
    """Its version, for the API's description."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags of every resource that takes some."""
