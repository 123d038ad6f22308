"""How the tests call the API: as somebody, on its handlers or through a gateway."""

from __future__ import annotations

import json as jsonlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

from sls_infra.testing import Answer, Client

SCOPES = "orders:read orders:write"

ORDER: dict[str, Any] = {
    "customer": "C-1001",
    "currency": "EUR",
    "items": [
        {"sku": "TEA-250", "quantity": 2, "unit_price": 1290},
        {"sku": "CUP-01", "quantity": 1, "unit_price": 900},
    ],
}


class Shop(Protocol):
    """The API, called by somebody: `who` is the token's subject, None for nobody; `scope` what the token grants."""

    def __call__(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        who: str | None = "ann",
        scope: str = SCOPES,
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
        who: str | None = "ann",
        scope: str = SCOPES,
    ) -> Answer:
        """One call, by claims that count as verified."""
        claims = None if who is None else {"sub": who, "scope": scope}
        return self.client.request(method, path, json=json, headers=headers, claims=claims)


@dataclass(frozen=True)
class Gateway:
    """The API behind a gateway, over HTTP; `token` makes what its issuer would sign."""

    http: httpx.Client
    token: Callable[[str, str], str]

    def __call__(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        who: str | None = "ann",
        scope: str = SCOPES,
    ) -> Answer:
        """One call, with a token."""
        sent = dict(headers or {})
        if who is not None:
            sent["authorization"] = f"Bearer {self.token(who, scope)}"
        if json is not None:
            sent["content-type"] = "application/json"
        content = None if json is None else jsonlib.dumps(json).encode()
        answer = self.http.request(method, path, content=content, headers=sent)
        return Answer(answer.status_code, tuple(answer.headers.multi_items()), answer.content)
