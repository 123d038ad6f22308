"""Published keys: fetched from a real issuer on this machine, kept, shared between threads, and fetched again."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from sls_infra.runtime.errors import HttpError
from sls_infra.runtime.ways import fetching, keys
from sls_infra.runtime.ways.jwk import MAX_KEYS, read_keys
from sls_infra.runtime.ways.keys import FRESH, STALE, UNKNOWN, Published
from sls_infra.runtime.ways.way import Misconfigured
from tools.issuer import DISCOVERY, JWKS, Issuer, SigningKey

from .conftest import Clock

RS256 = frozenset(("RS256",))


@pytest.fixture
def issuer(signing: SigningKey) -> Iterator[Issuer]:
    with Issuer(signing) as issuer:
        yield issuer


def published(issuer: Issuer, jwks_uri: str | None = None) -> Published:
    return Published(issuer.url, jwks_uri, RS256)


def test_discovery_and_then_nothing_while_they_are_fresh(issuer: Issuer, clock: Clock) -> None:
    source = published(issuer)
    for _ in range(3):
        assert [key.kid for key in found(source, issuer.key.kid)] == [issuer.key.kid]
    assert found(source, None)
    assert issuer.requests == {DISCOVERY: 1, JWKS: 1}
    clock.now += FRESH + 1
    assert found(source, issuer.key.kid)
    assert issuer.requests == {DISCOVERY: 2, JWKS: 2}
    assert source.generation == 1, "the same keys are no new generation"


def test_a_place_that_is_given_is_asked_alone(issuer: Issuer) -> None:
    assert found(published(issuer, issuer.jwks_uri), issuer.key.kid)
    assert issuer.requests == {JWKS: 1}


def test_a_new_key_is_fetched_when_it_is_first_seen(issuer: Issuer, clock: Clock) -> None:
    source = published(issuer)
    old = issuer.key.kid
    assert found(source, old)
    clock.now += 1
    new = issuer.rotate().kid
    assert found(source, new)
    assert source.generation == 2
    assert not found(source, old), "a key that is not published any more opens nothing"
    assert issuer.requests[JWKS] == 2


def test_unknown_keys_make_one_fetch_a_minute(issuer: Issuer, clock: Clock) -> None:
    source = published(issuer, issuer.jwks_uri)
    assert found(source, issuer.key.kid)
    for number in range(240):
        clock.now += 0.25
        assert not found(source, f"unknown-{number}")
    assert issuer.requests[JWKS] <= 1 + 60 / UNKNOWN + 1
    before = issuer.requests[JWKS]
    clock.now += UNKNOWN
    assert not found(source, "unknown")
    assert issuer.requests[JWKS] == before + 1


def test_keys_serve_for_a_day_while_the_issuer_is_away(
    signing: SigningKey, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    with Issuer(signing) as issuer:
        source = published(issuer)
        assert found(source, signing.kid)
    clock.now += STALE - 1
    assert found(source, signing.kid)
    assert "can't be had" in capsys.readouterr().err
    with pytest.raises(HttpError, match="503"):  # whether the issuer has such a key by now can't be told
        found(source, "unknown")
    clock.now += 2
    with pytest.raises(HttpError) as refused:
        found(source, signing.kid)
    assert refused.value.status == 503
    assert refused.value.headers == {"retry-after": "2"}


def test_an_issuer_that_is_away_is_not_asked_by_every_caller(issuer: Issuer, clock: Clock) -> None:
    issuer.replaced[JWKS] = {"keys": "none"}
    source = published(issuer)
    for _ in range(20):
        with pytest.raises(HttpError, match="503"):
            found(source, None)
    assert issuer.requests[JWKS] == 1
    del issuer.replaced[JWKS]
    clock.now += keys.RETRY + 0.1
    assert found(source, issuer.key.kid)


def test_an_issuer_that_hangs_costs_few_callers_their_time_while_its_keys_serve(issuer: Issuer, clock: Clock) -> None:
    source = published(issuer, issuer.jwks_uri)
    assert found(source, issuer.key.kid)
    issuer.replaced[JWKS] = {"keys": "none"}
    clock.now += FRESH
    for _ in range(120):
        clock.now += 1
        assert found(source, issuer.key.kid)
    assert issuer.requests[JWKS] <= 1 + 120 / keys.PATIENT


def test_threads_that_need_the_same_fetch_wait_for_one(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    served, gate = fetching.get_json, threading.Event()

    def slow(uri: str, *, loopback: bool) -> dict[str, Any]:
        assert gate.wait(10)
        return served(uri, loopback=loopback)

    monkeypatch.setattr(keys, "get_json", slow)
    source = published(issuer, issuer.jwks_uri)
    with ThreadPoolExecutor(24) as pool:
        first = [pool.submit(found, source, issuer.key.kid) for _ in range(24)]
        time.sleep(0.1)
        gate.set()
        assert all(each.result(10) for each in first)
        assert issuer.requests[JWKS] == 1
        gate.clear()
        new = issuer.rotate(keep=True).kid
        second = [pool.submit(found, source, new) for _ in range(24)]
        time.sleep(0.1)
        gate.set()
        assert all(each.result(10) for each in second), "who came while the new key was fetched waited for it"
    assert issuer.requests[JWKS] == 2


def test_old_keys_serve_others_while_one_fetches(issuer: Issuer, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    source = published(issuer, issuer.jwks_uri)
    assert found(source, issuer.key.kid)
    clock.now += FRESH + 1
    served, entered, gate = fetching.get_json, threading.Event(), threading.Event()

    def slow(uri: str, *, loopback: bool) -> dict[str, Any]:
        entered.set()
        assert gate.wait(10)
        return served(uri, loopback=loopback)

    monkeypatch.setattr(keys, "get_json", slow)
    with ThreadPoolExecutor(1) as pool:
        fetching_one = pool.submit(found, source, issuer.key.kid)
        assert entered.wait(10)
        assert found(source, issuer.key.kid)
        gate.set()
        assert fetching_one.result(10)


def found(source: Published, kid: str | None) -> list[Any]:
    return list(source.find(kid, "RS256")[1])


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": "https://evil.example.com/"},
        {"issuer": None},
        {"jwks_uri": None},
        {"jwks_uri": "http://id.example.com/keys"},
        {"jwks_uri": "file:///etc/passwd"},
    ],
)
def test_discovery_documents_that_are_not_to_be_trusted(issuer: Issuer, wrong: dict[str, Any]) -> None:
    issuer.replaced[DISCOVERY] = {"issuer": issuer.url, "jwks_uri": issuer.jwks_uri, **wrong}
    with pytest.raises(HttpError, match="503"):
        found(published(issuer), None)
    assert issuer.requests[JWKS] == 0


@pytest.mark.parametrize(
    ("issuer_url", "jwks_uri"),
    [
        ("http://id.example.com/", None),
        ("ftp://127.0.0.1/", None),
        ("id.example.com", None),
        ("https:///", None),
        ("http://localhost.example.com/", None),
        ("http://127.0.0.1.example.com/", None),
        ("http://127.example.com/", None),
        ("https://id.example.com/", "http://id.example.com/keys"),
        ("https://id.example.com/", "http://127.0.0.1/keys"),
        ("https://id.example.com/", "file:///etc/passwd"),
    ],
)
def test_places_that_cannot_be_trusted(issuer_url: str, jwks_uri: str | None) -> None:
    with pytest.raises(Misconfigured, match="not https"):
        Published(issuer_url, jwks_uri, RS256)


def test_redirects_are_not_followed(issuer: Issuer, signing: SigningKey) -> None:
    with Issuer(signing) as other, Redirecting(other.jwks_uri) as uri:
        with pytest.raises(OSError, match="302"):
            fetching.get_json(uri, loopback=True)
        assert not other.requests


def test_documents_are_bounded(monkeypatch: pytest.MonkeyPatch, issuer: Issuer) -> None:
    monkeypatch.setattr(fetching, "MAX_DOCUMENT", 100)
    with pytest.raises(ValueError, match="longer than 100 bytes"):
        fetching.get_json(issuer.jwks_uri, loopback=True)
    monkeypatch.undo()
    with Dripping() as uri:
        monkeypatch.setattr(fetching, "TIMEOUT", 0.3)
        began = time.monotonic()
        with pytest.raises(TimeoutError, match=r".+"):
            fetching.get_json(uri, loopback=True)
        assert time.monotonic() - began < 5


def test_a_set_gives_the_keys_that_are_of_use(signing: SigningKey, stranger: SigningKey) -> None:
    good = signing.jwk()
    left_out: list[Any] = [
        {**good, "use": "enc"}, {**good, "key_ops": ["encrypt"]}, {**good, "alg": "RSA-OAEP"}, {**good, "alg": "PS256"},
        {**good, "kid": 7}, {**good, "n": "AQAB"}, {**good, "n": good["n"] + "!"}, {**good, "e": "AQ"},
        {**good, "e": ""}, {**good, "kty": "EC"}, {"kty": "oct", "k": "c2VjcmV0", "alg": "HS256"},
        {}, None, "key", 7, ["kty"],
        {name: value for name, value in good.items() if name != "n"},
    ]  # fmt: skip
    assert read_keys({"keys": left_out}, RS256) == []
    kept = read_keys({"keys": [*left_out, good, {**stranger.jwk(), "key_ops": ["verify"]}]}, RS256)
    assert [key.kid for key in kept] == [signing.kid, stranger.kid]
    assert len(read_keys({"keys": [good] * (MAX_KEYS + 50)}, RS256)) == MAX_KEYS
    for document in ({}, {"keys": None}, {"keys": {"a": good}}, {"keys": "x"}):
        with pytest.raises(ValueError, match="no list"):
            read_keys(document, RS256)


class Redirecting:
    """Serves a redirect to somewhere else."""

    def __init__(self, to: str) -> None:
        from http.server import BaseHTTPRequestHandler, HTTPServer

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.answer()

            def answer(self) -> None:
                self.send_response(302)
                self.send_header("location", to)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> str:
        self._thread.start()
        return f"http://127.0.0.1:{self._server.server_address[1]}/"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join(10)
        self._server.server_close()


class Dripping:
    """Serves a document a byte at a time, and never ends."""

    def __init__(self) -> None:
        import socket

        self._socket = socket.create_server(("127.0.0.1", 0))
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def _serve(self) -> None:
        connection, _ = self._socket.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{")
            while not self._end.wait(0.05):
                try:
                    connection.sendall(b" ")
                except OSError:
                    return

    def __enter__(self) -> str:
        self._thread.start()
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}/"

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join(10)
        self._socket.close()
