"""What the capability table asks of each target: a small Api a row, with the one thing in it that the row is about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from sls_infra import (
    Api,
    ApiKey,
    Custom,
    Domain,
    Function,
    Jwt,
    OAuth2,
    Public,
    Quota,
    RateLimit,
    Route,
    Secret,
    Webhook,
)

from .apis import CODE
from .capability_events import event_rows

ISSUER = "https://id.example.com/"


@dataclass(frozen=True)
class Row:
    """A kind of thing that a spec may ask for."""

    family: str
    name: str
    kinds: tuple[str, ...]
    """The requirements that it comes to: keys of `Capabilities.meets`."""
    api: Api


_GROUP = "/subscriptions/01234567-89ab-cdef-0123-456789abcdef/resourceGroups/g"
_VAULT = f"{_GROUP}/providers/Microsoft.KeyVault/vaults/the-vault"
REFS = {
    "secret": {
        "aws": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-0123ab",
        "azure": f"{_VAULT}/secrets/db",
        "gcp": "projects/p/secrets/db",
        "local": "orders/dev/db",
    },
    "certificate": {
        "aws": "arn:aws:acm:eu-west-1:123456789012:certificate/0123",
        "azure": f"{_VAULT}/secrets/tls",
        "gcp": "projects/p/global/sslCertificates/tls",
        "local": "tls",
    },
    "zone": {
        "aws": "Z0123456789ABCDEFGHIJ",
        "azure": f"{_GROUP}/providers/Microsoft.Network/dnszones/example.com",
        "gcp": "example-com",
        "local": "example.com",
    },
}
"""What is there already: by what each target knows such a thing."""


def rows(target: str) -> Iterator[Row]:
    """Every row, in the order of the table, with references as that target has them."""
    yield from _auth()
    yield from _several()
    yield from _limits()
    yield from _keys()
    yield from _rest(target)
    yield from (Row(*found) for found in event_rows(target))


def function(name: str = "shop", **more: Any) -> Function:
    """A function of the cases' code."""
    return Function(name, code=CODE, handler="app:show", **more)


def one(*auth: Any, domain: Domain | None = None, on: Function | None = None, **more: Any) -> Api:
    """An Api of one route."""
    route = Route("POST", "/thing/{id}", on or function(), auth=list(auth) or Public(), **more)
    return Api("table", routes=[route], domain=domain)


def token(**more: Any) -> Jwt:
    """The way in by token."""
    return Jwt(**{"issuer": ISSUER, "audience": "table", **more})


def _auth() -> Iterator[Row]:
    kinds = "auth"
    yield Row(kinds, "Public", ("auth.public",), one(Public()))
    yield Row(kinds, "Jwt, keys by discovery", ("auth.jwt",), one(token()))
    jwks = token(jwks_uri=f"{ISSUER}keys")
    yield Row(kinds, "Jwt, keys by jwks_uri", ("auth.jwt.jwks_uri",), one(jwks))
    shared = token(key=Secret("signing", value="x" * 32), algorithms=["HS256"])
    yield Row(kinds, "Jwt, a key of one's own (HS256)", ("auth.jwt.key", "auth.jwt.algorithms"), one(shared))
    yield Row(kinds, "Jwt, ES256 or EdDSA", ("auth.jwt.algorithms",), one(token(algorithms=["ES256", "EdDSA"])))
    yield Row(kinds, "Jwt, leeway", ("auth.jwt.leeway",), one(token(leeway=30)))
    yield Row(kinds, "Jwt, another scheme", ("auth.jwt.scheme",), one(token(scheme="Token")))
    yield Row(
        kinds, "Jwt of an issuer on this machine", ("auth.jwt.loopback",), one(token(issuer="http://127.0.0.1:1/"))
    )
    yield Row(kinds, "OAuth2", ("auth.oauth2",), one(OAuth2(issuer=ISSUER, audience="table", scopes={"a": "all"})))
    yield Row(kinds, "scopes, all of them", ("auth.scopes",), one(token(), scopes=["a", "b"]))
    yield Row(kinds, "ApiKey", ("auth.api_key",), one(key()))
    yield Row(kinds, "ApiKey, another header", ("auth.api_key.header",), one(key(header="x-partner-key")))
    schemes: tuple[Literal["github", "stripe", "slack", "standard"], ...] = ("github", "stripe", "slack", "standard")
    for scheme in schemes:
        signed = Webhook(Secret("hook", value="x" * 32), scheme=scheme)
        yield Row(kinds, f"Webhook, {scheme}", ("auth.webhook",), one(signed))
    yield Row(
        kinds, "Custom, in the route's own function", ("auth.custom",), one(Custom(function(), handler="app:show"))
    )
    yield Row(kinds, "Custom, in another function", ("auth.custom",), one(Custom(function("court"), ttl=60)))


