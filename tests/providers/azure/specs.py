"""Specs that tests of Azure share, and its policies read back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from sls_infra import Api, Function, Jwt, OAuth2, Public, Route
from sls_infra.testing import render
from sls_infra.testing.rendered import Rendered

from ...plan.specs import code

ISSUER = "https://id.example.com/"


def api_with(folder: Path, *routes: tuple[str, str], **more: Any) -> Api:
    """An Api of one function, whose routes ask for a token."""
    shop = Function("shop", code=code(folder), handler="app:read")
    more.setdefault("auth", Jwt(issuer=ISSUER, audience="orders"))
    made = [Route(method, path, shop) for method, path in routes or [("GET", "/a")]]  # type: ignore[arg-type]
    return Api("orders", routes=made, **more)


def one_function(folder: Path, name: str = "shop", **more: Any) -> Api:
    """An open Api of one function with settings of its own."""
    function = Function(name, code=code(folder), handler="app:read", **more)
    return Api("orders", auth=Public(), routes=[Route("GET", "/", function)])


def small(folder: Path, **more: Any) -> Api:
    """Two functions, two tokens, an open route, a greedy one."""
    shop, files = (Function(name, code=code(folder), handler="app:read") for name in ("shop", "files"))
    other = OAuth2(issuer="https://other.example.com", audience=["files", "more"], leeway=30)
    return Api(
        "orders",
        auth=Jwt(issuer=ISSUER, audience="orders"),
        routes=[
            Route("GET", "/orders/{id}", shop, scopes=["orders:read"]),
            Route("GET", "/health", shop, auth=Public()),
            Route("ANY", "/files/{path+}", files, auth=other),
        ],
        **more,
    )


def document(stack: Rendered) -> dict[str, Any]:
    """What the API is imported from."""
    found: dict[str, Any] = json.loads(stack.one("azure-native:apimanagement:Api").inputs["value"])
    return found


def operations(stack: Rendered) -> dict[tuple[str, str], str]:
    """Method and template → id of each operation."""
    paths = document(stack)["paths"]
    return {
        (method.upper(), path): operation["operationId"]
        for path, item in paths.items()
        for method, operation in item.items()
        if method != "parameters"
    }


def policy(stack: Rendered) -> ElementTree.Element:
    """The policy of all operations, by the library's parser."""
    return ElementTree.fromstring(stack.one("ApiPolicy").inputs["value"])


def rendered(api: Api, **more: Any) -> Rendered:
    """What it becomes."""
    return render(api, "azure", **more)
