"""ApiKey: keys by digest, clients, repeated headers, and keyrings that change."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from .conftest import Clock, Platform, Serve, call, challenge_of

WAYS = {"api-key": {"kind": "api_key", "header": "x-api-key"}}
SAID = {"api-key": {"keyring": "ring"}}
MOBILE, PARTNER = "m" * 40, "p" * 40


def keyring(**keys: str) -> str:
    return json.dumps({hashlib.sha256(key.encode()).hexdigest(): client for client, key in keys.items()})


@pytest.fixture
def ring(platform: Platform) -> Platform:
    platform.secrets["ring"] = keyring(mobile=MOBILE, partner=PARTNER)
    return platform


def test_a_key_names_its_client(serve: Serve, ring: Platform) -> None:
    dispatcher = serve(WAYS, SAID)
    for key, client in ((MOBILE, "mobile"), (PARTNER, "partner"), (MOBILE, "mobile")):
        answer = call(dispatcher, {"X-Api-Key": key})
        assert json.loads(answer.body) == {"claims": {"sub": client, "client_id": client}, "known": True}
    assert ring.asked == ["ring"]


@pytest.mark.parametrize(
    "key",
    ["", "x", MOBILE[:-1], f"{MOBILE}m", MOBILE.upper(), f"{MOBILE},{MOBILE}", f" {MOBILE}", "ü", "k" * 10_000,
     hashlib.sha256(MOBILE.encode()).hexdigest(), "mobile"],
)  # fmt: skip
def test_other_keys_open_nothing(serve: Serve, ring: Platform, key: str) -> None:
    for anonymous in (False, True):
        refused = call(serve(WAYS, SAID, anonymous=anonymous), {"x-api-key": key})
        assert refused.status == 401
        assert challenge_of(refused) == 'ApiKey realm="orders", header="x-api-key", error="invalid_key"'


def test_no_key(serve: Serve, ring: Platform) -> None:
    refused = call(serve(WAYS, SAID), {"authorization": f"Bearer {MOBILE}"})
    assert refused.status == 401
    assert json.loads(refused.body)["detail"] == "a key is needed"
    assert challenge_of(refused) == 'ApiKey realm="orders", header="x-api-key"'
    assert json.loads(call(serve(WAYS, SAID, anonymous=True)).body) == {"claims": {}, "known": False}


def test_a_header_that_comes_twice(serve: Serve, ring: Platform) -> None:
    dispatcher = serve(WAYS, SAID)
    for keys in ((MOBILE, MOBILE), (MOBILE, "x"), ("x", MOBILE)):
        assert call(dispatcher, [("x-api-key", keys[0]), ("X-API-KEY", keys[1])]).status == 401


def test_another_header(serve: Serve, ring: Platform) -> None:
    dispatcher = serve({"api-key": {"kind": "api_key", "header": "x-shop-key"}}, SAID)
    assert call(dispatcher, {"X-Shop-Key": MOBILE}).status == 200
    assert call(dispatcher, {"x-api-key": MOBILE}).status == 401


def test_a_new_key_opens_soon_and_an_old_one_no_more(serve: Serve, ring: Platform, clock: Clock) -> None:
    dispatcher = serve(WAYS, SAID)
    new = "n" * 40
    assert call(dispatcher, {"x-api-key": MOBILE}).status == 200
    ring.secrets["ring"] = keyring(mobile=new)
    assert call(dispatcher, {"x-api-key": new}).status == 401
    clock.now += 6
    assert call(dispatcher, {"x-api-key": new}).status == 200
    assert call(dispatcher, {"x-api-key": MOBILE}).status == 401
    ring.secrets["ring"] = keyring(partner=PARTNER)
    clock.now += 61
    assert call(dispatcher, {"x-api-key": new}).status == 401


def test_unknown_keys_do_not_hammer_the_platform(serve: Serve, ring: Platform, clock: Clock) -> None:
    dispatcher = serve(WAYS, SAID)
    for number in range(100):
        clock.now += 0.1
        assert call(dispatcher, {"x-api-key": f"key-{number}"}).status == 401
    assert len(ring.asked) <= 3


def test_a_keyring_that_cannot_be_read(
    serve: Serve, ring: Platform, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    dispatcher = serve(WAYS, SAID)
    assert call(dispatcher, {"x-api-key": MOBILE}).status == 200
    ring.down = True
    clock.now += 500
    assert call(dispatcher, {"x-api-key": MOBILE}).status == 200, "the last one goes on for a while"
    clock.now += 200
    gone = call(dispatcher, {"x-api-key": MOBILE})
    assert (gone.status, dict(gone.headers)["retry-after"]) == (503, "2")
    log = capsys.readouterr().err
    assert "can't be read" in log
    assert MOBILE not in log
    ring.down = False
    clock.now += 5
    assert call(dispatcher, {"x-api-key": MOBILE}).status == 200


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '{"a": 7}', '{"a": null}'])
@pytest.mark.parametrize("anonymous", [False, True])
def test_a_keyring_that_is_none_closes_the_route(serve: Serve, ring: Platform, text: str, anonymous: bool) -> None:
    ring.secrets["ring"] = text
    dispatcher = serve(WAYS, SAID, anonymous=anonymous)
    for _ in range(2):
        assert call(dispatcher, {"x-api-key": MOBILE}).status == 500


def test_a_deployment_that_says_nothing_of_it_closes_the_route(serve: Serve, ring: Platform) -> None:
    nothing: list[dict[str, Any]] = [{}, {"api-key": {}}, {"api-key": {"keyring": None}}, {"api-key": {"keyring": ""}}]
    for said in nothing:
        for anonymous in (False, True):
            dispatcher = serve(WAYS, said, anonymous=anonymous)
            assert call(dispatcher, {"x-api-key": MOBILE}).status == 500
            assert call(dispatcher).status == 500
