"""Issuers: whose keys change, that are down, whose documents or keys are no good, two at once."""

from __future__ import annotations

import json
import warnings
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from tests.local.harness import (
    CLAIMS_CODE,
    Stack,
    assert_refused,
    bearer,
    claims_routes,
    eventually,
    get,
    jwt_way,
)
from tools.issuer import DISCOVERY, JWKS, Issuer, SigningKey, claims_for


def test_keys_change_and_are_fetched_once_a_minute_at_most(stack: Stack) -> None:
    with Issuer() as issuer:
        api = stack.deploy(CLAIMS_CODE, claims_routes(issuer)[:1])
        old = issuer.token("orders")
        for _ in range(5):
            assert api.get("/jwt", headers=bearer(old)).status_code == 200
        assert issuer.requests[JWKS] == 1
        issuer.rotate()
        new = issuer.token("orders")
        assert api.get("/jwt", headers=bearer(new)).status_code == 200
        assert issuer.requests[JWKS] == 2
        # The old key is not published any more: what it has signed is no good, remembered or not.
        assert api.get("/jwt", headers=bearer(old)).status_code == 401
        for _ in range(20):
            stranger = SigningKey().sign(claims_for(issuer.url, "orders")) if _ < 2 else "x.y.z"
            assert api.get("/jwt", headers=bearer(stranger)).status_code == 401
        assert issuer.requests[JWKS] == 2
        assert api.get("/jwt", headers=bearer(new)).status_code == 200


def test_an_issuer_that_is_down(stack: Stack) -> None:
    issuer = Issuer()
    token, port = issuer.token("orders"), issuer.port
    issuer.close()
    api = stack.deploy(CLAIMS_CODE, [*claims_routes(issuer)[:1], get("/public", "app:claims")])
    refused = api.get("/jwt", headers=bearer(token))
    assert refused.status_code == 503
    assert refused.headers["content-type"] == "application/problem+json"
    assert int(refused.headers["retry-after"]) >= 1
    assert api.get("/jwt").status_code == 401
    assert api.get("/public").status_code == 200
    with Issuer(issuer.key, port=port):
        assert eventually(lambda: api.get("/jwt", headers=bearer(token)).status_code == 200)
    # Keys that are known serve on while their issuer is away.
    assert api.get("/jwt", headers=bearer(issuer.token("orders", subject="b"))).status_code == 200
    assert eventually(lambda: [line for line in api.log() if "can't be had" in str(line.get("message"))])


NO_GOOD: list[tuple[str, dict[str, Any]]] = [
    (DISCOVERY, {"issuer": "https://other.example.com", "jwks_uri": "{jwks}"}),
    (DISCOVERY, {"issuer": "{bare}", "jwks_uri": "{jwks}"}),
    (DISCOVERY, {"jwks_uri": "{jwks}"}),
    (DISCOVERY, {"issuer": "{url}"}),
    (DISCOVERY, {"issuer": "{url}", "jwks_uri": "file:///etc/passwd"}),
    (DISCOVERY, {"issuer": "{url}", "jwks_uri": "http://192.0.2.1/jwks"}),
    (DISCOVERY, {"issuer": "{url}", "jwks_uri": 7}),
    (JWKS, {"keys": "none"}),
    (JWKS, {"keys": {}}),
    (JWKS, {}),
]


def test_issuers_whose_documents_are_no_good(stack: Stack) -> None:
    with ExitStack() as issuers:
        deployed, tokens = [], []
        for number, (path, content) in enumerate(NO_GOOD):
            issuer = issuers.enter_context(Issuer())
            text = json.dumps(content).replace("{url}", issuer.url).replace("{bare}", issuer.url.rstrip("/"))
            issuer.replaced[path] = json.loads(text.replace("{jwks}", issuer.jwks_uri))
            tokens.append(issuer.token("orders"))
            deployed.append((issuer, get(f"/{number}", "app:claims", auth=(jwt_way(issuer.url),))))
        api = stack.deploy(CLAIMS_CODE, [route for _, route in deployed])
        for number, (issuer, _) in enumerate(deployed):
            answer = api.get(f"/{number}", headers=bearer(tokens[number]))
            assert (number, answer.status_code) == (number, 503)
            assert answer.headers["content-type"] == "application/problem+json"
            assert issuer.requests.total() >= 1


def test_short_keys_are_not_used(stack: Stack) -> None:
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    with Issuer() as issuer:
        issuer.extra_keys = [{**json.loads(RSAAlgorithm.to_jwk(weak.public_key())), "kid": "weak"}]
        api = stack.deploy(CLAIMS_CODE, claims_routes(issuer)[:1])
        with warnings.catch_warnings(action="ignore"):  # newer versions of the library warn
            token = jwt.encode(claims_for(issuer.url, "orders"), weak, algorithm="RS256", headers={"kid": "weak"})
        assert_refused(api.get("/jwt", headers=bearer(token)))


def test_two_issuers_on_one_route(stack: Stack, issuer: Issuer) -> None:
    with Issuer() as other:
        ways = (jwt_way(issuer.url), jwt_way(other.url, "partners"))
        api = stack.deploy(CLAIMS_CODE, [get("/jwt", "app:claims", auth=ways)])
        assert api.get("/jwt", headers=bearer(issuer.token("orders"))).status_code == 200
        assert api.get("/jwt", headers=bearer(other.token("partners"))).status_code == 200
        assert_refused(api.get("/jwt", headers=bearer(other.token("orders"))))
        assert_refused(api.get("/jwt", headers=bearer(issuer.token("partners"))))
        crossed = issuer.key.sign(claims_for(other.url, "partners"))
        assert_refused(api.get("/jwt", headers=bearer(crossed)))


def test_the_issuers_key_is_its_users_alone(tmp_path: Path) -> None:
    first = SigningKey.kept_in(tmp_path / "issuer")
    assert SigningKey.kept_in(tmp_path / "issuer").kid == first.kid
    assert (tmp_path / "issuer" / "key.pem").stat().st_mode & 0o777 == 0o600
