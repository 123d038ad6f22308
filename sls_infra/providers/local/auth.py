"""Ways in: what the gateway is told of tokens."""

from __future__ import annotations

from typing import Any

from ...plan.model import AuthPlan, JwtPlan, RoutePlan


def ways_in(route: RoutePlan) -> list[dict[str, Any]]:
    """The ways into a route, any of which suffices. Issuers and audiences may be Outputs."""
    return [_way(way) for way in route.auth]


def _way(way: AuthPlan) -> dict[str, Any]:
    if not isinstance(way, JwtPlan):
        return {"kind": way.kind}
    return {
        "kind": "jwt",
        "issuer": way.issuer,
        "audience": list(way.audience),
        "jwks_uri": way.jwks_uri,
        "algorithms": list(way.algorithms),
        "leeway": way.leeway,
        "scheme": way.scheme,
    }
