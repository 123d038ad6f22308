"""A stand-in for what an Azure Functions app has around it: its identity endpoint, a key vault, another app.

Written from learn.microsoft.com/azure/app-service/overview-managed-identity (REST endpoint reference) and
learn.microsoft.com/rest/api/keyvault/secrets/get-secret. That Microsoft's own clients take it for the real ones is a
test.
"""

from __future__ import annotations

import contextlib
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.runtime.services.fakes import Answer, Asked, Fake, Tls, serving

CLIENT = "11111111-2222-3333-4444-555555555555"
HEADER = "identity-header-s3cr3t"
RESOURCE = "https://vault.azure.net"
FUNCTION_KEY = "function-key-s3cr3t"


@dataclass
class Cloud:
    """Running, with what it holds."""

    secrets: dict[str, str] = field(default_factory=dict)
    tokens: list[str] = field(default_factory=list)
    """Issued, the last one last: no other is taken."""
    lifetime: float = 86400
    """Seconds of the next token."""
    identity: Fake = field(init=False)
    vault: Fake = field(init=False)
    app: Fake = field(init=False)

    @property
    def environment(self) -> dict[str, str]:
        """What the platform and the deployment put into the app's environment."""
        endpoint = f"{self.identity.url}/msi/token"
        return {"IDENTITY_ENDPOINT": endpoint, "IDENTITY_HEADER": HEADER, "AZURE_CLIENT_ID": CLIENT}

    def ref(self, name: str) -> str:
        return f"{self.vault.url}/secrets/{name}"

    def give_token(self, asked: Asked) -> Answer:
        if asked.headers.get("x-identity-header") != HEADER:
            return 401, {}, b""
        known = {"resource": RESOURCE, "client_id": CLIENT, "api-version": "2019-08-01"}
        if asked.path != "/msi/token" or asked.query != known:
            return 400, {}, json.dumps({"statusCode": 400, "message": "No User Assigned Identity found"}).encode()
        self.tokens.append(f"token-{len(self.tokens)}-s3cr3t")
        token = {
            "access_token": self.tokens[-1],
            "expires_on": str(int(time.time() + self.lifetime)),
            "resource": RESOURCE,
            "token_type": "Bearer",
            "client_id": CLIENT,
        }
        return 200, {"content-type": "application/json"}, json.dumps(token).encode()

    def give_secret(self, asked: Asked) -> Answer:
        if not self.tokens or asked.headers.get("authorization") != f"Bearer {self.tokens[-1]}":
            challenge = f'Bearer authorization="https://login.microsoftonline.com/tenant", resource="{RESOURCE}"'
            return 401, {"www-authenticate": challenge}, _error("Unauthorized", "AKV10000: Request is missing a token")
        path = re.fullmatch(r"/secrets/([0-9a-zA-Z-]+)(/[0-9a-f]*)?", asked.path)
        if path is None or not asked.query.get("api-version"):
            return 400, {}, _error("BadParameter", "api-version must be specified")
        if path[1] not in self.secrets:
            return 404, {}, _error("SecretNotFound", f"A secret with (name/id) {path[1]} was not found")
        found = {
            "value": self.secrets[path[1]],
            "id": f"{self.ref(path[1])}/4387e9f3d6e14c459867679a90fd0f79",
            "attributes": {"enabled": True, "created": 1493938410, "updated": 1493938410},
        }
        return 200, {"content-type": "application/json; charset=utf-8"}, json.dumps(found).encode()

    def authorize(self, asked: Asked) -> Answer:
        if asked.headers.get("x-functions-key") != FUNCTION_KEY:
            return 401, {}, b""
        way = json.loads(asked.body)["way"]
        if asked.method != "POST" or asked.path != f"/_sls/authorize/{way}":
            return 404, {}, b""
        return 200, {}, json.dumps({"claims": {"sub": "u", "way": way}}).encode()


def _error(code: str, message: str) -> bytes:
    return json.dumps({"error": {"code": code, "message": message}}).encode()


@contextlib.contextmanager
def running(tls: Tls) -> Iterator[Cloud]:
    cloud = Cloud()
    with (
        serving(cloud.give_token) as cloud.identity,
        serving(cloud.give_secret, tls.server) as cloud.vault,
        serving(cloud.authorize, tls.server) as cloud.app,
    ):
        yield cloud
