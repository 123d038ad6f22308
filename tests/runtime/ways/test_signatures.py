"""Algorithms other than published RSA keys: shared secrets, keys in PEM, and those that PyJWT verifies."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from jwt.algorithms import ECAlgorithm, OKPAlgorithm

from sls_infra.runtime.ways.jwk import read_keys
from sls_infra.runtime.ways.pem import rsa_key
from sls_infra.runtime.ways.signatures import KINDS, OwnKey, SharedKey
from sls_infra.runtime.ways.way import Misconfigured
from tools.issuer import SigningKey, claims_for

from .conftest import Clock, Platform, Serve, call, challenge_of

ISSUER = "https://id.example.com/"
CURVES: dict[str, ec.EllipticCurvePrivateKey] = {
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "ES384": ec.generate_private_key(ec.SECP384R1()),
    "ES512": ec.generate_private_key(ec.SECP521R1()),
}
EDWARDS = ed25519.Ed25519PrivateKey.generate()


def pem(key: Any, kind: PublicFormat = PublicFormat.SubjectPublicKeyInfo) -> str:
    return str(key.public_key().public_bytes(Encoding.PEM, kind).decode())


def signed(key: Any, algorithm: str, message: bytes = b"message") -> bytes:
    return bytes(jwt.algorithms.get_default_algorithms()[algorithm].sign(message, key))


@pytest.mark.parametrize("kind", [PublicFormat.SubjectPublicKeyInfo, PublicFormat.PKCS1])
def test_rsa_keys_in_pem(signing: SigningKey, kind: PublicFormat) -> None:
    text, numbers = pem(signing.private, kind), signing.private.public_key().public_numbers()
    for written in (text, text.replace("\n", "\r\n"), f"\n  {text}  \n"):
        key = rsa_key(written)
        assert (key.n, key.e) == (numbers.n, numbers.e)


def test_what_is_no_rsa_key_in_pem(signing: SigningKey, short: rsa.RSAPrivateKey) -> None:
    good = pem(signing.private)
    lines = good.strip().splitlines()
    private = signing.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    for bad in (
        "", "secret", lines[1], "\n".join(lines[:-1]), "\n".join([lines[0], lines[-1]]), good + good, private,
        good.replace("PUBLIC KEY", "CERTIFICATE"), good.replace("PUBLIC KEY", "RSA PUBLIC KEY"),
        "\n".join([lines[0], *lines[2:]]), "\n".join([*lines[:-2], lines[-1]]),
        good.replace(lines[3], lines[3][:-1] + "!"),
        pem(short), pem(CURVES["ES256"]), pem(EDWARDS),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=r".+") as told:
            rsa_key(bad)
        assert lines[1] not in str(told.value)


def test_every_byte_of_a_key_counts(signing: SigningKey) -> None:
    """A key of which one byte is another is another key, or none: never the same."""
    from base64 import b64decode, b64encode

    lines = pem(signing.private).strip().splitlines()
    content, numbers = b64decode("".join(lines[1:-1])), rsa_key(pem(signing.private))
    for at in range(len(content)):
        changed = content[:at] + bytes((content[at] ^ 1,)) + content[at + 1 :]
        try:
            other = rsa_key("\n".join([lines[0], b64encode(changed).decode(), lines[-1]]))
        except ValueError:
            continue
        assert (other.n, other.e) != (numbers.n, numbers.e), at


@pytest.mark.parametrize(("algorithm", "least"), [("HS256", 32), ("HS384", 48), ("HS512", 64)])
def test_shared_secrets(algorithm: str, least: int) -> None:
    secret = "ü" + "s" * (least - 2)
    key = SharedKey(secret, frozenset((algorithm,)))
    signature = signed(secret.encode(), algorithm)
    assert key.verifies(algorithm, b"message", signature)
    assert not key.verifies(algorithm, b"massage", signature)
    assert not key.verifies(algorithm, b"message", signature[:-1])
    assert not key.verifies(algorithm, b"message", b"")
    for other in {"HS256", "HS384", "HS512"} - {algorithm}:
        assert not key.verifies(other, b"message", signed((secret * 2).encode(), other))
    with pytest.raises(Misconfigured, match=f"{least - 1} bytes"):
        SharedKey(secret[:-1], frozenset((algorithm,)))


@pytest.mark.parametrize("algorithm", [*CURVES, "EdDSA", "PS256", "PS512", "RS384"])
def test_own_and_published_keys_of_each_algorithm(signing: SigningKey, algorithm: str) -> None:
    keys: dict[str, Any] = {**CURVES, "EdDSA": EDWARDS}
    private, signature = keys.get(algorithm, signing.private), b""
    own = OwnKey(pem(private), frozenset((algorithm,)))
    (published,) = read_keys({"keys": [jwk_of(private)]}, frozenset((algorithm,)))
    signature = signed(private, algorithm)
    for key in (own, published):
        assert key.verifies(algorithm, b"message", signature)
        assert not key.verifies(algorithm, b"massage", signature)
        assert not key.verifies(algorithm, b"message", signature[:-1])
        assert not key.verifies(algorithm, b"message", bytes(len(signature)))


def jwk_of(private: Any) -> dict[str, Any]:
    if isinstance(private, rsa.RSAPrivateKey):
        return {name: value for name, value in SigningKey(private).jwk().items() if name != "alg"}
    algorithm = OKPAlgorithm if isinstance(private, ed25519.Ed25519PrivateKey) else ECAlgorithm
    return dict(json.loads(algorithm.to_jwk(private.public_key())))


def test_keys_of_another_kind_or_curve_are_none(signing: SigningKey, short: rsa.RSAPrivateKey) -> None:
    keys: dict[str, Any] = {"RS": signing.private, "EdDSA": EDWARDS, **CURVES}
    for algorithm in KINDS:
        for name, private in keys.items():
            fits = algorithm == name or (name == "RS" and algorithm[:2] in ("RS", "PS"))
            only = frozenset((algorithm,))
            assert bool(read_keys({"keys": [jwk_of(private)]}, only)) == fits, (algorithm, name)
            if fits:
                OwnKey(pem(private), only)
            else:
                with pytest.raises(Misconfigured):
                    OwnKey(pem(private), only)
    for algorithm in ("RS256", "PS256"):
        with pytest.raises(Misconfigured):
            OwnKey(pem(short), frozenset((algorithm,)))
    for text in ("secret", "", signing.pem().decode()):
        with pytest.raises(Misconfigured):
            OwnKey(text, frozenset(("PS256",)))


def own_way(*algorithms: str) -> dict[str, Any]:
    return {"kind": "jwt", "algorithms": list(algorithms), "leeway": 0, "scheme": "Bearer", "key": "signing"}


SAID = {"jwt": {"issuer": ISSUER, "audience": ["orders"], "jwks_uri": None}}


def test_tokens_of_ones_own_making(serve: Serve, platform: Platform, clock: Clock) -> None:
    secret = platform.secrets["signing"] = "s" * 32
    dispatcher = serve({"jwt": own_way("HS256")}, SAID)
    claims = {**claims_for(ISSUER, "orders"), "iat": 0, "exp": int(clock.now) + 600}

    def status(key: str, **header: Any) -> int:
        token = jwt.encode(claims, key, algorithm="HS256", headers=header)
        return call(dispatcher, {"authorization": f"Bearer {token}"}).status

    assert status(secret) == 200
    assert status(secret, kid="whatever") == 200
    assert status("t" * 32) == 401
    platform.secrets["signing"] = "t" * 32
    clock.now += 61
    assert status("t" * 32) == 200
    assert status(secret) == 401, "what was verified with the old secret is forgotten"


@pytest.mark.parametrize("secret", ["too short", "", None])
def test_a_secret_that_cannot_be_used_lets_nobody_in(serve: Serve, platform: Platform, secret: str | None) -> None:
    if secret is not None:
        platform.secrets["signing"] = secret
    dispatcher = serve({"jwt": own_way("HS256")}, SAID, anonymous=True)
    key = (secret or "") + "0" * 32
    claims = claims_for(ISSUER, "orders")
    answer = call(dispatcher, {"authorization": f"Bearer {jwt.encode(claims, key, algorithm='HS256')}"})
    assert answer.status == (503 if secret is None else 500)
    assert call(dispatcher).status == 200, "who sends nothing is anonymous"


def test_the_public_key_is_no_shared_secret(serve: Serve, platform: Platform, signing: SigningKey) -> None:
    platform.secrets["signing"] = signing.public_pem().decode()
    dispatcher = serve({"jwt": own_way("RS256")}, SAID)
    claims = claims_for(ISSUER, "orders")
    assert call(dispatcher, {"authorization": f"Bearer {signing.sign(claims)}"}).status == 200
    parts = [jwt.utils.base64url_encode(json.dumps(part).encode()) for part in ({"alg": "HS256"}, claims)]
    mac = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    message = b".".join(parts)
    forged = b".".join([message, jwt.utils.base64url_encode(mac.sign(message, signing.public_pem()))]).decode()
    refused = call(dispatcher, {"authorization": f"Bearer {forged}"})
    assert refused.status == 401
    assert "algorithm" in challenge_of(refused)


def test_pyjwt_is_imported_for_nothing_that_the_standard_library_does() -> None:
    program = """
import sys
sys.modules["jwt"] = None  # as where it is not in the bundle
from sls_infra.runtime.ways import api_key, custom, guard, jwk, tokens, webhook
from sls_infra.runtime.ways.way import Misconfigured
known = {"issuer": "https://id.example.com/", "audience": "orders"}
tokens.Jwt("jwt", {**known, "algorithms": ["RS256"]})
tokens.Jwt("jwt", {**known, "algorithms": ["HS256"], "key": "secret"})
assert jwk.read_keys({"keys": []}, frozenset(["RS256"])) == []
try:
    jwk.read_keys({"keys": []}, frozenset(["ES256"]))
except Misconfigured as error:
    assert "pyjwt[crypto] is not in the bundle" in str(error)
else:
    raise SystemExit("it has to be said")
assert not any(name.startswith("cryptography") for name in sys.modules)
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
