"""Who calls: tokens taken from `Authorization`, verified, and remembered until they expire."""

from __future__ import annotations

import json
import time
from collections import OrderedDict
from typing import Any

import jwt

from ..errors import LocalError
from ..runtime.ways.signatures import KINDS
from .gate import challenge
from .keys import Keys, check_uri
from .model import AuthSpec
from .own_keys import OwnKeys
from .visit import Caller, Invalid, Visit, subject

MAX_TOKEN = 16 * 1024
"""Bytes. Longer ones are refused before anything is computed."""

REMEMBERED = 4096
"""Verified tokens that are kept, of each way in."""

_SAID: dict[type[Exception], str] = {
    jwt.ExpiredSignatureError: "the token has expired",
    jwt.ImmatureSignatureError: "the token is not valid yet",
    jwt.InvalidIssuerError: "the token is of another issuer",
    jwt.MissingRequiredClaimError: "the token lacks a claim that is required",
    jwt.InvalidSignatureError: "the token's signature does not fit",
}


class Verifier:
    """One way in by token: an issuer, its keys, and what its tokens must say."""

    needed = "a token is needed"
    headers = (b"authorization",)

    def __init__(self, spec: AuthSpec, keys: Keys | OwnKeys) -> None:
        self.spec = spec
        self.name = spec.name or spec.kind
        self.keys = keys
        self.algorithms = frozenset(spec.algorithms)
        if isinstance(keys, Keys):
            _check_published(spec)
        self._remembered: OrderedDict[str, tuple[float, Caller]] = OrderedDict()
        self._generation = keys.generation

    def recall(self, visit: Visit) -> Caller | None:
        authorization = visit.noted.get(b"authorization")
        if authorization is None or len(authorization) != 1:
            return None
        token = token_of(authorization[0], self.spec.scheme)
        return self._recall(token) if token else None

    async def admit(self, visit: Visit) -> Caller | None:
        authorization = visit.noted.get(b"authorization")
        if authorization is None:
            return None
        if len(authorization) > 1:
            raise Invalid("several Authorization headers")
        token = token_of(authorization[0], self.spec.scheme)
        if token is None:
            return None
        if not token or len(token) > MAX_TOKEN or not token.isascii():
            raise Invalid("the token can't be read")
        return await self.verify(token)

    def challenge(self, realm: str, reason: str) -> str:
        """With an error only where a token was sent (RFC 6750, 3.1)."""
        return challenge(self.spec.scheme or "Bearer", realm, reason, "invalid_token")

    def _recall(self, token: str) -> Caller | None:
        """The caller of a token that was verified before and still holds."""
        known = self._remembered.get(token)
        if known is None:
            return None
        if known[0] <= time.time() or self._generation != self.keys.generation:
            self._forget()
            return None
        self._remembered.move_to_end(token)
        return known[1]

    async def verify(self, token: str) -> Caller:
        """Who holds a token. Raises Invalid, or HttpError where the keys can't be had."""
        known = self._recall(token)
        if known is not None:
            return known
        algorithm, kid = self._header(token)
        reason = "the token's key is none of the issuer's"
        for key in await self.keys.find(kid, algorithm):
            try:
                claims = self._claims(token, key.material, algorithm)
            except Invalid as refused:
                reason = str(refused)
            else:
                return self._remember(token, claims)
        raise Invalid(reason)

    def _header(self, token: str) -> tuple[str, str | None]:
        """Algorithm and key id. Nothing else of it is heeded: no `jku`, no `jwk`, no `x5u`."""
        try:
            header = jwt.get_unverified_header(token)
        except Exception:  # PyJWT lets some through that are not its own
            raise Invalid("the token can't be read") from None
        if "crit" in header:  # RFC 7515, 4.1.11: we understand no extension, so none may be critical
            raise Invalid("the token asks for an extension that is not understood")
        algorithm, kid = header.get("alg"), header.get("kid")
        if not isinstance(algorithm, str) or algorithm not in self.algorithms:
            raise Invalid("the token is signed by an algorithm that is not accepted")
        if kid is not None and not isinstance(kid, str):
            raise Invalid("the token can't be read")
        return algorithm, kid

    def _claims(self, token: str, material: Any, algorithm: str) -> dict[str, Any]:
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                material,
                algorithms=[algorithm],
                issuer=self.spec.issuer,
                leeway=self.spec.leeway,
                options={"require": ["exp", "iss"], "verify_aud": False},
            )
            if type(claims["exp"]) not in (int, float):
                raise Invalid("the token can't be read")
        except Exception as error:  # a claim of an odd type can raise anything; whatever it is, nobody is let in
            raise Invalid(_SAID.get(type(error), "the token can't be read")) from None
        if claims["iss"] != self.spec.issuer:  # PyJWT 2.10.0 took a part of it for the whole
            raise Invalid(_SAID[jwt.InvalidIssuerError])
        audience = claims.get("aud")
        if audience is None:
            audience = claims.get("client_id")
        named = audience if isinstance(audience, list) else [audience]
        if not any(isinstance(name, str) and name in self.spec.audience for name in named):
            raise Invalid("the token is for another audience")
        return claims

    def _remember(self, token: str, claims: dict[str, Any]) -> Caller:
        self._forget()
        client, who = subject(claims, self.spec.issuer)
        caller = Caller(json.dumps(claims).encode(), client, who)
        self._remembered[token] = (claims["exp"] + self.spec.leeway, caller)
        if len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)
        return caller

    def _forget(self) -> None:
        """Forgets all tokens if the issuer's keys have changed."""
        if self._generation != self.keys.generation:
            self._remembered.clear()
            self._generation = self.keys.generation


def _check_published(spec: AuthSpec) -> None:
    unusable = sorted(set(spec.algorithms) - KINDS.keys())
    if unusable or not spec.algorithms:
        raise LocalError(
            f"auth of issuer {spec.issuer!r}: the algorithms {', '.join(unusable) or '(none)'} can't be used with "
            f"published keys; use some of {', '.join(KINDS)}"
        )
    for uri in (spec.issuer, spec.jwks_uri):
        if uri is not None:
            check_uri(uri)


def token_of(authorization: str, scheme: str) -> str | None:
    """The token of a header of that scheme, whose case does not count; None where the header is of another scheme."""
    if not scheme:
        return authorization.strip()
    word, _, token = authorization.strip().partition(" ")
    return token.strip() if word.lower() == scheme.lower() else None
