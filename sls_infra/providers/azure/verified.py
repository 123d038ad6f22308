"""Who verifies the ways into a route: API Management, or the function's runtime behind it.

All of a route's ways are verified by one of the two. Where it is the runtime, API Management lets everybody through to
it: to a way in that it can't check, a policy of its own could only add a refusal that other clouds don't have.
"""

from __future__ import annotations

from ...plan.model import ApiKeyPlan, JwtPlan, Plan, RoutePlan
from ...plan.requirements import RSA


def by_runtime(route: RoutePlan) -> bool:
    """With the Consumption tier: everything but one token of the kind that validate-jwt checks by the issuer's own
    discovery document. Keys too: API Management's would be taken from the query as well."""
    if not route.ways:
        return False
    return route.public or not (len(route.ways) == 1 and _by_policy(route.jwts))


def by_runtime_with_limits(route: RoutePlan) -> bool:
    """With Basic v2: as above, but for a key as the only way in whose client is to be counted. Who is counted must be
    known before, and so API Management itself looks the key up."""
    return by_runtime(route) and counted_key(route) is None


def counted_key(route: RoutePlan) -> ApiKeyPlan | None:
    """The key that API Management verifies: of a route that takes nothing else, where clients are counted."""
    if route.public or len(route.ways) != 1:
        return None
    (way,) = route.ways
    if isinstance(way, ApiKeyPlan) and (way.limited or route.limit_by("client")):
        return way
    return None


def counted_keys(plan: Plan) -> tuple[ApiKeyPlan, ...]:
    """Each of them, once."""
    return tuple({way.name: way for way in map(counted_key, plan.routes) if way is not None}.values())


def tokens(plan: Plan) -> tuple[JwtPlan, ...]:
    """The tokens that API Management verifies, each once: the same with either tier."""
    verified = (route.jwts[0] for route in plan.routes if route.jwts and not by_runtime(route))
    return tuple({token.name: token for token in verified}.values())


def _by_policy(tokens: tuple[JwtPlan, ...]) -> bool:
    """Whether validate-jwt can do it. With published keys it is documented for RSA signatures (API Management:
    "validate-jwt", usage notes), and it has no place for the address of keys without a discovery document."""
    if len(tokens) != 1:
        return False
    (token,) = tokens
    return token.key is None and token.jwks_uri is None and set(token.algorithms) <= RSA
