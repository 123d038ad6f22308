"""A stand-in for what a function on Google Cloud has around it: metadata server, Secret Manager, a private function.

Written from cloud.google.com/compute/docs/metadata/querying-metadata, …/docs/access/authenticate-workloads and
…/secret-manager/docs/reference/rest/v1/projects.secrets.versions/access. That Google's own clients take it for the real
ones is a test.
"""

from __future__ import annotations

import base64
import contextlib
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import jwt

from tests.runtime.services.fakes import Answer, Asked, Fake, Tls, serving

FLAVOR = {"Metadata-Flavor": "Google", "Server": "Metadata Server for VM"}
ACCOUNT = "/computeMetadata/v1/instance/service-accounts/default/"
_KEY = "a key that nobody but this stand-in has to know"


@dataclass
class Cloud:
    """Running, with what it holds."""

    secrets: dict[str, bytes] = field(default_factory=dict)
    """By `projects/p/secrets/s/versions/latest`."""
    tokens: list[str] = field(default_factory=list)
    lifetime: int = 3600
    metadata: Fake = field(init=False)
    manager: Fake = field(init=False)
    app: Fake = field(init=False)

    @property
    def environment(self) -> dict[str, str]:
        return {"GCE_METADATA_HOST": self.metadata.host}

    def give_metadata(self, asked: Asked) -> Answer:
        if asked.headers.get("metadata-flavor") != "Google":
            return 403, {}, b"Missing Metadata-Flavor:Google header"
        content: object
        if asked.path == ACCOUNT + "token":
            self.tokens.append(f"token-{len(self.tokens)}-s3cr3t")
            content = {"access_token": self.tokens[-1], "expires_in": self.lifetime, "token_type": "Bearer"}
        elif asked.path == ACCOUNT and asked.query == {"recursive": "true"}:
            scopes = ["https://www.googleapis.com/auth/cloud-platform"]
            content = {"aliases": ["default"], "email": "shop@p.iam.gserviceaccount.com", "scopes": scopes}
        elif asked.path == ACCOUNT + "identity" and asked.query.get("format") == "full":
            claims = {"aud": asked.query["audience"], "exp": int(time.time()) + self.lifetime}
            return 200, {**FLAVOR, "content-type": "text/html"}, jwt.encode(claims, _KEY).encode()
        else:
            return 404, FLAVOR, b""
        return 200, {**FLAVOR, "content-type": "application/json"}, json.dumps(content).encode()

    def give_secret(self, asked: Asked) -> Answer:
        if not self.tokens or asked.headers.get("authorization") != f"Bearer {self.tokens[-1]}":
            return 401, {}, _error(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
        path = re.fullmatch(
            r"/v1/(projects/[^/]+/(?:locations/[^/]+/)?secrets/[^/]+/versions/[^/]+):access", asked.path
        )
        if path is None or path[1] not in self.secrets:
            return 404, {}, _error(404, "NOT_FOUND", "Secret not found or has no versions.")
        data = base64.b64encode(self.secrets[path[1]]).decode()
        found = {"name": path[1].replace("latest", "1"), "payload": {"data": data}}
        return 200, {"content-type": "application/json; charset=UTF-8"}, json.dumps(found).encode()

    def authorize(self, asked: Asked) -> Answer:
        scheme, _, token = asked.headers.get("authorization", "").partition(" ")
        try:
            assert scheme == "Bearer"
            jwt.decode(token, _KEY, ["HS256"], audience=self.app.url)
        except (AssertionError, jwt.PyJWTError):
            return 401, {}, b""
        way = json.loads(asked.body)["way"]
        if asked.method != "POST" or asked.path != f"/_sls/authorize/{way}":
            return 404, {}, b""
        return 200, {}, json.dumps({"claims": {"sub": "u", "way": way}}).encode()


def _error(code: int, status: str, message: str) -> bytes:
    return json.dumps({"error": {"code": code, "message": message, "status": status}}).encode()


@contextlib.contextmanager
def running(tls: Tls) -> Iterator[Cloud]:
    cloud = Cloud()
    with (
        serving(cloud.give_metadata) as cloud.metadata,
        serving(cloud.give_secret, tls.server) as cloud.manager,
        serving(cloud.authorize, tls.server) as cloud.app,
    ):
        yield cloud
