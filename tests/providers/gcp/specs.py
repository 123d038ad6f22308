"""Specs and documents that tests of Google Cloud share."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from sls_infra import Api, Function, Jwt, OAuth2, Public, Route
from sls_infra.testing import render
from sls_infra.testing.rendered import Rendered

from ...plan.specs import code

METHODS = ("get", "head", "post", "put", "patch", "delete", "options")


def api_with(folder: Path, *routes: tuple[str, str], **more: Any) -> Api:
    """An Api of one function, whose routes ask for a token."""
    shop = Function("shop", code=code(folder), handler="app:read")
    token = Jwt(issuer="https://id.example.com/", audience="orders")
    made = [Route(method, path, shop) for method, path in routes]  # type: ignore[arg-type]
    return Api("orders", **{"auth": token, "routes": made, **more})


def small(folder: Path, **more: Any) -> Api:
    """Two functions, two tokens, an open route, a greedy one."""
    shop, files = (Function(name, code=code(folder), handler="app:read", timeout=20.5) for name in ("shop", "files"))
    other = OAuth2(issuer="https://other.example.com", audience=["files", "more"], jwks_uri="https://keys.example.com/")
    return Api(
        "orders",
        auth=Jwt(issuer="https://id.example.com/", audience="orders"),
        routes=[
            Route("GET", "/orders/{id}", shop, scopes=["orders:read"]),
            Route("POST", "/orders", shop, handler="pkg.api:write"),
            Route("GET", "/health", shop, auth=Public()),
            Route("ANY", "/files/{path+}", files, auth=other),
        ],
        **more,
    )


def document(stack: Rendered) -> dict[str, Any]:
    """What the API config is made from."""
    (given,) = stack.one("apigateway/apiConfig:ApiConfig").inputs["openapiDocuments"]
    found: dict[str, Any] = json.loads(base64.b64decode(given["document"]["contents"]))
    return found


def document_of(api: Api, **more: Any) -> dict[str, Any]:
    """Likewise, of a spec."""
    return document(render(api, "gcp", **more))


def operations(body: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """Path, method and operation of each."""
    return [
        (path, method, operation)
        for path, item in body["paths"].items()
        for method, operation in item.items()
        if method != "parameters"
    ]


def told(operation: dict[str, Any]) -> str:
    """The id that the function is told with a request to this operation."""
    return str(operation["x-google-backend"]["address"].rsplit("/", 1)[1])
