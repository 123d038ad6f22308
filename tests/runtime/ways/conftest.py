"""What tests of the ways in share: keys, a platform that gives secrets, and dispatchers with ways."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from sls_infra.runtime import Request, Response, deployed, dispatch, services
from sls_infra.runtime.dispatch import Dispatcher
from sls_infra.runtime.errors import ServiceError
from sls_infra.runtime.fields import Headers
from tools.issuer import SigningKey

Serve = Callable[..., Dispatcher]


class Platform:
    """Gives secrets and asks authorizers, and counts what it is asked for."""

    fresh = 0.0
    fresh_environment = 0.0

    def __init__(self) -> None:
        self.secrets: dict[str, str] = {}
        self.asked: list[str] = []
        self.down = False
        self.authorizer: Callable[[str, bytes], bytes] | None = None

    def secret(self, ref: str) -> str:
        self.asked.append(ref)
        if self.down or ref not in self.secrets:
            raise ServiceError(f"{ref} can't be had")
        return self.secrets[ref]

    def dead_letter(self, address: object, letter: object) -> None:
        raise AssertionError("nothing here has events")

    def call_authorizer(self, target: str, payload: bytes) -> bytes:
        self.asked.append(target)
        if self.authorizer is None or self.down:
            raise ServiceError(f"{target} does not answer")
        return self.authorizer(target, payload)


@pytest.fixture
def platform() -> Iterator[Platform]:
    made = Platform()
    services.use("aws", made)
    yield made
    services.use("aws")
    deployed.use(None)


@pytest.fixture(scope="session")
def signing() -> SigningKey:
    return SigningKey()


@pytest.fixture(scope="session")
def stranger() -> SigningKey:
    return SigningKey()


@pytest.fixture(scope="session")
def short() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=1024)


class Clock:
    """Time that tests set forward: in place of `time` and `monotonic` in the modules given."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    from sls_infra.runtime.services import cache
    from sls_infra.runtime.ways import answers, held, keys, remembered, tokens, webhook

    clock = Clock()
    for module in (answers, held, keys):
        monkeypatch.setattr(module, "monotonic", clock)
    monkeypatch.setattr(cache.Cache.__init__, "__defaults__", (clock,))
    for module in (remembered, tokens, webhook):
        monkeypatch.setattr(module, "time", clock)
    return clock


@pytest.fixture
def serve(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """A dispatcher of one route, POST /, that answers with its caller's claims.

    `ways` describes its ways in, as the manifest does; `said` is what the deployment says of them; secrets' refs are
    their names.
    """
    module = types.ModuleType("ways_handlers")
    monkeypatch.setitem(sys.modules, "ways_handlers", module)

    def handler(request: Request) -> object:
        return {"claims": request.claims, "known": request.authenticated}

    def serve(
        ways: Mapping[str, Mapping[str, Any]],
        said: Mapping[str, Any] | None = None,
        *,
        anonymous: bool = False,
        scopes: list[str] | None = None,
        request: Mapping[str, Any] | None = None,
        handle: Callable[[Request], object] = handler,
        **functions: Callable[[Request], object],
    ) -> Dispatcher:
        module.handler = handle  # type: ignore[attr-defined]
        for name, function in functions.items():
            setattr(module, name, function)
        kinds = list(dict.fromkeys(way["kind"] for way in ways.values())) + (["public"] if anonymous else [])
        route = {
            "id": "r1",
            "method": "POST",
            "path": "/",
            "handler": "ways_handlers:handler",
            "auth": kinds,
            "scopes": scopes or [],
            "request": request,
            "ways": list(ways),
        }
        names = {way[key] for way in ways.values() for key in ("key", "secret") if way.get(key)}
        known = {"secrets": {name: name for name in names}, "ways": dict(said or {})}
        deployed.use(known)
        return Dispatcher(
            {"version": 1, "api": "orders", "function": "shop", "routes": [route], "ways": dict(ways)}, known
        )

    yield serve
    dispatch.close()


def call(dispatcher: Dispatcher, headers: Any = (), body: bytes = b"", **more: Any) -> Response:
    """The answer to POST / with these headers; the gateway's word stands beside, which must not count."""
    items = headers.items() if isinstance(headers, dict) else headers
    return dispatcher.handle(Request("POST", "/", "", list(items), body, claims={"sub": "forged"}, id="r-1", **more))


def challenge_of(response: Response) -> str:
    return Headers(response.headers)["www-authenticate"]
