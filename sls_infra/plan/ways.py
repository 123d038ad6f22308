"""The ways into an Api, resolved: each distinct one gets a name that is stable within the Api."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from ..spec.auth import ApiKey, Auth, Custom, Jwt, OAuth2, Public, Webhook
from ..spec.limits import Quota, RateLimit
from ..spec.values import as_tuple
from .model import (
    ApiKeyPlan,
    AuthPlan,
    ClientPlan,
    CustomPlan,
    JwtPlan,
    LimitPlan,
    PublicPlan,
    QuotaPlan,
    RoutePlan,
    WebhookPlan,
)

SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
GATEWAYS = ("jwt", "public")
"""Kinds of ways in that every light front knows by itself."""

P = TypeVar("P", JwtPlan, ApiKeyPlan, WebhookPlan, CustomPlan)


class Ways:
    """Gives each distinct way in one name, in the order of first use: "jwt", "jwt-2", "api-key", …"""

    def __init__(self) -> None:
        self._seen: list[tuple[Auth, AuthPlan]] = []

    def plan(self, way: Auth) -> AuthPlan:
        """The way in, resolved."""
        if isinstance(way, Public):
            return PublicPlan()
        for known, planned in self._seen:
            if known == way:
                return planned
        match way:
            case Jwt():
                made: AuthPlan = self._named("jwt", lambda name: _token(name, way))
            case ApiKey():
                made = self._named("api-key", lambda name: _api_key(name, way))
            case Webhook():
                made = self._named("webhook", lambda name: WebhookPlan(name, way.secret.name, str(way.scheme)))
            case Custom():
                handler = way.handler or way.function.handler or ""
                made = self._named("custom", lambda name: CustomPlan(name, way.function.name, handler, way.ttl))
        self._seen.append((way, made))
        return made

    def _named(self, kind: str, make: Callable[[str], P]) -> P:
        number = sum(planned.kind == kind.replace("-", "_") for _, planned in self._seen) + 1
        return make(kind if number == 1 else f"{kind}-{number}")


def limit(spec: RateLimit, by: str | None = None) -> LimitPlan:
    """A limit, resolved."""
    return LimitPlan(
        requests=spec.requests,
        seconds=SECONDS.get(spec.per, 1),
        burst=spec.requests if spec.burst is None else spec.burst,
        burst_given=spec.burst is not None,
        by=by or spec.by,
    )


def merged(own: Iterable[RateLimit] | None, everywhere: Iterable[RateLimit]) -> tuple[LimitPlan, ...]:
    """A route's limits: its own, and those of the Api that count by something that its own don't count by."""
    mine = tuple(own or ())
    said = {each.by for each in mine}
    inherited = tuple(each for each in everywhere if each.by not in said) if own is None or mine else ()
    return tuple(limit(each) for each in (*mine, *inherited))


def by_runtime(route: RoutePlan) -> bool:
    """Whether the runtime verifies the ways into a route, where the gateway verifies tokens alone, one kind a route.

    It then verifies all of them: a gateway that refused the one would shut out the callers of the other.
    """
    asking = {way.name for way in route.ways}
    return bool(asking) and (len(asking) > 1 or route.public or any(way.kind not in GATEWAYS for way in route.auth))


def _token(name: str, jwt: Jwt) -> JwtPlan:
    described = jwt if isinstance(jwt, OAuth2) else None
    return JwtPlan(
        name=name,
        issuer=jwt.issuer,
        audience=as_tuple(jwt.audience),
        jwks_uri=jwt.jwks_uri,
        key=jwt.key.name if jwt.key is not None else None,
        algorithms=tuple(jwt.algorithms),
        leeway=jwt.leeway,
        scheme=jwt.scheme,
        described_scopes=described.scopes if described else None,
        authorization_url=described.authorization_url if described else None,
        token_url=described.token_url if described else None,
    )


def _api_key(name: str, way: ApiKey) -> ApiKeyPlan:
    return ApiKeyPlan(name, way.header.lower(), tuple(_client(*each) for each in way.clients.items()))


def _client(name: str, limits: Iterable[RateLimit | Quota]) -> ClientPlan:
    each = tuple(limits)
    return ClientPlan(
        name,
        tuple(limit(one, "client") for one in each if isinstance(one, RateLimit)),
        tuple(QuotaPlan(one.requests, str(one.per)) for one in each if isinstance(one, Quota)),
    )
