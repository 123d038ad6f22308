"""How a token is signed: RSA (PKCS#1 v1.5) and HMAC by the standard library, the rest by PyJWT with cryptography.

PyJWT is in the bundle only where a way in names one of the other algorithms, and is imported only then.
"""

from __future__ import annotations

import hashlib
import hmac

from . import rsa
from .way import Misconfigured

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    class Key(Protocol):
        """A key that may have made a token's signature."""

        def verifies(self, algorithm: str, message: bytes, signature: bytes) -> bool:
            """Whether it did, by that algorithm."""


KINDS = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), ("RSA", ())),
    "ES256": ("EC", ("P-256",)),
    "ES384": ("EC", ("P-384",)),
    "ES512": ("EC", ("P-521",)),
    "EdDSA": ("OKP", ("Ed25519", "Ed448")),
}
"""Signature algorithm → type of its keys, and their curves. Symmetric ones are missing on purpose: what anybody may
fetch can't be a secret."""

_HASHES = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}
SYMMETRIC = frozenset(_HASHES)

_CURVES = {"ES256": "secp256r1", "ES384": "secp384r1", "ES512": "secp521r1"}


def by_library(algorithm: str) -> bool:
    """Whether PyJWT verifies signatures of that algorithm, and nothing of our own."""
    return algorithm in KINDS and algorithm not in rsa.ALGORITHMS


class SharedKey:
    """A secret that issuer and function both hold, as it is: its bytes are the UTF-8 of the text."""

    def __init__(self, secret: str, algorithms: frozenset[str]) -> None:
        self._secret = secret.encode("utf-8")
        self._algorithms = algorithms
        for algorithm in algorithms:
            least = _HASHES[algorithm]().digest_size
            if len(self._secret) < least:  # RFC 7518, 3.2
                raise Misconfigured(f"the secret has {len(self._secret)} bytes, {algorithm} takes at least {least}")

    def verifies(self, algorithm: str, message: bytes, signature: bytes) -> bool:
        """Whether the signature was made with it."""
        if algorithm not in self._algorithms:
            return False
        return hmac.compare_digest(hmac.digest(self._secret, message, _HASHES[algorithm]), signature)


class OwnKey:
    """The public key of tokens of one's own making, in PEM."""

    def __init__(self, pem: str, algorithms: frozenset[str]) -> None:
        self._rsa: rsa.PublicKey | None = None
        self._material: dict[str, Any] = {}
        try:
            for algorithm in algorithms:
                if by_library(algorithm):
                    self._material[algorithm] = _prepared(algorithm, pem)
                elif self._rsa is None:
                    from .pem import rsa_key

                    self._rsa = rsa_key(pem)
        except ValueError as error:
            raise Misconfigured(str(error)) from None

    def verifies(self, algorithm: str, message: bytes, signature: bytes) -> bool:
        """Whether the signature was made with its private half."""
        if algorithm in self._material:
            return verifies_by_library(algorithm, self._material[algorithm], message, signature)
        return algorithm in rsa.ALGORITHMS and self._rsa is not None and self._rsa.verifies(
            algorithm, message, signature
        )  # fmt: skip


def library() -> Any:
    """PyJWT. Raises Misconfigured where it is not in the bundle, or has no cryptography."""
    try:
        jwt: Any = __import__("jwt")
    except ImportError:
        jwt = None
    if jwt is None or not jwt.algorithms.has_crypto:
        raise Misconfigured("pyjwt[crypto] is not in the bundle: bundle again")
    return jwt


_algorithms: dict[str, Any] = {}


def verifies_by_library(algorithm: str, material: Any, message: bytes, signature: bytes) -> bool:
    """Whether PyJWT says so."""
    global _algorithms
    if not _algorithms:
        _algorithms = library().algorithms.get_default_algorithms()
    return bool(_algorithms[algorithm].verify(message, material, signature))


def _prepared(algorithm: str, pem: str) -> Any:
    """The key as PyJWT takes it. Raises Misconfigured for one of another kind or curve, or of too few bits."""
    jwt = library()
    expected = f"the key is no public key of {algorithm} in PEM"
    if "PRIVATE KEY" in pem or "BEGIN" not in pem:
        raise Misconfigured(expected)
    try:
        material = jwt.algorithms.get_default_algorithms()[algorithm].prepare_key(pem)
    except Exception as error:
        raise Misconfigured(f"{expected}: {type(error).__name__}") from None
    curve = getattr(getattr(material, "curve", None), "name", None)
    if curve != _CURVES.get(algorithm) or (algorithm.startswith("PS") and material.key_size < rsa.MIN_BITS):
        raise Misconfigured(expected)
    return material
