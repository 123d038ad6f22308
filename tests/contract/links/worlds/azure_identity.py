"""An app's managed identity, as the platform's endpoint gives it, with tokens that hold what Entra's do and that nobody
has signed; and trust in the certificate that the emulators show.

By these the drivers run as they are: Microsoft's credential asks the endpoint, and their clients send its tokens.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from azure.core.pipeline.transport import RequestsTransport

from tests.runtime.services.fakes import Answer, Asked, serving

CLIENT = "11111111-2222-3333-4444-555555555555"
TENANT = "66666666-7777-8888-9999-000000000000"
HEADER = "identity-header"
LIFETIME = 3600


def token(audience: str) -> str:
    """A token for that resource (learn.microsoft.com/entra/identity-platform/access-token-claims-reference)."""
    now = int(time.time())
    claims = {
        "aud": audience, "iss": f"https://sts.windows.net/{TENANT}/", "iat": now - 10, "nbf": now - 10,
        "exp": now + LIFETIME, "oid": CLIENT, "tid": TENANT, "appid": CLIENT,
    }  # fmt: skip
    return f"{_part({'alg': 'RS256', 'typ': 'JWT'})}.{_part(claims)}.c2ln"


def _part(known: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(known).encode()).rstrip(b"=").decode()


def _answer(asked: Asked) -> Answer:
    resource = asked.query.get("resource", "")
    if asked.headers.get("x-identity-header") != HEADER or asked.query.get("client_id") != CLIENT or not resource:
        return 400, {}, b""
    known = {"access_token": token(resource), "expires_on": str(int(time.time()) + LIFETIME), "resource": resource}
    told = {**known, "token_type": "Bearer", "client_id": CLIENT}
    return 200, {"content-type": "application/json"}, json.dumps(told).encode()


@contextmanager
def identity() -> Iterator[dict[str, str]]:
    """The environment of an app that has one."""
    with serving(_answer) as endpoint:
        yield {
            "IDENTITY_ENDPOINT": f"{endpoint.url}/msi/token", "IDENTITY_HEADER": HEADER, "AZURE_CLIENT_ID": CLIENT,
        }  # fmt: skip


@contextmanager
def trusted(authority: Path) -> Iterator[None]:
    """Microsoft's clients take this authority's word for this machine's address. The one for Cosmos DB would otherwise
    verify no certificate there at all, and be warned of that."""
    send = RequestsTransport.send

    def verified(self: RequestsTransport, request: Any, **options: Any) -> Any:
        if "://127.0.0.1:" in request.url and request.url.startswith("https"):
            options["connection_verify"] = str(authority)
        return send(self, request, **options)

    with mock.patch.object(RequestsTransport, "send", verified):
        yield
