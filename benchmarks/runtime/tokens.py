"""Times the verification of one RS256 token, in turns within this process: benchmarks.verify_cost runs it on a bundle.

"first" is a token that has not been seen: each call gets another one; "again" is one that was let in before. The keys
are there in both, as they are in all calls but the first of a process.
"""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from timing import CALLS, TURNS, show

from sls_infra.runtime.http import Request
from sls_infra.runtime.ways.jwk import read_keys
from sls_infra.runtime.ways.tokens import Jwt

ISSUER = "https://id.example.com/"
DISTINCT = 1500
"""More tokens than the runtime remembers: in turns, each of them has been forgotten when it comes again."""


class Fixed:
    """The issuer's keys, fetched."""

    generation = 1
    current = True

    def __init__(self, public: rsa.RSAPublicKey) -> None:
        entry = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(public))
        self._keys = read_keys({"keys": [{**entry, "kid": "1"}]}, frozenset(("RS256",)))

    def find(self, kid: str | None, algorithm: str) -> tuple[int, list[Any]]:
        """Those of that id."""
        return 1, [key for key in self._keys if key.kid == kid and key.fits(algorithm)]


def subjects() -> dict[str, Callable[[], object]]:
    """Each verifies one token a call."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": "orders", "iat": now, "exp": now + 86400, "scope": "orders:read orders:write"}
    tokens = [
        jwt.encode({**claims, "sub": f"auth0|{number}"}, private, algorithm="RS256", headers={"kid": "1"})
        for number in range(DISTINCT)
    ]
    known = {"issuer": ISSUER, "audience": ["orders"], "algorithms": ["RS256"]}
    way, public = Jwt("jwt", known), private.public_key()
    way.keys = Fixed(public)
    first, compared = itertools.cycle(tokens), itertools.cycle(tokens)

    def request(token: str) -> Request:
        return Request("GET", "/orders/7", "", [("accept", "*/*"), ("authorization", f"Bearer {token}")])

    def runtime_first() -> object:
        return way.verify(request(next(first)))

    def runtime_again() -> object:
        asked = request(tokens[0])
        return way.recall(asked) or way.verify(asked)

    def pyjwt() -> object:
        return jwt.decode(next(compared), public, algorithms=["RS256"], audience="orders", issuer=ISSUER)

    for verify in (runtime_first, pyjwt, runtime_again):
        if verify()["sub"] != "auth0|0":  # type: ignore[index]
            raise SystemExit(f"{verify.__name__} finds other claims")
    if DISTINCT <= 1024 or TURNS * CALLS < DISTINCT:
        raise SystemExit("tokens would be remembered that are counted as new")
    return {
        "RS256, sls_infra.runtime, first": runtime_first,
        "RS256, PyJWT with cryptography": pyjwt,
        "RS256, sls_infra.runtime, again": runtime_again,
    }


if __name__ == "__main__":
    show(subjects())
