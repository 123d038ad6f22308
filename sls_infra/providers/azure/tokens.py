"""Tokens, verified by API Management's validate-jwt: what the policy does about each.

Scopes are left to the runtime, so that a missing one is 403 and not 401.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from urllib.parse import quote

from . import claimed, policy
from .policy import Element, element
from .ways import Way


@dataclass(frozen=True, slots=True)
class Token:
    """A way in by token, with everything known: what validate-jwt is told."""

    issuer: str
    audience: tuple[str, ...]
    algorithms: tuple[str, ...]
    leeway: int
    scheme: str


def way(token: Token) -> Way:
    """Its operations are called by all that it is checked for: while a deployment changes first the operations and
    then the policy, no route is checked for another's token, and one that is new is refused."""
    known = json.dumps([token.issuer, token.audience, token.algorithms, token.leeway, token.scheme])
    return Way("t" + hashlib.sha256(known.encode()).hexdigest()[:10], tuple(verified(token)))


def verified(token: Token) -> list[Element]:
    """Refuses a caller without a good token.

    The audience is looked for in `aud`, and in `client_id` where there is no `aud`. validate-jwt has no word for the
    algorithms that are accepted, and takes several Authorization headers, of which the function would read another
    one: both are refused before (API Management: "validate-jwt").
    """
    accepted = policy.csharp_list(("", *token.algorithms))
    alien = f'!{accepted}.Contains((string)context.Variables["{claimed.ALGORITHM}"])'
    audience = element("audiences", None, *(element("audience", None, policy.literal(a)) for a in token.audience))
    values = [element("value", None, policy.literal(a)) for a in token.audience]
    client = element("required-claims", None, element("claim", {"name": "client_id", "match": "any"}, *values))
    checked = policy.choose(
        (f"@({alien})", [policy.variable(policy.REFUSED, "401")]),
        (f'@((bool)context.Variables["{claimed.INTENDED}"])', [_validate(token, audience)]),
        otherwise=[_validate(token, client)],
    )
    return [checked, *_as_bearer(token)]


def _validate(token: Token, intended: Element) -> Element:
    attributes = {
        "header-name": "Authorization",
        "failed-validation-httpcode": "401",
        "require-scheme": policy.literal(token.scheme),
        "require-expiration-time": "true",
        "require-signed-tokens": "true",
        "clock-skew": str(token.leeway),
    }
    children = [element("openid-config", {"url": discovery(token.issuer)})]
    issuers = element("issuers", None, element("issuer", None, policy.literal(token.issuer)))
    ordered = [intended, issuers] if intended.tag == "audiences" else [issuers, intended]
    return element("validate-jwt", attributes, *children, *ordered)


def discovery(issuer: str) -> str:
    """Where an issuer says what its keys are (OpenID Connect Discovery 1.0, 4), with nothing in it but what a URL may
    hold."""
    url = quote(issuer.rstrip("/"), safe=":/?#[]@!$&'()*+,;=%~", errors="replace")
    return f"{url}/.well-known/openid-configuration"


def _as_bearer(token: Token) -> list[Element]:
    """What the function's runtime reads is a bearer token, whatever the scheme by which it came."""
    if token.scheme.lower() == "bearer":
        return []
    return [policy.set_header("Authorization", f"@(\"Bearer \" + {claimed.HEADER}.Split(' ').Last())")]
