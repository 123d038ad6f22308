"""Who is let in: tokens of a real issuer with real keys, and every way of forging one that is known."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from jwt.algorithms import ECAlgorithm, OKPAlgorithm

from tests.local.harness import (
    CLAIMS_CODE,
    Deployed,
    Stack,
    ask,
    assert_refused,
    bearer,
    claims_routes,
    client,
    eventually,
)
from tools.issuer import Issuer, SigningKey, claims_for

CURVE = ec.generate_private_key(ec.SECP256R1())


EDWARDS = ed25519.Ed25519PrivateKey.generate()


@pytest.fixture(scope="module")
def api(shared_stack: Stack, issuer: Issuer) -> Deployed:
    issuer.extra_keys = [
        {"kty": "RSA", "use": "enc", "kid": "enc", "n": "AQAB", "e": "AQAB"},
        {"kty": "oct", "kid": "shared", "k": base64.urlsafe_b64encode(b"k" * 32).decode()},
        {"kty": "XYZ", "kid": "strange"},
        "not even an object",
        {"kty": "RSA", "kid": "broken", "n": "!!", "e": "AQAB"},
        {**json.loads(ECAlgorithm.to_jwk(CURVE.public_key())), "kid": "curve", "use": "sig"},
        {**json.loads(OKPAlgorithm.to_jwk(EDWARDS.public_key())), "kid": "edwards"},
    ]
    return shared_stack.deploy(CLAIMS_CODE, claims_routes(issuer))


@pytest.fixture
def call(api: Deployed) -> Iterator[httpx.Client]:
    with client(api.url) as calling:
        yield calling


def test_a_good_token_lets_in_with_its_claims(call: httpx.Client, issuer: Issuer) -> None:
    token = issuer.token("orders", scope="a b", subject="ann", groups=["x"], note="é\u2028")
    for header in (f"Bearer {token}", f"bearer {token}", f"BEARER   {token}"):
        answer = call.get("/jwt", headers={"authorization": header})
        assert answer.status_code == 200, answer.text
        claims = answer.json()["claims"]
        assert (claims["sub"], claims["groups"], claims["note"], claims["scope"]) == ("ann", ["x"], "é\u2028", "a b")


def test_no_token(call: httpx.Client) -> None:
    for headers in ({}, {"authorization": "Basic YTpi"}, {"cookie": "token=x"}):
        assert_refused(call.get("/jwt", headers=headers), sent=False)
    assert call.get("/public").json() == {"claims": {}, "known": False}


def test_a_public_route_never_looks_at_the_token(call: httpx.Client) -> None:
    assert call.get("/public", headers=bearer("rubbish")).json() == {"claims": {}, "known": False}


def test_a_route_that_is_open_too(call: httpx.Client, issuer: Issuer) -> None:
    assert call.get("/either").json() == {"claims": {}, "known": False}
    assert call.get("/either", headers=bearer(issuer.token("orders"))).json()["known"] is True
    assert_refused(call.get("/either", headers=bearer("rubbish")))
    assert_refused(call.get("/either", headers={"authorization": "Bearer"}))


def test_scopes_are_all_needed(call: httpx.Client, issuer: Issuer) -> None:
    for scope, status in (("orders:read orders:write x", 200), ("orders:read", 403), ("", 403), ("ORDERS:READ", 403)):
        answer = call.get("/scoped", headers=bearer(issuer.token("orders", scope=scope)))
        assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


NOW, DAY = time.time(), 86400
"""Taken when tests are collected: the last of them may run a good while later."""


WRONG_CLAIMS: dict[str, dict[str, Any]] = {
    "expired": {"exp": int(NOW) - 10},
    "expired long ago": {"exp": 0},
    "expires before all time": {"exp": -(10**18)},
    "no exp": {"exp": None},
    "exp is text": {"exp": str(int(NOW) + 600)},
    "exp is true": {"exp": True},
    "exp is a list": {"exp": [int(NOW) + 600]},
    "exp is infinite": {"exp": float("inf")},
    "exp is no number": {"exp": float("nan")},
    "not valid yet": {"nbf": int(NOW) + DAY},
    "nbf is text": {"nbf": "soon"},
    "issued in the future": {"iat": int(NOW) + DAY},
    "another audience": {"aud": "others"},
    "another audience in a list": {"aud": ["others", "more"]},
    "no audience": {"aud": None},
    "empty audiences": {"aud": []},
    "audience is an object": {"aud": {"orders": "orders"}},
    "audience is a number": {"aud": 7},
    "audience begins alike": {"aud": "orders2"},
    "audience in another case": {"aud": "Orders"},
    "aud counts before client_id": {"aud": "others", "client_id": "orders"},
    "client_id is a stranger": {"aud": None, "client_id": "others"},
    "another issuer": {"iss": "https://evil.example.com/"},
    "no issuer": {"iss": None},
    "issuer is a list": {"iss": ["x"]},
    "issuer in another case": {"iss": "HTTP://127.0.0.1/"},
}


@pytest.mark.parametrize("wrong", WRONG_CLAIMS.values(), ids=WRONG_CLAIMS.keys())
def test_wrong_claims(call: httpx.Client, issuer: Issuer, wrong: dict[str, Any]) -> None:
    claims = {name: value for name, value in {**claims_for(issuer.url, "orders"), **wrong}.items() if value is not None}
    token = signed(issuer, json.dumps(claims).encode())
    assert_refused(call.get("/jwt", headers=bearer(token)))


def test_the_issuers_slash_counts(call: httpx.Client, issuer: Issuer) -> None:
    assert_refused(call.get("/jwt", headers=bearer(issuer.token("orders", issuer=issuer.url.rstrip("/")))))
    assert_refused(call.get("/jwt", headers=bearer(issuer.token("orders", issuer=issuer.url + "/"))))


def test_audiences(call: httpx.Client, issuer: Issuer) -> None:
    for audience in ("orders", ["others", "orders"]):
        token = issuer.token("x", aud=audience)
        assert call.get("/jwt", headers=bearer(token)).status_code == 200
    token = issuer.token("x", aud=None, client_id="orders")
    assert call.get("/jwt", headers=bearer(token)).status_code == 200
    for audience, status in (("a", 200), ("b", 200), ("c", 401)):
        assert call.get("/two", headers=bearer(issuer.token(audience))).status_code == status


def test_leeway(call: httpx.Client, issuer: Issuer) -> None:
    for late, status in ((10, 200), (60, 401)):
        token = issuer.token("orders", seconds=-late)
        assert call.get("/leeway", headers=bearer(token)).status_code == status
        assert call.get("/jwt", headers=bearer(token)).status_code == 401


def test_a_token_that_was_let_in_expires_nevertheless(call: httpx.Client, issuer: Issuer) -> None:
    token = issuer.token("orders", seconds=2)
    assert call.get("/jwt", headers=bearer(token)).status_code == 200
    refused = eventually(lambda: (a := call.get("/jwt", headers=bearer(token))).status_code == 401 and a)
    assert_refused(refused)
    assert time.time() >= jwt.decode(token, options={"verify_signature": False})["exp"]


def encode(part: object) -> bytes:
    text = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=")


def signed(issuer: Issuer, content: bytes) -> str:
    """The issuer's good signature over this content, whatever it is."""
    headers = {"kid": issuer.key.kid}
    return jwt.PyJWS().encode(content, issuer.key.private, algorithm="RS256", headers=headers)


