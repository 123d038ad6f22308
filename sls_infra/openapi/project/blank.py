"""A small project to begin with: one open route, one for callers with a token."""

from __future__ import annotations

from .common import common
from .names import package


def blank(name: str) -> dict[str, str]:
    """File → its text."""
    below = package(name)
    return {
        **common(name, below),
        "infra.py": _INFRA.format(name=name, package=below),
        f"src/{below}/api.py": _API,
        f"test_{below}.py": _TEST,
        "README.md": _README.format(name=name, package=below),
    }


_INFRA = '''"""What the {name} API is. Pure data: no cloud, no pulumi."""

from sls_infra import Api, Function, Input, Jwt, Public, Route

app = Function("{name}", code="src")


def api(issuer: Input[str] = "https://id.example.com/") -> Api:
    """`issuer` is who signs the tokens, to the letter: a deployment decides."""
    return Api(
        "{name}",
        auth=Jwt(issuer=issuer, audience="{name}"),  # for every route that names no other way in
        routes=[
            Route("GET", "/hello/{{name}}", app, handler="{package}.api:hello", scopes=["hello"]),
            Route("GET", "/health", app, handler="{package}.api:health", auth=Public()),
        ],
    )
'''

_API = '''"""What it does. The same file on every target."""

from sls_infra.runtime import Request


def hello(request: Request) -> dict[str, str]:
    return {"hello": request.path_params["name"]}


def health(request: Request) -> str:
    return "ok"
'''

_TEST = """from sls_infra.testing import client, render

from infra import api


def test_it_holds_together() -> None:
    assert len(render(api(), target="local").one("sls:local:Gateway").inputs["routes"]) == 2


def test_hello_needs_the_scope() -> None:
    with client(api()) as c:
        assert c.get("/health").status == 200
        assert c.get("/hello/ann").status == 401
        assert c.get("/hello/ann", claims={"sub": "ann", "scope": ""}).status == 403
        assert c.get("/hello/ann", claims={"sub": "ann", "scope": "hello"}).json() == {"hello": "ann"}
"""

_README = """# {name}

| file | what is in it |
| --- | --- |
| `infra.py` | the Api: routes, who may call them |
| `src/{package}` | what it does |
| `test_{package}.py` | that it does so |
| `__main__.py`, `Pulumi.yaml` | where it goes |

    sls-infra plan infra:api      # how each cloud meets it
    sls-infra dev infra:api       # serves it on this machine
    python -m pytest
    pulumi stack init local && pulumi up    # puts it on this machine

`pulumi up` takes Python, and the local target's provider, from `.venv` here: make it, and install what pyproject.toml
asks for into it, or write another virtual environment into `Pulumi.yaml`, twice.
"""
