"""What a caller may do: scopes in claims, and claims in a token that somebody else has verified.

Nothing here verifies a token: the gateway did, before the runtime is called.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any


def scopes_of(claims: Mapping[str, Any]) -> frozenset[str]:
    """The scopes that a token grants: its claim `scope` (RFC 8693: separated by spaces; some issuers send a list), or
    `scp` where there is no `scope` (Entra ID sends a string, Okta a list)."""
    granted = claims.get("scope")
    if granted is None:
        granted = claims.get("scp")
    if isinstance(granted, str):
        return frozenset(granted.split(" "))
    if isinstance(granted, (list, tuple)):
        return frozenset(item for item in granted if isinstance(item, str))
    return frozenset()


def challenge(error: str = "", scopes: Iterable[str] = ()) -> tuple[str, str]:
    """The WWW-Authenticate header of a refusal (RFC 6750, 3)."""
    parts = []
    if error:
        parts.append(f'error="{error}"')
    if scopes:
        wanted = " ".join(scopes).replace("\\", "").replace('"', "")
        parts.append(f'scope="{wanted}"')
    return ("www-authenticate", " ".join(["Bearer", ", ".join(parts)]).rstrip())


def token_claims(authorization: str | None) -> dict[str, Any] | None:
    """The claims in `Bearer <token>`, NOT verified: only for a token that the gateway has verified. None where it can't
    be read."""
    if not authorization:
        return None
    import binascii
    import json

    scheme, _, token = authorization.strip().rpartition(" ")
    parts = token.split(".")
    if len(parts) != 3 or scheme.lower().strip() not in ("bearer", ""):
        return None
    payload = parts[1].replace("-", "+").replace("_", "/")
    try:
        claims = json.loads(binascii.a2b_base64(payload + "=" * (-len(payload) % 4)).decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    return claims if isinstance(claims, dict) else None
