"""Published signing keys: a JWK Set (RFC 7517)."""

from __future__ import annotations

from . import rsa
from .segments import from_base64url
from .signatures import KINDS, by_library, library, verifies_by_library

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

MAX_KEYS = 100
"""Of a set; further ones are left out: each may be tried on a token that names none."""

_PUBLIC_MEMBERS = ("kty", "n", "e", "crv", "x", "y")


class PublishedKey:
    """One usable key of a set."""

    __slots__ = ("_material", "_rsa", "algorithm", "curve", "kid", "kind")

    def __init__(self, entry: Mapping[str, Any], algorithms: frozenset[str]) -> None:
        """Raises ValueError, KeyError or TypeError for one that is not for these algorithms."""
        self.kid: str | None = entry.get("kid")
        self.kind: str = entry["kty"]
        self.curve: str | None = entry.get("crv")
        self.algorithm: str | None = entry.get("alg")
        """The only algorithm it is for; None: any of its kind."""
        uses, operations = entry.get("use"), entry.get("key_ops")
        if uses not in (None, "sig") or (operations is not None and "verify" not in operations):
            raise ValueError("a key for something else")
        if self.kid is not None and not isinstance(self.kid, str):
            raise ValueError("an id that is no text")
        fitting = [algorithm for algorithm in algorithms if self.fits(algorithm)]
        if not fitting:
            raise ValueError("a key of another kind")
        self._rsa = _rsa(entry) if self.kind == "RSA" else None
        self._material = _by_library(entry) if any(map(by_library, fitting)) else None

    def fits(self, algorithm: str) -> bool:
        """Whether a signature by that algorithm can be this key's."""
        kind, curves = KINDS[algorithm]
        return self.kind == kind and (not curves or self.curve in curves) and self.algorithm in (None, algorithm)

    def verifies(self, algorithm: str, message: bytes, signature: bytes) -> bool:
        """Whether the signature was made with its private half."""
        if not by_library(algorithm):
            return self._rsa is not None and self._rsa.verifies(algorithm, message, signature)
        return verifies_by_library(algorithm, self._material, message, signature)


def read_keys(document: Mapping[str, Any], algorithms: frozenset[str]) -> list[PublishedKey]:
    """The keys of a set that are of use for these algorithms. Others (encryption, symmetric, too short, broken) are
    left out, as RFC 7517 asks. Raises ValueError for what is no set of keys."""
    entries, keys = document.get("keys"), []
    if not isinstance(entries, list):
        raise ValueError("the document of keys holds no list of them")
    if any(map(by_library, algorithms)):
        library()  # missing, it is said here, and not taken for a broken key
    for entry in entries:
        try:
            keys.append(PublishedKey(entry, algorithms))
        except Exception:  # noqa: S112  # whatever somebody publishes
            continue
    return keys[:MAX_KEYS]


def _rsa(entry: Mapping[str, Any]) -> rsa.PublicKey:
    n, e = (int.from_bytes(from_base64url(entry[name]), "big") for name in ("n", "e"))
    return rsa.PublicKey(n, e)


def _by_library(entry: Mapping[str, Any]) -> Any:
    # Only the public half, in case somebody published more.
    return library().PyJWK({name: entry[name] for name in _PUBLIC_MEMBERS if name in entry}).key
