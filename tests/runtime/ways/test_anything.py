"""Whatever callers send, nobody gets in without a credential, and nothing breaks; and many threads at once."""

from __future__ import annotations

import asyncio
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sls_infra.runtime import Request
from sls_infra.runtime.dispatch import Dispatcher
from sls_infra.runtime.ways import keys, remembered
from tools.issuer import Issuer, SigningKey, claims_for

from .conftest import Platform, Serve

WAYS: dict[str, dict[str, Any]] = {
    "jwt": {"kind": "jwt", "algorithms": ["RS256", "ES256"], "leeway": 0, "scheme": "Bearer", "key": None},
    "jwt-2": {"kind": "jwt", "algorithms": ["HS256"], "leeway": 0, "scheme": "Token", "key": "signing"},
    "api-key": {"kind": "api_key", "header": "x-api-key"},
    **{
        f"webhook-{scheme}": {"kind": "webhook", "scheme": scheme, "secret": "hook"}
        for scheme in ("github", "stripe", "slack", "standard")
    },
    "custom": {"kind": "custom", "handler": "ways_handlers:decide", "ttl": 60},
}
NAMES = st.sampled_from(
    ["authorization", "Authorization", "x-api-key", "x-hub-signature-256", "stripe-signature", "x-slack-signature",
     "x-slack-request-timestamp", "webhook-id", "webhook-timestamp", "webhook-signature", "x-forwarded-authorization",
     "x-apigateway-api-userinfo", "content-type", "cookie", "x"]
)  # fmt: skip
NOW = str(int(time.time()))
PIECES = st.sampled_from(
    ["Bearer ", "Token ", "bearer", " ", ",", ".", "=", "t=", "v1=", "v0=", "v1,", "sha256=", NOW, "-",
     "eyJhbGciOiJSUzI1NiJ9", "eyJhbGciOiJub25lIn0", "eyJhbGciOiJIUzI1NiJ9", "eyJhbGciOiJFUzI1NiJ9", "e30", "{}",
     "null", "A" * 64, "0" * 64]
)  # fmt: skip
VALUES = st.text(st.characters(max_codepoint=0x10FFFF), max_size=30) | st.lists(PIECES, max_size=8).map("".join)


@pytest.fixture
def door(serve: Serve, platform: Platform, signing: SigningKey) -> Iterator[tuple[Dispatcher, Issuer]]:
    platform.secrets |= {"ring": json.dumps({"0" * 64: "mobile"}), "hook": "c2VjcmV0c2VjcmV0", "signing": "s" * 32}
    with Issuer(signing) as issuer:
        jwt = {"issuer": issuer.url, "audience": ["orders"], "jwks_uri": None}
        said = {"jwt": jwt, "jwt-2": jwt, "api-key": {"keyring": "ring"}}
        yield serve(WAYS, said, decide=lambda request: None), issuer


@settings(
    max_examples=400, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    headers=st.lists(st.tuples(NAMES, VALUES), max_size=5),
    body=st.binary(max_size=20),
    query=st.text(max_size=10),
    ip=st.text(max_size=10),
)
@example(headers=[("authorization", "Bearer " + "." * 20_000)], body=b"", query="", ip="")
@example(headers=[("authorization", "Bearer \ud800.\udfff.x")], body=b"", query="\ud800", ip="\ud800")
@example(headers=[("x-api-key", "\ud800"), ("webhook-id", "\ud800")], body=b"", query="", ip="")
def test_whatever_is_sent_is_401(
    door: tuple[Dispatcher, Issuer], headers: list[tuple[str, str]], body: bytes, query: str, ip: str
) -> None:
    dispatcher, _ = door
    for _ in range(2):
        request = Request("POST", "/", query, headers, body, claims={"sub": "forged"}, client_ip=ip)
        answer = dispatcher.handle(request)
        assert answer.status == 401, answer.body
        assert (request.claims, request.authenticated) == ({}, False)
    request = Request("POST", "/", query, headers, body, claims={"sub": "forged"}, client_ip=ip)
    assert asyncio.run(dispatcher.handle_async(request)).status == 401


def test_threads(door: tuple[Dispatcher, Issuer], monkeypatch: pytest.MonkeyPatch) -> None:
    """Tokens come and are forgotten, keys change meanwhile: each caller is told apart from the others."""
    dispatcher, issuer = door
    monkeypatch.setattr(remembered, "ENTRIES", 16)
    monkeypatch.setattr(keys, "UNKNOWN", 0.0)
    old = [issuer.key.sign(claims_for(issuer.url, "orders", sub=f"old-{number}")) for number in range(40)]
    new_key = issuer.rotate(keep=True)
    new = [new_key.sign(claims_for(issuer.url, "orders", sub=f"new-{number}")) for number in range(40)]
    wrong: list[object] = []
    start = threading.Barrier(8)

    def caller(seed: int) -> None:
        start.wait(10)
        for number in range(120):
            which = (seed * 7 + number * 11) % 40
            token, name = (old[which], f"old-{which}") if number % 2 else (new[which], f"new-{which}")
            if number % 5 == 0:
                token = f"{token[:-4]}AAAA"
            answer = dispatcher.handle(Request("POST", "/", "", [("authorization", f"Bearer {token}")]))
            if number % 5 == 0:
                if answer.status != 401:
                    wrong.append(answer.status)
            elif answer.status != 200 or json.loads(answer.body)["claims"]["sub"] != name:
                wrong.append((name, answer.status, answer.body))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(caller, range(8)))
    assert wrong == []


def test_what_is_remembered_is_bounded_and_ends_with_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    kept, now = remembered.Remembered(), time.time()
    for number in range(3 * remembered.ENTRIES):
        kept.add(f"token-{number}", now + 600, 1, "{}")
    assert len(kept) == remembered.ENTRIES
    last = f"token-{3 * remembered.ENTRIES - 1}"
    assert kept.get(last, 1) == "{}"
    assert kept.get(last, 2) is None, "the keys have changed"
    assert kept.get("token-0", 1) is None
    monkeypatch.setattr(remembered, "time", lambda: now + 600)
    assert kept.get(last, 1) is None
    kept.add("long" * remembered.MAX_LENGTH, now + 6000, 1, "{}")
    assert kept.get("long" * remembered.MAX_LENGTH, 1) is None


def test_a_key_that_is_looked_up_by_its_digest_is_not_its_digest(
    door: tuple[Dispatcher, Issuer], platform: Platform, serve: Serve
) -> None:
    """Who reads a keyring has no key."""
    digest = hashlib.sha256(b"key").hexdigest()
    platform.secrets["ring"] = json.dumps({digest: "mobile"})
    dispatcher = serve({"api-key": WAYS["api-key"]}, {"api-key": {"keyring": "ring"}})
    for key, status in (("key", 200), (digest, 401), (digest.upper(), 401)):
        assert dispatcher.handle(Request("POST", "/", "", [("x-api-key", key)])).status == status
