"""Ways in: the authorizers that the gateway's document names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from ...plan.model import Plan
from .verified import http_by_runtime, native_tokens


def authorizers(plan: Plan) -> pulumi.Output[dict[str, Any]]:
    """A JWT authorizer a token that the gateway verifies, as security schemes of the document, by the token's name.

    Scopes are left to the runtime: an HTTP API lets in a token with any one of a route's scopes, where all are
    needed, and its 403 has no body of ours (API Gateway developer guide, "Control access to HTTP APIs with JWT
    authorizers").
    """
    tokens = {
        token.name: {"issuer": token.issuer, "audience": list(token.audience)}
        for token in native_tokens(plan, http_by_runtime)
    }
    return pulumi.Output.from_input(tokens).apply(lambda known: {name: _scheme(token) for name, token in known.items()})


def _scheme(token: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "oauth2",
        "flows": {},
        "x-amazon-apigateway-authorizer": {
            "type": "jwt",
            "identitySource": "$request.header.Authorization",
            "jwtConfiguration": {"issuer": token["issuer"], "audience": list(token["audience"])},
        },
    }
