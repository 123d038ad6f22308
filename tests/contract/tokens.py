"""Tokens: what a caller sends, and what a vendor's gateway makes of them, by the issuer and audience it was given."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

import jwt

from tools.issuer import Issuer, claims_for

from .model import Call

AUDIENCE = "contract"
"""What the Apis of the cases are called in tokens."""


_LEFT_OUT = [(name, None) for name in ("iss", "aud", "sub", "iat", "exp", "scope")]
"""Ordinary claims that are None are not in the token; any other is null there."""


class Refused(Exception):
    """A token that a gateway does not let in."""


def authorized(call: Call, issuer: Issuer, url: str) -> list[tuple[str, str]]:
    """The call's headers, with its token. `url` is the `iss` of an ordinary one."""
    if call.token is not None:
        return [*call.headers, ("authorization", f"Bearer {call.token}")]
    if call.claims is None:
        return list(call.headers)
    ordinary = claims_for(url, AUDIENCE)
    claims = {name: value for name, value in {**ordinary, **call.claims}.items() if (name, value) not in _LEFT_OUT}
    token = issuer.key.sign(claims)
    return [*call.headers, ("authorization", f"Bearer {token}")]


def verified(
    authorization: str | None, issuer: Issuer, trusted: Sequence[tuple[str, Sequence[str]]], *, leeway: int = 0
) -> dict[str, Any]:
    """The claims of a bearer token, as the gateways verify it: signature, `exp`, `nbf`, and an issuer with one of the
    audiences that go with it; `leeway` is in seconds. Raises Refused, with the reason."""
    scheme, _, token = (authorization or "").partition(" ")
    if not token or scheme.lower() != "bearer":
        raise Refused("there is no token")
    reasons = []
    for url, audiences in trusted:
        try:
            claims: dict[str, Any] = jwt.decode(
                token, issuer.key.public_pem(), algorithms=["RS256"], issuer=url, audience=list(audiences),
                leeway=leeway,
            )  # fmt: skip
        except jwt.PyJWTError as error:
            reasons.append(str(error))
        else:
            return claims
    raise Refused("; ".join(reasons) or "nobody is trusted")


def payload(token: str) -> Mapping[str, Any]:
    """What a token says, believed."""
    part = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))
