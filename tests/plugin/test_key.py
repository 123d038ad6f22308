"""`sls:local:Key`: made once, kept in the state alone, secret."""

from __future__ import annotations

import base64
import hashlib

from sls_infra.plugin.key import KeyKind
from sls_infra.plugin.values import UNKNOWN, has_secret, has_unknown, plain

URN = "urn:pulumi:dev::demo::sls:index:ServerlessApi$sls:local:Key::orders-mobile-1"
INPUTS = {"client": "mobile", "generation": 1}


def test_a_key_is_random_and_known_by_its_digest() -> None:
    keys = set()
    for _ in range(3):
        _, made = KeyKind().create(URN, INPUTS)
        assert has_secret(made["key"])
        assert not has_secret(made["sha256"])
        key = plain(made["key"])
        assert len(base64.urlsafe_b64decode(key + "=")) == 32
        assert made["sha256"] == hashlib.sha256(key.encode()).hexdigest()
        keys.add(key)
    assert len(keys) == 3


def test_it_stays_as_it_is_and_secret_when_it_is_looked_at() -> None:
    kind = KeyKind()
    id, made = kind.create(URN, INPUTS)
    found = kind.read(URN, id, INPUTS, plain(made))
    assert found is not None
    assert found.computed == made
    assert kind.read(URN, id, INPUTS, {}) is None


def test_a_preview_knows_nothing_of_it_before_it_is_made() -> None:
    kind = KeyKind()
    foreseen = kind.foreseen(INPUTS, None)
    assert has_secret(foreseen["key"])
    assert has_unknown(foreseen["key"])
    assert foreseen["sha256"] == UNKNOWN
    _, made = kind.create(URN, INPUTS)
    assert kind.foreseen(INPUTS, (INPUTS, {**INPUTS, **made})) == made
    assert list(kind.check({"client": "mobile"})) == [("generation", "is missing")]
    assert list(kind.check(INPUTS)) == []
