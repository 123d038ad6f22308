"""Who verifies the ways into a route: the gateway where it gives the same result, else the runtime."""

from __future__ import annotations

from ...plan.model import JwtPlan, RoutePlan
from ...plan.requirements import RSA
from ...plan.ways import by_runtime


def behind_the_gateway(route: RoutePlan) -> bool:
    """API Gateway verifies one token a route, by RSA keys that it fetches, with a leeway of its own; it takes audiences
    apart at commas. Its API keys are no way in here: it answers a wrong one by 400 and one of another project by 403
    (ESPv2, `service_control`), and a caller without the right to one may still use any that the project has."""
    return by_runtime(route) or not all(map(_native, route.jwts))


def behind_the_load_balancer(route: RoutePlan) -> bool:
    """A load balancer verifies nothing."""
    return bool(route.ways)


def _native(token: JwtPlan) -> bool:
    apart = any(isinstance(audience, str) and "," in audience for audience in token.audience)
    return token.key is None and not token.leeway and not apart and set(token.algorithms) <= RSA
