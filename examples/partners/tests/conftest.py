"""The API, to be called by its tests: its handlers in this process, and as it is served on this machine."""

from __future__ import annotations

import json as jsonlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

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


class Partners(Protocol):
    """The API, called by somebody: a partner by its key, staff by a token, a service that signs, or nobody."""

    def __call__(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        partner: str | None = None,
        staff: str | None = None,
        signed: bool | str = False,
    ) -> Answer: ...


@dataclass(frozen=True)
class Handlers:
    """The API's handlers, in this process."""

    client: Client

    def __call__(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        partner: str | None = None,
        staff: str | None = None,
        signed: bool | str = False,
    ) -> Answer:
        claims = None if staff is None else {"sub": staff}
        return self.client.request(
            method, path, json=json, headers=headers, client=partner, claims=claims, signed=signed
        )


@dataclass(frozen=True)
class Gateway:
    """The API behind the local gateway, over HTTP."""

    http: httpx.Client
    server: Served
    issuer: Issuer

    def __call__(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        partner: str | None = None,
        staff: str | None = None,
        signed: bool | str = False,
    ) -> Answer:
        sent, body = dict(headers or {}), b""
        if json is not None:
            body = jsonlib.dumps(json).encode()
            sent["content-type"] = "application/json"
        if partner is not None:
            sent["x-api-key"] = self.server.keys[partner]
        if staff is not None:
            sent["authorization"] = f"Bearer {self.issuer.token('partners', subject=staff)}"
        if signed:
            secret = signed if isinstance(signed, str) else SECRETS["payments-signing"]
            sent.update(signature("stripe", secret, body))
        answer = self.http.request(method, path, content=body, headers=sent)
        return Answer(answer.status_code, tuple(answer.headers.items()), answer.content)


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with Issuer() as made:
        yield made


@pytest.fixture(scope="module")
def handlers() -> Iterator[Partners]:
    with client(api(), secrets=SECRETS) as made:
        yield Handlers(made)


@pytest.fixture(scope="module")
def gateway(issuer: Issuer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Partners]:
    program = SERVED.format(issuer=issuer.url)
    with (
        served(tmp_path_factory.mktemp("served"), program, SECRETS, clients=2) as server,
        httpx.Client(base_url=server.url, timeout=20, trust_env=False) as http,
    ):
        yield Gateway(http, server, issuer)


@pytest.fixture(params=["handlers", "gateway"], scope="module")
def partners(request: pytest.FixtureRequest) -> Partners:
    """The API each way that it can be called."""
    found: Partners = request.getfixturevalue(request.param)
    return found
