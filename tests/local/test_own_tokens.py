"""Tokens of one's own making: verified by a secret of the deployment, without anything being fetched."""

from __future__ import annotations

import base64
import hmac
import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from sls_infra.errors import LocalError
from sls_infra.local.secrets import write_secret
from tests.local.harness import CLAIMS_CODE, Deployed, Stack, assert_refused, bearer, eventually, get, jwt_way

SHARED = "a secret that both sides share, of 64 bytes or more, as HS512 wants it to be"
ISSUER = "https://shop.example.com/"
RSA = rsa.generate_private_key(65537, 2048)
CURVE = ec.generate_private_key(ec.SECP256R1())


def pem(key: Any) -> str:
    encoding, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    text: bytes = key.public_key().public_bytes(encoding, form)
    return text.decode()


def base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def secret(stack: Stack, name: str, value: str) -> str:
    return write_secret(stack.root, name, value, urn=stack.urn("Secret", name))


def token(key: Any = SHARED, algorithm: str = "HS256", headers: dict[str, Any] | None = None, **claims: Any) -> str:
    now = int(time.time())
    known = {"iss": ISSUER, "aud": "orders", "sub": "ann", "exp": now + 60, **claims}
    return jwt.encode({name: value for name, value in known.items() if value is not None}, key, algorithm, headers)


@pytest.fixture
def api(stack: Stack) -> Deployed:
    places = {name: secret(stack, name, value) for name, value in VALUES.items()}
    routes = [
        get("/shared", "app:claims", auth=(jwt_way(ISSUER, key=places["shared"], algorithms=("HS256", "HS512")),)),
        get("/rsa", "app:claims", auth=(jwt_way(ISSUER, key=places["rsa"], algorithms=("RS256", "PS256")),)),
        get("/curve", "app:claims", auth=(jwt_way(ISSUER, key=places["curve"], algorithms=("ES256",)),)),
    ]
    return stack.deploy(CLAIMS_CODE, routes)


VALUES = {"shared": SHARED, "rsa": pem(RSA), "curve": pem(CURVE)}


def test_keys_of_every_kind(api: Deployed, stack: Stack) -> None:
    good = [
        ("/shared", token()),
        ("/shared", token(headers={"kid": "whatever"})),
        ("/rsa", token(RSA, "RS256")),
        ("/rsa", token(RSA, "PS256")),
        ("/curve", token(CURVE, "ES256")),
    ]
    for path, text in good:
        answer = api.get(path, headers=bearer(text))
        assert answer.status_code == 200, answer.text
        assert answer.json()["claims"]["sub"] == "ann"
    bad = [
        ("/shared", token(SHARED + "x")),
        ("/shared", token(algorithm="HS384")),
        ("/shared", token(exp=int(time.time()) - 1)),
        ("/shared", token(exp=None)),
        ("/shared", token(iss="https://other.example.com/")),
        ("/shared", token(aud="others")),
        ("/shared", jwt.encode({"iss": ISSUER, "aud": "orders", "exp": 9999999999}, "", "none")),
        ("/rsa", token(CURVE, "ES256")),
        ("/curve", token(RSA, "RS256")),
        ("/rsa", token(rsa.generate_private_key(65537, 2048), "RS256")),
    ]
    for path, text in bad:
        assert_refused(api.get(path, headers=bearer(text)))
    assert_refused(api.get("/shared"), sent=False)
    # The public key as if it were a shared secret: the classic.
    content = {"iss": ISSUER, "aud": "orders", "sub": "eve", "exp": int(time.time()) + 60}
    signed = ".".join(base64url(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, content))
    for algorithm_key in (VALUES["rsa"], VALUES["rsa"].strip()):
        mac = hmac.digest(algorithm_key.encode(), signed.encode(), "sha256")
        assert_refused(api.get("/rsa", headers=bearer(f"{signed}.{base64url(mac)}")))
    for file in (api.folder / "spec.json", api.folder / "log"):
        assert SHARED not in file.read_text()


def test_another_value_counts_at_once_and_for_tokens_that_were_known(api: Deployed, stack: Stack) -> None:
    old, new = token(), token(SHARED[::-1])
    assert api.get("/shared", headers=bearer(old)).status_code == 200
    secret(stack, "shared", SHARED[::-1])
    eventually(lambda: api.get("/shared", headers=bearer(new)).status_code == 200, 5)
    assert_refused(api.get("/shared", headers=bearer(old)))
    # A value that can't be a key lets nobody in, and says nothing of itself.
    secret(stack, "shared", "short")
    answer = eventually(lambda: [a for a in [api.get("/shared", headers=bearer(new))] if a.status_code != 200], 5)[0]
    assert answer.status_code == 500
    assert "short" not in answer.text


@pytest.mark.parametrize(
    ("value", "algorithm", "said"),
    [
        ("short", "HS256", "the secret has 5 bytes, HS256 takes at least 32"),
        (VALUES["curve"], "RS256", "not an RSA key"),
        (VALUES["rsa"], "ES256", "no public key of ES256"),
        ("no pem", "RS256", "no PEM block"),
    ],
)
def test_what_can_be_no_key_is_told_to_who_deploys(stack: Stack, value: str, algorithm: str, said: str) -> None:
    ref = secret(stack, "signing", value)
    way = jwt_way(ISSUER, key=ref, algorithms=(algorithm,))
    with pytest.raises(LocalError, match=said) as told:
        stack.deploy(CLAIMS_CODE, [get("/", "app:claims", auth=(way,))])
    assert value not in str(told.value) or value == "short"


def test_a_secret_that_is_not_there(stack: Stack) -> None:
    way = jwt_way(ISSUER, key="demo/dev/none", algorithms=("HS256",))
    with pytest.raises(LocalError, match="there is no secret"):
        stack.deploy(CLAIMS_CODE, [get("/", "app:claims", auth=(way,))])
