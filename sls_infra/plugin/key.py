"""`sls:local:Key`: a key of a client, made once. Nothing of it is on this machine: it is in the stack's state alone.

Inputs: `client`, `generation`; another one of either is another key. Outputs: `key`, a secret: 32 random bytes in
base64url; `sha256` of it, hex, by which gateways know it.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator

from .identity import fresh_id
from .kind import Found
from .values import UNKNOWN, Values, sealed

BYTES = 32


class KeyKind:
    """Makes keys."""

    type = "sls:local:Key"
    replaces = frozenset({"client", "generation"})
    silent: frozenset[str] = frozenset()

    def check(self, inputs: Values) -> Iterator[tuple[str, str]]:
        for name in ("client", "generation"):
            if name not in inputs:
                yield name, "is missing"

    def foreseen(self, inputs: Values, before: tuple[Values, Values] | None) -> Values:
        if before is not None:
            return {name: before[1][name] for name in ("key", "sha256") if name in before[1]}
        return {"key": sealed(UNKNOWN), "sha256": UNKNOWN}

    def create(self, urn: str, inputs: Values) -> tuple[str, Values]:
        key = secrets.token_urlsafe(BYTES)
        return fresh_id(urn), {"key": sealed(key), "sha256": hashlib.sha256(key.encode()).hexdigest()}

    def read(self, urn: str, id: str, inputs: Values, computed: Values) -> Found | None:
        if "key" not in computed:
            return None
        return Found(inputs, {**computed, "key": sealed(computed["key"])})

    def update(self, urn: str, id: str, inputs: Values) -> Values:
        raise NotImplementedError("every change of a key is another key")

    def delete(self, urn: str, id: str, inputs: Values) -> None:
        pass
