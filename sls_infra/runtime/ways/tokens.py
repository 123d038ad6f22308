"""Jwt: a signed token in `Authorization` (RFC 7519, RFC 9068), and what it must say."""

from __future__ import annotations

from time import time

from .keys import Own, Published
from .remembered import Remembered
from .segments import from_base64url, json_object
from .signatures import KINDS, SYMMETRIC
from .way import Misconfigured, Refused, Way, one_header

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from ..http import Request
    from .keys import Source
    from .way import Claims

MAX_TOKEN = 16 * 1024
"""Characters. Longer ones are refused before anything is computed."""

UNREADABLE = "the token can't be read"
_NUMBERS = (int, float)


class Jwt(Way):
    """One issuer's tokens. `known`: issuer, audience, jwks_uri, key, algorithms, leeway, scheme."""

    kind = "jwt"
    needed = "a token is needed"

    def __init__(self, name: str, known: Mapping[str, Any]) -> None:
        super().__init__(name)
        self.issuer: str = _text(known, "issuer")
        audiences = known.get("audience")
        self.audiences = frozenset([audiences] if isinstance(audiences, str) else audiences or ())
        self.leeway = int(known.get("leeway") or 0)
        self.scheme: str = known.get("scheme") or "Bearer"
        algorithms = frozenset(known.get("algorithms") or ())
        if not self.audiences or not all(isinstance(name, str) and name for name in self.audiences):
            raise Misconfigured("the deployment names no audience")
        self.algorithms = algorithms
        self.keys = _source(known, self.issuer, algorithms)
        self._remembered = Remembered()

    def presented(self, request: Request) -> bool:
        values = request.headers.get_all("authorization")
        return len(values) > 1 or bool(values and token_of(values[0], self.scheme) is not None)

    def recall(self, request: Request) -> Claims | None:
        values = request.headers.get_all("authorization")
        if len(values) != 1 or not self.keys.current:
            return None
        token = token_of(values[0], self.scheme)
        known = self._remembered.get(token, self.keys.generation) if token else None
        return None if known is None else json_object(known)

    def verify(self, request: Request) -> Claims:
        authorization = one_header(request, "authorization", "Authorization") or ""
        token = token_of(authorization, self.scheme) or ""
        if not token or len(token) > MAX_TOKEN or not token.isascii():
            raise Refused(UNREADABLE)
        try:
            message, header, content, signature = _parts(token)
        except (ValueError, RecursionError):
            raise Refused(UNREADABLE) from None
        algorithm, kid = self._signed(header)
        generation, keys = self.keys.find(kid, algorithm)
        known = self._remembered.get(token, generation)
        if known is not None:
            return json_object(known)
        if not keys:
            raise Refused("the token's key is none of the issuer's")
        if not any(key.verifies(algorithm, message, signature) for key in keys):
            raise Refused("the token's signature does not fit")
        try:
            text = content.decode("utf-8")
            claims = json_object(text)
        except (ValueError, RecursionError):
            raise Refused(UNREADABLE) from None
        self._check(claims, time())
        self._remembered.add(token, int(claims["exp"]) + self.leeway, generation, text)
        return claims

    def challenge(self, realm: str, reason: str = "") -> str:
        """With an error only where a token was sent (RFC 6750, 3.1)."""
        error = f', error="invalid_token", error_description="{reason}"' if reason else ""
        return f'{self.scheme} realm="{realm}"{error}'

    def _signed(self, header: Mapping[str, Any]) -> tuple[str, str | None]:
        """Algorithm and key id. Nothing else of a header is heeded: no `jku`, no `jwk`, no `x5u`."""
        if "crit" in header or header.get("b64") is False:  # RFC 7515, 4.1.11: we understand no extension
            raise Refused("the token asks for an extension that is not understood")
        algorithm, kid = header.get("alg"), header.get("kid")
        if not isinstance(algorithm, str) or algorithm not in self.algorithms:
            raise Refused("the token is signed by an algorithm that is not accepted")
        if "kid" in header and not isinstance(kid, str):
            raise Refused(UNREADABLE)
        return algorithm, kid

    def _check(self, claims: Claims, now: float) -> None:
        """Raises Refused for claims that don't hold, here and now."""
        if claims.get("exp") is None or claims.get("iss") is None:
            raise Refused("the token lacks a claim that is required")
        if not all(isinstance(claims.get(name, ""), str) for name in ("sub", "jti")):
            raise Refused(UNREADABLE)
        if type(claims["exp"]) not in _NUMBERS:
            raise Refused(UNREADABLE)
        for name in ("iat", "nbf"):
            if name in claims and _seconds(claims[name]) > now + self.leeway:
                raise Refused("the token is not valid yet")
        if _seconds(claims["exp"]) <= now - self.leeway:
            raise Refused("the token has expired")
        if claims["iss"] != self.issuer:
            raise Refused("the token is of another issuer")
        audience = claims.get("aud")
        if audience is None:
            audience = claims.get("client_id")
        named = audience if isinstance(audience, list) else [audience]
        if not any(isinstance(each, str) and each in self.audiences for each in named):
            raise Refused("the token is for another audience")


def token_of(authorization: str, scheme: str) -> str | None:
    """The token of a header of that scheme, whose case does not count; None where the header is of another scheme."""
    word, _, token = authorization.strip().partition(" ")
    return token.strip() if word.lower() == scheme.lower() else None


def _parts(token: str) -> tuple[bytes, dict[str, Any], bytes, bytes]:
    """What was signed, header, content, signature."""
    signed, dot, signature = token.rpartition(".")
    header, dots, content = signed.partition(".")
    if not dot or not dots or "." in content:
        raise ValueError("not three parts")
    read = json_object(from_base64url(header).decode("utf-8"))
    return signed.encode("ascii"), read, from_base64url(content), from_base64url(signature)


def _seconds(value: object) -> int:
    """A time in a claim, as whole seconds, as PyJWT reads it: a text of digits too."""
    if not isinstance(value, (int, float, str)):
        raise Refused(UNREADABLE)
    try:
        return int(value)
    except (ValueError, OverflowError):
        raise Refused(UNREADABLE) from None


def _text(known: Mapping[str, Any], name: str) -> str:
    value = known.get(name)
    if not isinstance(value, str) or not value:
        raise Misconfigured(f"the deployment does not say its {name}")
    return value


def _source(known: Mapping[str, Any], issuer: str, algorithms: frozenset[str]) -> Source:
    key = known.get("key")
    _usable(algorithms, KINDS.keys() | (SYMMETRIC if key else frozenset()))
    if key is None:
        return Published(issuer, known.get("jwks_uri"), algorithms)
    if algorithms & SYMMETRIC and not algorithms <= SYMMETRIC:
        raise Misconfigured("one key can't be both shared and public")
    return Own(key, algorithms)


def _usable(algorithms: frozenset[str], known: Iterable[str]) -> None:
    unusable = sorted(algorithms.difference(known))
    if unusable or not algorithms:
        raise Misconfigured(f"its algorithms {', '.join(unusable) or '(none)'} can't be used with its keys")
