"""The API, to be called by its tests: its handlers in this process, and as it is served on this machine."""

from __future__ import annotations

import json as jsonlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from examples.partners.infra import api
from examples.serving import Served, served
from sls_infra.testing import Answer, Client, client
from sls_infra.testing.signing import signature
from tools.issuer import Issuer

SECRETS = {"payments-signing": "whsec_of_the_payment_service", "warehouse-token": "w-7f3a"}
SERVED = """
from examples.partners.infra import api as described

def api():
    return described({issuer!r})
"""


Partners = Callable[..., Answer]
"""Calls the API: `partners("GET", "/stock/tea-250", partner="acme")`; see `Caller`."""


@dataclass(frozen=True)
class Caller:
    """Who calls: a partner by its key, staff by a token, a service that signs, or nobody."""

    partner: str | None = None
    staff: str | None = None
    signed: bool | str = False


def on_handlers(client: Client) -> Partners:
    """The API's handlers, in this process."""

    def call(
        method: str, path: str, *, json: Any = None, headers: Mapping[str, str] | None = None, **by: Any
    ) -> Answer:
        who = Caller(**by)
        claims = None if who.staff is None else {"sub": who.staff}
        return client.request(
            method, path, json=json, headers=headers, client=who.partner, claims=claims, signed=who.signed
        )

    return call


def over_http(http: httpx.Client, server: Served, issuer: Issuer) -> Partners:
    """The API behind the local gateway."""

    def call(
        method: str, path: str, *, json: Any = None, headers: Mapping[str, str] | None = None, **by: Any
    ) -> Answer:
        who, sent = Caller(**by), dict(headers or {})
        body = b"" if json is None else jsonlib.dumps(json).encode()
        if who.partner is not None:
            sent["x-api-key"] = server.keys[who.partner]
        if who.staff is not None:
            sent["authorization"] = f"Bearer {issuer.token('partners', subject=who.staff)}"
        if who.signed:
            secret = who.signed if isinstance(who.signed, str) else SECRETS["payments-signing"]
            sent.update(signature("stripe", secret, body))
        answer = http.request(method, path, content=body, headers=sent)
        return Answer(answer.status_code, tuple(answer.headers.items()), answer.content)

    return call


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with Issuer() as made:
        yield made


@pytest.fixture(scope="module")
def handlers() -> Iterator[Partners]:
    with client(api(), secrets=SECRETS) as made:
        yield on_handlers(made)


@pytest.fixture(scope="module")
def gateway(issuer: Issuer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Partners]:
    program = SERVED.format(issuer=issuer.url)
    with (
        served(tmp_path_factory.mktemp("served"), program, SECRETS, clients=2) as server,
        httpx.Client(base_url=server.url, timeout=20, trust_env=False) as http,
    ):
        yield over_http(http, server, issuer)


@pytest.fixture(params=["handlers", "gateway"], scope="module")
def partners(request: pytest.FixtureRequest) -> Partners:
    """The API each way that it can be called."""
    found: Partners = request.getfixturevalue(request.param)
    return found
