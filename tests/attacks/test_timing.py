"""How long a refusal takes tells nothing of the secret: by how it is made, since clocks of a busy machine prove little.

Keys are looked up by their digest, and never compared; signatures are compared in constant time, whole with whole.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from sls_infra.local.accounts import ApiKeys
from sls_infra.local.model import ApiKeySpec, ClientSpec
from sls_infra.local.visit import Invalid
from sls_infra.runtime.http import Request
from sls_infra.runtime.ways import webhook
from sls_infra.runtime.ways.api_key import ApiKey
from sls_infra.runtime.ways.way import Refused
from tools.issuer import Issuer

from .cases.keys import GUESSES
from .cases.webhooks import SIGNED
from .clouds import AwsHttp
from .model import Shot
from .world import SCHEMES, World, digest, new_world


class Seen(dict[str, Any]):
    """A dict that notes what is looked for in it."""

    def __init__(self, *known: Any) -> None:
        super().__init__(*known)
        self.keys_asked: list[str] = []

    def get(self, key: str, default: Any = None) -> Any:
        self.keys_asked.append(key)
        return super().get(key, default)

    def __getitem__(self, key: str) -> Any:
        self.keys_asked.append(key)
        return super().__getitem__(key)


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AwsHttp]:
    with Issuer() as issuer, Issuer() as evil:
        target = AwsHttp(new_world(issuer, evil))
        with target.running(tmp_path_factory.mktemp("timing")):
            yield target


def test_the_runtime_looks_keys_up_by_their_digest(attacked: AwsHttp, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Seen()
    monkeypatch.setattr(ApiKey, "_clients", lambda way, **younger: seen)
    world = attacked.world
    guesses = [guess(world.keys["mobile"]) for guess in GUESSES.values()]
    for guess in guesses:
        assert attacked.send(Shot("/key", [("x-api-key", guess)])).status == 401
    assert seen.keys_asked
    assert {len(asked) for asked in seen.keys_asked} == {64}, seen.keys_asked
    assert digest(world.keys["mobile"][:-1]) in seen.keys_asked


def test_the_gateway_looks_keys_up_by_their_digest() -> None:
    key = "m0b1le-" + "k" * 36
    client = ClientSpec(name="mobile", keys=(digest(key),), limits=(), quotas=())
    ways = ApiKeys(ApiKeySpec(name="api-key", header="x-api-key", clients=(client,)), lambda name, limit: None)  # type: ignore[arg-type, return-value]
    seen = ways._callers = Seen(ways._callers)
    assert _caller(ways, key)
    for guess in GUESSES.values():
        assert not _caller(ways, guess(key))
    assert {len(asked) for asked in seen.keys_asked} == {64}
    assert key not in seen.keys_asked


def _caller(ways: ApiKeys, key: str) -> bool:
    visit: Any = SimpleNamespace(noted={b"x-api-key": [key.encode().decode("latin-1")]})
    try:
        return ways.recall(visit) is not None
    except Invalid:
        return False


@pytest.mark.parametrize("scheme", SCHEMES)
def test_signatures_are_compared_in_constant_time(
    attacked: AwsHttp, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[tuple[bytes, bytes]] = []

    class Watched:
        digest = staticmethod(hmac.digest)

        @staticmethod
        def compare_digest(one: bytes, other: bytes) -> bool:
            compared.append((one, other))
            return hmac.compare_digest(one, other)

    monkeypatch.setattr(webhook, "hmac", Watched)
    world: World = attacked.world
    for signed in SIGNED.values():
        world.renew()
        refused = attacked.send(Shot(f"/hook/{scheme}", signed(world, scheme), "POST", world.body))
        assert refused.status == 401
    world.renew()
    good = Shot(f"/hook/{scheme}", world.hook(scheme), "POST", world.body)
    before = len(compared)
    assert attacked.send(good).status == 200
    assert len(compared) == before + 1
    one, other = compared[-1]
    assert one == other
    assert len(one) >= 32


def test_a_key_that_is_too_long_is_refused_before_its_keyring_is_read() -> None:
    way = ApiKey("api-key", {"header": "x-api-key", "keyring": "keyring"})
    with pytest.raises(Refused):
        way.verify(Request("GET", "/key", "", [("x-api-key", "k" * 100_000)]))
