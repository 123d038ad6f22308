"""Specs that tests of the plan share."""

from __future__ import annotations

from pathlib import Path

from sls_infra import Api, Function, Jwt, OAuth2, Public, RateLimit, Route

CODE = """
def read(request): return {}
async def write(request): return {}
class App: ...
handler = read
"""


def code(folder: Path) -> Path:
    """A folder of code with a module `app` and a package `pkg.api`."""
    (folder / "pkg").mkdir(parents=True, exist_ok=True)
    (folder / "app.py").write_text(CODE)
    (folder / "pkg" / "__init__.py").write_text("")
    (folder / "pkg" / "api.py").write_text(CODE)
    return folder


def small(folder: Path) -> Api:
    """A spec without mistakes."""
    shop = Function("shop", code=code(folder), handler="app:read")
    token = Jwt(issuer="https://id.example.com/", audience="orders")
    return Api(
        "orders",
        auth=token,
        rate_limit=RateLimit(100),
        routes=[
            Route("GET", "/orders/{id}", shop, scopes=["orders:read"]),
            Route("POST", "/orders", shop, handler="pkg.api:write", rate_limit=RateLimit(10, burst=20)),
            Route("GET", "/health", shop, auth=Public()),
            Route("ANY", "/files/{path+}", shop, auth=OAuth2(issuer="https://id.example.com/", audience="files")),
        ],
    )
