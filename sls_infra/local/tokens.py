"""Who calls: tokens taken from `Authorization`, verified, and remembered until they expire."""

from __future__ import annotations

import json
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import jwt

from ..errors import LocalError
from ..runtime.errors import HttpError
from .keys import KINDS, Keys, check_uri
from .model import AuthSpec

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


class Invalid(Exception):  # an outcome, told to the caller as 401
    """A token that lets nobody in, and why."""


class Verifier:
    """One way in by token: an issuer, its keys, and what its tokens must say."""

    def __init__(self, spec: AuthSpec, keys: Keys) -> None:
        self.spec = spec
        self.keys = keys
        self.algorithms = frozenset(spec.algorithms)
        unusable = sorted(self.algorithms - KINDS.keys())
        if unusable or not self.algorithms:
            raise LocalError(
                f"auth of issuer {spec.issuer!r}: the algorithms {', '.join(unusable) or '(none)'} can't be used with "
                f"published keys; use some of {', '.join(KINDS)}"
            )
        for uri in (spec.issuer, spec.jwks_uri):
            if uri is not None:
                check_uri(uri)
        self._remembered: OrderedDict[str, tuple[float, bytes]] = OrderedDict()
        self._generation = keys.generation

    def recall(self, token: str) -> bytes | None:
        """The claims, as JSON, of a token that was verified before and still holds."""
        known = self._remembered.get(token)
        if known is None:
            return None
        if known[0] <= time.time() or self._generation != self.keys.generation:
            self._forget()
            return None
        self._remembered.move_to_end(token)
        return known[1]

    async def verify(self, token: str) -> bytes:
        """The claims of a token, as JSON. Raises Invalid, or HttpError 503 where the issuer's keys can't be had."""
        known = self.recall(token)
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

    def _remember(self, token: str, claims: dict[str, Any]) -> bytes:
        self._forget()
        text = json.dumps(claims).encode()
        self._remembered[token] = (claims["exp"] + self.spec.leeway, text)
        if len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)
        return text

    def _forget(self) -> None:
        """Forgets all tokens if the issuer's keys have changed."""
        if self._generation != self.keys.generation:
            self._remembered.clear()
            self._generation = self.keys.generation


class Gate:
    """The ways into a route. Any one of them is enough."""

    def __init__(self, realm: str, ways: Sequence[AuthSpec], verifier: Callable[[AuthSpec], Verifier]) -> None:
        self.open = any(way.kind == "public" for way in ways)
        self.verifiers = [verifier(way) for way in ways if way.kind == "jwt"]
        self.realm = realm.replace("\\", "").replace('"', "")

    def recall(self, authorization: list[str]) -> bytes | None:
        """The claims, as JSON, of a caller who was let in before: the short way for most requests."""
        if len(authorization) == 1:
            for verifier in self.verifiers:
                token = token_of(authorization[0], verifier.spec.scheme)
                if token:
                    claims = verifier.recall(token)
                    if claims is not None:
                        return claims
        return None

    async def claims(self, authorization: list[str]) -> bytes:
        """The caller's claims, as JSON, nothing for an anonymous one. Raises HttpError 401, or 503 without the issuer's
        keys."""
        if not self.verifiers:
            return b""
        if len(authorization) > 1:
            raise self._refusal("several Authorization headers")
        reason, trouble = "", None
        for verifier in self.verifiers:
            token = token_of(authorization[0], verifier.spec.scheme) if authorization else None
            if token is None:
                continue
            if not token or len(token) > MAX_TOKEN or not token.isascii():
                reason = "the token can't be read"
                continue
            try:
                return await verifier.verify(token)
            except Invalid as refused:
                reason = str(refused)
            except HttpError as unavailable:
                trouble = unavailable
        if trouble is not None:
            raise trouble
        if reason or not self.open:
            raise self._refusal(reason)
        return b""

    def _refusal(self, reason: str) -> HttpError:
        """401, with an error only where a token was sent (RFC 6750, 3.1)."""
        scheme = self.verifiers[0].spec.scheme or "Bearer"
        challenge = f'{scheme} realm="{self.realm}"'
        if reason:
            challenge += f', error="invalid_token", error_description="{reason}"'
        return HttpError(401, reason or "a token is needed", headers={"www-authenticate": challenge})


def token_of(authorization: str, scheme: str) -> str | None:
    """The token of a header of that scheme, whose case does not count; None where the header is of another scheme."""
    if not scheme:
        return authorization.strip()
    word, _, token = authorization.strip().partition(" ")
    return token.strip() if word.lower() == scheme.lower() else None
