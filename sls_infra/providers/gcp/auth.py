"""Ways in: the security definitions that the gateway's document names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from ...errors import Problem, SpecError
from ...plan.model import Plan
from .ways import behind_the_gateway


def definitions(plan: Plan) -> pulumi.Output[dict[str, Any]]:
    """A security definition a token that the gateway verifies, by the token's name. Scopes are left to the runtime: API
    Gateway checks none ("OpenAPI 2.0 feature limitations")."""
    tokens = {
        token.name: {
            "issuer": token.issuer,
            "audience": list(token.audience),
            "jwks_uri": token.jwks_uri,
            "scheme": token.scheme,
        }
        for route in plan.routes
        if not behind_the_gateway(route)
        for token in route.jwts
    }
    return pulumi.Output.from_input(tokens).apply(resolved)


def resolved(tokens: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The definitions of tokens, all of whose values are known: those that only the deployment knew are looked at here,
    the others were with the plan."""
    issuers = [token["issuer"] for token in tokens.values()]
    for issuer in issuers:
        if issuers.count(issuer) > 1:
            message = f"two different tokens are of the issuer {issuer}: API Gateway takes one an issuer"
            fix = "use one Jwt(…) with all audiences for both, and tell routes apart by scopes"
            raise SpecError([Problem("api.auth", message, fix)])
    return {name: definition(token) for name, token in tokens.items()}


def definition(token: Mapping[str, Any]) -> dict[str, Any]:
    """One token's. Where it is looked for is said, since the gateway would take it from the query too, as
    `access_token` (ESPv2, its default locations). Without `x-google-jwks_uri` keys are found by OpenID discovery."""
    for audience in token["audience"]:
        if "," in audience:
            message = f"the audience {audience!r} has a comma, at which API Gateway would take it apart"
            raise SpecError([Problem("api.auth", message, "choose an audience without one")])
    made = {
        "type": "oauth2",
        "flow": "implicit",
        "authorizationUrl": "",
        "x-google-issuer": token["issuer"],
        "x-google-audiences": ",".join(token["audience"]),
        "x-google-jwt-locations": [{"header": "Authorization", "value_prefix": f"{token['scheme']} "}],
    }
    if token["jwks_uri"]:
        made["x-google-jwks_uri"] = token["jwks_uri"]
    return made
