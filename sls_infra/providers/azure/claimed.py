"""What a caller's token says of itself before anybody has verified it: it only chooses how it is verified."""

from __future__ import annotations

from . import policy
from .policy import Element

HEADER = 'context.Request.Headers.GetValueOrDefault("Authorization", "")'
"""The header as one text: several come joined by commas (API Management: "Policy expressions")."""
ALGORITHM, INTENDED = "sls-alg", "sls-aud"
_TOKEN = f"{HEADER}.Split(' ').Last().AsJwt()"
SUBJECT = f'{_TOKEN}?.Subject ?? ""'
"""Whom the token is about: to be trusted once the token is verified, and no sooner."""


def variables() -> list[Element]:
    """Sets two variables: the token's algorithm ("" where there is no token, "several" where there are several headers,
    of which the function would read another one than API Management), and whether it has an `aud`."""
    algorithm = f'{HEADER}.Contains(",") ? "several" : {_TOKEN}?.Algorithm ?? ""'
    return [
        policy.variable(ALGORITHM, f"@({algorithm})"),
        policy.variable(INTENDED, f"@({_TOKEN}?.Audiences?.Any() ?? true)"),
    ]