def forged(issuer: Issuer, header: dict[str, Any], signature: bytes = b"") -> str:
    message = encode(header) + b"." + encode(claims_for(issuer.url, "orders"))
    return (message + b"." + encode(signature)).decode()


def forgeries(issuer: Issuer) -> Iterator[tuple[str, str]]:
    claims, kid, stranger = claims_for(issuer.url, "orders"), issuer.key.kid, SigningKey()
    good = issuer.token("orders")
    head, body, signature = good.split(".")
    for none in ("none", "None", "NONE", "nOnE", ""):
        yield f"alg {none!r}", forged(issuer, {"alg": none, "typ": "JWT", "kid": kid})
    yield "alg missing", forged(issuer, {"typ": "JWT", "kid": kid})
    yield "alg is a list", forged(issuer, {"alg": ["RS256"], "kid": kid})
    yield "no signature", f"{head}.{body}."
    yield "no signature part", f"{head}.{body}"
    for secret in (
        issuer.key.public_pem(),
        issuer.key.public_pem().strip(),
        json.dumps(issuer.key.jwk()).encode(),
        b"",
    ):
        message = encode({"alg": "HS256", "typ": "JWT", "kid": kid}) + b"." + encode(claims)
        mac = hmac.new(secret, message, hashlib.sha256).digest()
        yield f"HS256 with the public key ({len(secret)})", (message + b"." + encode(mac)).decode()
    message = encode({"alg": "HS256", "kid": "shared"}) + b"." + encode(claims)
    yield (
        "HS256 with a published key",
        (message + b"." + encode(hmac.new(b"k" * 32, message, hashlib.sha256).digest())).decode(),
    )
    yield "a stranger's key under the issuer's id", stranger.sign(claims, kid=kid)
    yield "a stranger's key", stranger.sign(claims)
    for odd in ("../../etc/passwd", "x' OR '1'='1", "", "\x00", "a" * 5000, "enc", "broken", "strange", "curve"):
        yield f"kid {odd[:20]!r}", issuer.key.sign(claims, kid=odd)
    yield "kid is a number", forged(issuer, {"alg": "RS256", "kid": 7}, b"x" * 256)
    yield "kid is an object", forged(issuer, {"alg": "RS256", "kid": {"a": 1}}, b"x" * 256)
    with Issuer(stranger) as evil:
        yield "jku", stranger.sign(claims, jku=evil.jwks_uri)
        yield "x5u", stranger.sign(claims, x5u=evil.jwks_uri)
        yield "jwk", stranger.sign(claims, jwk=stranger.jwk())
        yield "jku with the issuer's id", stranger.sign(claims, jku=evil.jwks_uri, kid=kid)
        assert not evil.requests, "the header's word was taken for where keys are"
    yield "crit", issuer.key.sign(claims, crit=["exp"])
    yield "crit, known to the library", issuer.key.sign(claims, crit=["b64"], b64=True)
    yield "crit is empty", issuer.key.sign(claims, crit=[])
    yield "RS384", jwt.encode(claims, issuer.key.private, algorithm="RS384", headers={"kid": kid})
    yield "PS256", jwt.encode(claims, issuer.key.private, algorithm="PS256", headers={"kid": kid})
    yield "ES256", jwt.encode(claims, CURVE, algorithm="ES256", headers={"kid": "curve"})
    other = encode({**claims, "sub": "admin"}).decode()
    yield "other claims under a good signature", f"{head}.{other}.{signature}"
    yield "a changed signature", f"{head}.{body}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"
    yield "claims are a list", signed(issuer, b"[1]")
    yield "claims are no JSON", signed(issuer, b"{oops")
    yield "claims are deep", signed(issuer, b"[" * 5000)
    yield "a part too many", f"{good}.x"
    yield "spaces within", f"{head}. {body}.{signature}"
    yield "not base64", f"{head}.!!!.{signature}"
    yield "text", "rubbish"
    yield "dots", "..."
    yield "two tokens", f"{good}, {good}"
    yield "too long", good + "A" * 20_000
    yield "encrypted", ".".join([encode({"alg": "RSA-OAEP", "enc": "A256GCM", "kid": kid}).decode(), *"abcd"])