def _several() -> Iterator[Row]:
    kinds, several = "several ways in", ("auth.several",)
    yield Row(kinds, "[Jwt, Public()]", several, one(token(), Public()))
    yield Row(kinds, "[Jwt, Jwt]", several, one(token(), token(issuer="https://other.example.com/")))
    yield Row(kinds, "[Jwt, ApiKey]", (*several, "auth.api_key"), one(token(), key()))
    yield Row(kinds, "[Webhook, ApiKey]", several, one(Webhook(Secret("hook", value="x" * 32)), key()))
    yield Row(kinds, "[ApiKey, Public()]", several, one(key(), Public()))


def key(*limits: Any, **more: Any) -> ApiKey:
    """The way in by key."""
    return ApiKey(clients={"mobile": list(limits)}, **more)


def _limits() -> Iterator[Row]:
    kinds: tuple[Literal["route", "client", "ip"], ...] = ("route", "client", "ip")
    for by in kinds:
        auth = (token(),) if by == "client" else ()
        who = f"by {by}" if by != "client" else "by client, a token's subject"
        second = RateLimit(100, by=by)
        yield Row("limits", f"{who}, per second", (f"limit.{by}",), one(*auth, rate_limit=second))
        burst = RateLimit(100, burst=200, by=by)
        yield Row("limits", f"{who}, per second, with burst", (f"limit.{by}",), one(*auth, rate_limit=burst))
        minute = RateLimit(600, per="minute", by=by)
        yield Row("limits", f"{who}, per minute", (f"limit.{by}.window",), one(*auth, rate_limit=minute))
        minute_burst = RateLimit(600, per="minute", burst=50, by=by)
        kind = (f"limit.{by}.window_burst",)
        yield Row("limits", f"{who}, per minute, with burst", kind, one(*auth, rate_limit=minute_burst))
        hour = RateLimit(3600, per="hour", by=by)
        yield Row("limits", f"{who}, per hour", (f"limit.{by}.window",), one(*auth, rate_limit=hour))
    keyed = RateLimit(100, by="client")
    yield Row("limits", "by client, an API key", ("limit.client",), one(key(), rate_limit=keyed))
    both = [RateLimit(100), RateLimit(10, by="ip")]
    yield Row("limits", "by route and by ip", ("limit.several",), one(rate_limit=both))
    three = [*both, RateLimit(5, by="client")]
    yield Row("limits", "by route, by ip and by client", ("limit.several",), one(token(), rate_limit=three))


def _keys() -> Iterator[Row]:
    kinds = "limits of a key"
    yield Row(kinds, "per second", ("limit.key",), one(key(RateLimit(10))))
    yield Row(kinds, "per second, with burst", ("limit.key",), one(key(RateLimit(10, burst=20))))
    yield Row(kinds, "per minute", ("limit.key.window",), one(key(RateLimit(60, per="minute"))))
    burst = RateLimit(60, per="minute", burst=10)
    yield Row(kinds, "per minute, with burst", ("limit.key.window_burst",), one(key(burst)))
    for per in PERIODS:
        yield Row(kinds, f"quota a {per}", ("quota",), one(key(Quota(1000, per=per))))
    yield Row(kinds, "limit and quota", ("limit.key", "quota"), one(key(RateLimit(10), Quota(1000))))
    either = one(token(), key(Quota(1000)))
    yield Row(kinds, "quota, where a token does too", ("quota", "auth.several"), either)


PERIODS: tuple[Literal["day", "week", "month"], ...] = ("day", "week", "month")


def _rest(target: str) -> Iterator[Row]:
    held = Secret("db", value="x")
    yield Row("secrets", "Secret, linked", ("secret",), one(on=function(links=[held.read()])))
    there = Secret.existing("db", REFS["secret"][target])
    yield Row("secrets", "Secret that is there already", ("secret.existing",), one(on=function(links=[there.read()])))
    yield Row("secrets", "Secret in the environment", ("secret.env",), one(on=function(env={"DB": held})))
    named = Domain("api.example.com")
    yield Row("domain", "Domain, certificate made", ("domain",), one(domain=named))
    brought = Domain("api.example.com", certificate=REFS["certificate"][target])
    yield Row("domain", "Domain, certificate brought", ("domain.certificate",), one(domain=brought))
    zoned = Domain("api.example.com", zone=REFS["zone"][target])
    yield Row("domain", "Domain, certificate and DNS records made", ("domain.zone",), one(domain=zoned))
    both = Domain("api.example.com", certificate=REFS["certificate"][target], zone=REFS["zone"][target])
    yield Row("domain", "Domain, certificate brought, DNS records made", ("domain.zone",), one(domain=both))
    schema = {"type": "object", "required": ["id"]}
    yield Row("request", "request schema", ("request",), one(request=schema))
