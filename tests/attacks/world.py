"""What an attacker and an honest caller have: keys, secrets, tokens that are good, and tokens that are not."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from jwt.algorithms import ECAlgorithm, OKPAlgorithm

from sls_infra.plan.names import route_id
from tools.issuer import Issuer, SigningKey, claims_for

from ..contract.target import ISSUER

AUDIENCE = "vault"
ORIGIN = "https://shop.example.com"
Scheme = Literal["github", "stripe", "slack", "standard"]
SCHEMES: tuple[Scheme, ...] = ("github", "stripe", "slack", "standard")


@dataclass
class World:
    """One for each target: what it hands out, as API keys, is its own."""

    issuer: Issuer
    evil: Issuer
    """Serves keys of an attacker's own, and counts who fetches them."""
    curve: ec.EllipticCurvePrivateKey
    edwards: ed25519.Ed25519PrivateKey
    shared: str = "a-shared-secret-of-32-characters!"
    hooks: Mapping[str, str] = field(
        default_factory=lambda: {
            "github": "github-secret-0f7a",
            "stripe": "whsec_stripe-secret-1c9e",
            "slack": "slack-secret-8d2b",
            "standard": "whsec_" + base64.b64encode(b"standard-secret-of-24-by").decode(),
        }
    )
    keys: dict[str, str] = field(default_factory=dict)
    """Client → API key."""
    hosted: bool = False
    """Whether the Api is one that names its issuer by https."""
    body: bytes = b""
    """Of signed calls; another one for each case, since the same signed message is refused when it comes again."""
    lost: Mapping[str, str] = field(default_factory=lambda: {"revoked": "r" * 40, "stranger": "s" * 40})
    """Keys that let nobody in any more, or never did."""

    @property
    def secrets(self) -> list[str]:
        """What no answer and no log may hold."""
        return [self.shared, *self.hooks.values(), *self.keys.values()]

    @property
    def iss(self) -> str:
        """Who signs, as tokens have it."""
        return ISSUER if self.hosted else self.issuer.url

    @property
    def open_id(self) -> str:
        """By what gateways know the open route."""
        return route_id("GET", "/open")

    def renew(self) -> None:
        """Another case begins."""
        self.body = b'{"id": 7, "amount": 100, "nonce": "%s"}' % uuid.uuid4().hex.encode()

    # Tokens

    def claims(self, **more: Any) -> dict[str, Any]:
        """Those of a good token; `more` replaces some, None takes one away."""
        return claims_for(self.iss, AUDIENCE, **{"scope": "vault:read vault:write", **more})

    def token(self, **more: Any) -> str:
        """Signed by the issuer, whatever it says."""
        return self.signed(json.dumps(self.claims(**more)).encode())

    def signed(self, content: bytes, **header: Any) -> str:
        """The issuer's signature over this payload, whatever it is."""
        fields = {"kid": self.issuer.key.kid, "typ": "JWT", **header}
        message = encode({"alg": "RS256", **fields}) + b"." + encode(content)
        return joined(message, self.raw_signature(message))

    def raw_signature(self, message: bytes) -> bytes:
        """RS256 by the issuer's key."""
        signature: bytes = jwt.algorithms.get_default_algorithms()["RS256"].sign(message, self.issuer.key.private)
        return signature

    def forged(self, header: Mapping[str, Any], signature: bytes = b"", **claims: Any) -> str:
        """Any header over good claims."""
        return joined(encode(header) + b"." + encode(self.claims(**claims)), signature)

    def mac(self, key: bytes, kid: str | None = None, algorithm: str = "sha256", **claims: Any) -> str:
        """An HS256 token by any octets."""
        name = {"sha256": "HS256", "sha384": "HS384", "sha512": "HS512"}[algorithm]
        header = {"alg": name, "typ": "JWT"} | ({} if kid is None else {"kid": kid})
        message = encode(header) + b"." + encode(self.claims(**claims))
        return joined(message, hmac.new(key, message, algorithm).digest())

    @property
    def stranger(self) -> SigningKey:
        """An attacker's own key."""
        return self.evil.key

    # Webhooks

    def hook(
        self, scheme: str, body: bytes | None = None, *, at: float | None = None, secret: str | None = None
    ) -> Headers:
        """The headers of a signed call, at a moment (default: now)."""
        when = str(int(time.time() if at is None else at))
        body = self.body if body is None else body
        given = self.hooks[scheme] if secret is None else secret
        if scheme == "github":
            signature = mac(given.encode(), body).hex()
            return [("x-hub-signature-256", f"sha256={signature}"), ("x-github-delivery", str(uuid.uuid4()))]
        if scheme == "stripe":
            signature = mac(given.encode(), f"{when}.".encode() + body).hex()
            return [("stripe-signature", f"t={when},v1={signature}")]
        if scheme == "slack":
            signature = mac(given.encode(), f"v0:{when}:".encode() + body).hex()
            return [("x-slack-request-timestamp", when), ("x-slack-signature", f"v0={signature}")]
        id = f"msg_{uuid.uuid4().hex}"
        key = base64.b64decode(given.removeprefix("whsec_"))
        signature = base64.b64encode(mac(key, f"{id}.{when}.".encode() + body)).decode()
        return [("webhook-id", id), ("webhook-timestamp", when), ("webhook-signature", f"v1,{signature}")]


Headers = list[tuple[str, str]]


def mac(key: bytes, message: bytes, algorithm: str = "sha256") -> bytes:
    """HMAC."""
    return hmac.new(key, message, algorithm).digest()


def encode(part: object) -> bytes:
    """base64url without padding, of octets or of a value's JSON."""
    content = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(content).rstrip(b"=")


def joined(message: bytes, signature: bytes) -> str:
    """The compact form."""
    return (message + b"." + encode(signature)).decode("latin-1")


def bearer(token: str) -> Headers:
    """The header that carries a token."""
    return [("authorization", f"Bearer {token}")]


def extra_keys(own: SigningKey, curve: ec.EllipticCurvePrivateKey, edwards: ed25519.Ed25519PrivateKey) -> list[Any]:
    """What the issuer publishes beside its own key: usable ones of other kinds, and traps."""
    return [
        {"kty": "oct", "kid": "published", "k": encode(b"k" * 32).decode()},
        {"kty": "RSA", "use": "enc", "kid": "for-encryption", "n": "AQAB", "e": "AQAB"},
        {"kty": "RSA", "kid": "tiny", "n": encode(b"\x0f").decode(), "e": "AQAB"},
        {"kty": "RSA", "kid": "broken", "n": "!!", "e": "AQAB"},
        {"kty": "XYZ", "kid": "strange"},
        "not even an object",
        {"kty": "RSA", "kid": "any-use", "n": own.jwk()["n"], "e": own.jwk()["e"]},
        {**json.loads(ECAlgorithm.to_jwk(curve.public_key())), "kid": "curve", "use": "sig"},
        {**json.loads(OKPAlgorithm.to_jwk(edwards.public_key())), "kid": "edwards"},
    ]


def digest(key: str) -> str:
    """What stands in a keyring for a key."""
    return hashlib.sha256(key.encode()).hexdigest()


def new_world(issuer: Issuer, evil: Issuer) -> World:
    """With keys of other kinds, which the issuer publishes."""
    curve, edwards = ec.generate_private_key(ec.SECP256R1()), ed25519.Ed25519PrivateKey.generate()
    issuer.extra_keys = extra_keys(issuer.key, curve, edwards)
    return World(issuer, evil, curve, edwards)
