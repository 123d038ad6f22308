"""The Api that the tests of a cloud deploy on the engine: two functions, a secret, routes with and without a token."""

from __future__ import annotations

HANDLER = "def read(request):\n    return {'id': request.path_params.get('id')}\n"
SECRET = "t0p-s3cret"
EXTRA = 'Route("GET", "/extra", Function("extra", code="desk", handler="desk:read"), auth=Public()),'
"""A route of a third function."""
PROGRAM = """
import pulumi
from sls_infra import Api, Cors, Function, Jwt, Public, Route, ServerlessApi

config = pulumi.Config()
shop = Function(
    "shop",
    code="src",
    handler="shop:read",
    env={"TOKEN": config.require_secret("token"), "SECOND": pulumi.Output.secret("SECRET-of-the-program")},
)
desk = Function("desk", code="desk", handler="desk:read", memory=MEMORY)
api = Api(
    "orders",
    auth=Jwt(issuer="https://id.example.com/", audience="orders"),
    cors=Cors(origins=["https://shop.example.com"]),
    routes=[
        Route("GET", "/orders/{id}", shop, scopes=["orders:read"]),
        Route("GET", "/health", desk, auth=Public()),
        MORE
    ],
)
made = ServerlessApi(api, "TARGET")
pulumi.export("url", made.url)
pulumi.export("functions", made.functions)
"""


def program(target: str, *, memory: int = 512, more: str = "", version: int = 1) -> dict[str, str]:
    """Its files. `memory` is the desk's; `more` are further routes; `version` of the shop's code."""
    text = PROGRAM.replace("MEMORY", str(memory)).replace("MORE", more).replace("TARGET", target)
    return {
        "__main__.py": text.replace("SECRET", SECRET),
        "src/shop.py": HANDLER + f"# version {version}\n",
        "desk/desk.py": HANDLER,
    }
