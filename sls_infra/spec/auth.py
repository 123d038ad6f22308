"""The ways in: who may call a route."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, field
from typing import Literal

from pydantic.dataclasses import dataclass

from .base import CONFIG, Spec
from .function import Function
from .limits import Quota, RateLimit
from .resources import Secret
from .values import Input, Many, OneOrMany


@dataclass(frozen=True, config=CONFIG)
class Public(Spec):
    """Anybody may call. Leaving a route open is always said aloud with this."""


@dataclass(frozen=True, config=CONFIG)
class Jwt(Spec):
    """A token signed by an issuer, in the `Authorization` header. None or a bad one is 401, a missing scope 403."""

    _: KW_ONLY
    issuer: Input[str]
    """The `iss` of tokens, to the letter, and where discovery starts: https; loopback http on the local target."""
    audience: OneOrMany[Input[str]]
    """Accepted audiences, one or several: looked for in `aud`, or in `client_id` where there is no `aud`."""
    jwks_uri: Input[str] | None = None
    """Where the signing keys are; default: what the issuer's discovery document says."""
    key: Secret | None = None
    """A key for tokens of one's own making: nothing is fetched, and the runtime verifies."""
    algorithms: Many[str] = ("RS256",)
    """Signature algorithms accepted."""
    leeway: int = 0
    """Seconds by which clocks may differ when `exp` and `nbf` are checked."""
    scheme: str = "Bearer"
    """The word before the token in the header."""


@dataclass(frozen=True, config=CONFIG)
class OAuth2(Jwt):
    """A `Jwt` whose scopes and endpoints are described, for clients and their generators."""

    _: KW_ONLY
    scopes: Mapping[str, str] = field(default_factory=dict)
    """Scope → what it allows. Where this is given, routes may ask only for scopes in it."""
    authorization_url: Input[str] | None = None
    """Where users are sent to log in."""
    token_url: Input[str] | None = None
    """Where clients get tokens."""


@dataclass(frozen=True, config=CONFIG)
class ApiKey(Spec):
    """A key a client, made by the deployment."""

    _: KW_ONLY
    clients: Mapping[str, Many[Quota | RateLimit]]
    """Client → its limits, none for no limit."""
    header: str = "x-api-key"
    """The header that carries the key."""


@dataclass(frozen=True, config=CONFIG)
class Webhook(Spec):
    """A call signed by another service."""

    secret: Secret
    """What both sides sign with."""
    _: KW_ONLY
    scheme: Literal["github", "stripe", "slack", "standard"] = "standard"
    """How it is signed."""


@dataclass(frozen=True, config=CONFIG)
class Custom(Spec):
    """An authorizer of one's own: `Request` → claims, or None for 401."""

    function: Function
    """The function that decides."""
    _: KW_ONLY
    handler: str | None = None
    """"package.module:callable"; default: the function's."""
    ttl: int = 0
    """Seconds an answer is kept for the same caller; 0: never."""


Auth = Public | Jwt | OAuth2 | ApiKey | Webhook | Custom
"""Any of the ways in."""
