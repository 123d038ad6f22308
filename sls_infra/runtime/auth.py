"""What a caller may do: scopes in claims, and claims in a token that somebody else has verified.

Nothing here verifies a token: the gateway did, before the runtime is called.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from .audit import Refusal
    from .http import Request


def grants(claims: Mapping[str, Any], scopes: Iterable[str]) -> bool:
    """Whether a token grants all of these scopes, by its claim `scope` (RFC 8693: separated by spaces; some issuers
    send a list), or `scp` where there is no `scope` (Entra ID sends a string, Okta a list)."""
    granted = claims.get("scope")
    if granted is None:
        granted = claims.get("scp")
    if isinstance(granted, str):
        granted = granted.split(" ")
    elif not isinstance(granted, list):
        return False
    # Not all(…): a generator would cost more than everything else here.
    for scope in scopes:  # noqa: SIM110
        if scope not in granted:
            return False
    return True


def require(request: Request, scopes: tuple[str, ...]) -> None:
    """Raises Refusal where the caller was not granted all of these scopes, or is nobody."""
    if not request.authenticated:
        raise unknown()
    if not grants(request.claims, scopes):
        wanted = " ".join(scopes)
        headers = [challenge("insufficient_scope", scopes)]
        raise refusal(403, f"needs the scopes {wanted}", rule=f"scopes:{wanted}", headers=headers)


def unknown() -> Refusal:
    """For a caller that the gateway says nothing of, where somebody is needed."""
    return refusal(401, "a token is needed", rule="auth", headers=[challenge()])


def refusal(status: int, detail: str, **more: Any) -> Refusal:
    """A refusal, which is written down; its module is loaded by the first one."""
    from .audit import Refusal

    return Refusal(status, detail, **more)


def challenge(error: str = "", scopes: Iterable[str] = ()) -> tuple[str, str]:
    """The WWW-Authenticate header of a refusal (RFC 6750, 3)."""
    parts = []
    if error:
        parts.append(f'error="{error}"')
    if scopes:
        wanted = " ".join(scopes).replace("\\", "").replace('"', "")
        parts.append(f'scope="{wanted}"')
    return ("www-authenticate", " ".join(["Bearer", ", ".join(parts)]).rstrip())


_read: Callable[[str], Any] | None = None


def token_claims(authorization: str | None) -> dict[str, Any] | None:
    """The claims in `Bearer <token>`, NOT verified: only for a token that the gateway has verified. None where it can't
    be read."""
    global _read
    if not authorization:
        return None
    if _read is None:
        _read = _reader()
    try:
        claims = _read(authorization)
    except (ValueError, RecursionError):
        return None
    return claims if isinstance(claims, dict) else None


def _reader() -> Callable[[str], Any]:
    """Reads a token's payload. The JSON texts of recent tokens are kept, since callers come again with the same one;
    not what they stand for, which handlers may change."""
    from binascii import a2b_base64
    from functools import lru_cache
    from json import JSONDecoder

    @lru_cache(maxsize=128)
    def text(authorization: str) -> str:
        scheme, _, token = authorization.strip().rpartition(" ")
        parts = token.split(".")
        if len(parts) != 3 or scheme.strip().lower() not in ("bearer", ""):
            raise ValueError("no bearer token")
        payload = parts[1].replace("-", "+").replace("_", "/")
        return a2b_base64(payload + "=" * (-len(payload) % 4)).decode("utf-8").strip()

    raw_decode = JSONDecoder().raw_decode
    return lambda authorization: raw_decode(text(authorization))[0]
