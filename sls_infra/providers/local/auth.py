"""Ways in: what the gateway is told of them, and the keys of clients."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from ...plan.model import ApiKeyPlan, AuthPlan, ClientPlan, CustomPlan, JwtPlan, Plan, RoutePlan
from ..base import Context
from ..keys import generations
from .limits import limit_of, quota_of
from .resources import Key, Secret
from .rules import by_runtime

NAME = 64


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of all clients of an Api."""

    newest: Mapping[str, pulumi.Output[str]]
    """Client → its key, secret."""
    digests: Mapping[str, Sequence[pulumi.Output[str]]]
    """Client → the SHA-256 of each of its live keys."""


def deploy_keys(plan: Plan, context: Context) -> Keys:
    """Makes the keys: one a live generation of each client."""
    made = {client.name: _keys(client, context) for way in plan.api_keys for client in way.clients}
    return Keys(
        {client: keys[-1].key for client, keys in made.items()},
        {client: [key.sha256 for key in keys] for client, keys in made.items()},
    )


def _keys(client: ClientPlan, context: Context) -> list[Key]:
    return [
        Key(
            context.child(f"{client.name}-{generation}", NAME),
            client=client.name,
            generation=generation,
            opts=context.options(),
        )
        for generation in generations(client.name)
    ]


def deploy_keyrings(plan: Plan, keys: Keys, root: str, context: Context) -> dict[str, pulumi.Output[str]]:
    """Keeps what the runtime verifies keys by, where it does: name of the ApiKey → ref of a secret."""
    routes = filter(by_runtime, plan.routes)
    ways = {way.name: way for route in routes for way in route.ways if isinstance(way, ApiKeyPlan)}
    return {name: _keyring(way, keys, root, context) for name, way in ways.items()}


def _keyring(way: ApiKeyPlan, keys: Keys, root: str, context: Context) -> pulumi.Output[str]:
    owners = [client.name for client in way.clients for _ in keys.digests[client.name]]
    digests = pulumi.Output.all(*(digest for client in way.clients for digest in keys.digests[client.name]))
    name = f"{way.name}-keyring"
    kept = Secret(
        context.child(name, NAME),
        root=root,
        name=name,
        value=digests.apply(lambda each: json.dumps(dict(zip(each, owners, strict=True)))),
        opts=context.options(delete_before_replace=True),
    )
    return kept.ref


def api_keys(plan: Plan, digests: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """The keys that open routes, as the gateway takes them: by their digests."""
    return [
        {"name": way.name, "header": way.header, "clients": [_client(c, digests[c.name]) for c in way.clients]}
        for way in plan.api_keys
    ]


def _client(client: ClientPlan, digests: Sequence[Any]) -> dict[str, Any]:
    return {
        "name": client.name,
        "keys": list(digests),
        "limits": [limit_of(limit) for limit in client.limits],
        "quotas": [quota_of(quota) for quota in client.quotas],
    }


def ways_in(route: RoutePlan, secrets: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The ways into a route, any of which suffices. `secrets`: name → ref. Issuers, audiences and refs may be
    Outputs."""
    if by_runtime(route):
        return [{"kind": "runtime"}]
    return [_way(way, secrets) for way in route.auth]


def _way(way: AuthPlan, secrets: Mapping[str, Any]) -> dict[str, Any]:
    match way:
        case JwtPlan():
            return {
                "kind": "jwt",
                "name": way.name,
                "issuer": way.issuer,
                "audience": list(way.audience),
                "jwks_uri": way.jwks_uri,
                "key": None if way.key is None else secrets[way.key],
                "algorithms": list(way.algorithms),
                "leeway": way.leeway,
                "scheme": way.scheme,
            }
        case ApiKeyPlan():
            return {"kind": "api_key", "name": way.name}
        case CustomPlan():
            return {"kind": "custom", "name": way.name, "function": way.function, "ttl": way.ttl}
        case _:
            return {"kind": way.kind}
