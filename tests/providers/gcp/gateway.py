"""What API Gateway makes of a request before it calls the function, and the zip that is called."""

from __future__ import annotations

import base64
import json
import zipfile
from pathlib import Path
from typing import Any

from sls_infra.bundle import build
from sls_infra.plan.capabilities import Capabilities
from sls_infra.plan.model import Plan
from sls_infra.providers.gcp import package
from sls_infra.providers.gcp.capabilities import CAPABILITIES

from ...runtime.functions_framework import FunctionsFramework, Headers


def unpack(planned: Plan, folder: Path, front: Capabilities = CAPABILITIES) -> Path:
    """The zip of the plan's only function, unpacked in a folder of its own."""
    bundle = build(package.bundle_spec(planned, planned.functions[0], front), cache=folder / "cache")
    with zipfile.ZipFile(bundle.path) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


class Gateway:
    """Calls the function as API Gateway does for a request that matched `route`."""

    def __init__(self, planned: Plan, function: FunctionsFramework) -> None:
        self.function = function
        self.ids = {f"{route.method} {route.path}": route.id for route in planned.routes}

    def call(
        self,
        route: str,
        target: str,
        *headers: tuple[str, str],
        method: str = "",
        claims: dict[str, Any] | None = None,
        body: Any = None,
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body. `route` is "id=…" after its method for an id that no route has; `method` is what
        the caller uses where that is another than the route's."""
        first, _, path = route.partition(" ")
        id = self.ids.get(route, path.removeprefix("id="))
        sent: Headers = [("Authorization", "Bearer of-the-gateway")]
        sent += [("X-Forwarded-For", "192.0.2.1,198.51.100.9")]
        sent += [("X-Cloud-Trace-Context", "65011637f09e0a5179677a7429456db7/1027871334010811884;o=1"), *headers]
        if claims is not None:
            payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode()
            sent += [
                ("X-Apigateway-Api-Userinfo", payload),
                ("X-Forwarded-Authorization", f"Bearer e30.{payload}.c2ln"),
            ]
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        if content is not body:
            sent.append(("Content-Type", "application/json"))
        status, fields, answer = self.function.call(method or first, f"/_sls/http/{id}{target}", sent, content)
        return status, dict(fields), answer