def test_forged_tokens(call: httpx.Client, issuer: Issuer) -> None:
    let_in, count = [], 0
    for name, token in forgeries(issuer):
        count += 1
        answer = call.get("/jwt", headers=[(b"authorization", b"Bearer " + token.encode())])
        if answer.status_code != 401:
            let_in.append((name, answer.status_code))
            continue
        assert_refused(answer)
    assert count > 45
    assert let_in == []


def test_several_authorization_headers(call: httpx.Client, issuer: Issuer) -> None:
    good = issuer.token("orders")
    for first, second in ((good, good), (good, "rubbish"), ("rubbish", good)):
        headers = [("authorization", f"Bearer {first}"), ("authorization", f"Bearer {second}")]
        assert_refused(call.get("/jwt", headers=headers))
        assert_refused(call.get("/either", headers=headers))
    assert call.get("/public", headers=headers).status_code == 200


def test_bytes_in_the_header(api: Deployed) -> None:
    for value in (b"Bearer \xff\xfe", b"Bearer \xc3\xa9", b"\xff", b"Bearer a\tb", b"Bearer", b"Bearer ", b""):
        status, received = ask(api.state.port, b"/jwt", headers=b"Authorization: " + value + b"\r\n")
        assert status == 401
        assert b"www-authenticate: Bearer realm" in received


def test_another_scheme(call: httpx.Client, issuer: Issuer) -> None:
    token = issuer.token("orders")
    assert call.get("/scheme", headers={"authorization": f"token {token}"}).status_code == 200
    refused = call.get("/scheme", headers=bearer(token))
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith('Token realm="demo"')


def test_other_algorithms_where_they_are_accepted(call: httpx.Client, issuer: Issuer) -> None:
    claims = claims_for(issuer.url, "orders")
    for key, algorithm, kid in ((CURVE, "ES256", "curve"), (EDWARDS, "EdDSA", "edwards")):
        token = jwt.encode(claims, key, algorithm=algorithm, headers={"kid": kid})
        assert call.get("/more", headers=bearer(token)).status_code == 200
        assert_refused(call.get("/jwt", headers=bearer(token)))
    # The issuer's own key says that it is for RS256 alone.
    token = jwt.encode(claims, issuer.key.private, algorithm="PS256", headers={"kid": issuer.key.kid})
    assert_refused(call.get("/more", headers=bearer(token)))
    assert call.get("/more", headers=bearer(issuer.token("orders"))).status_code == 200


def test_a_token_without_a_key_id(call: httpx.Client, issuer: Issuer) -> None:
    claims = claims_for(issuer.url, "orders")
    token = jwt.encode(claims, issuer.key.private, algorithm="RS256")
    assert call.get("/jwt", headers=bearer(token)).status_code == 200
    assert_refused(call.get("/jwt", headers=bearer(jwt.encode(claims, SigningKey().private, algorithm="RS256"))))
