"""An Api of the tests with keys, secrets and an authorizer: as it is with one front, and with the other."""

from __future__ import annotations

from tests.engine.programs import HANDLER

VALUE = "t0p-s3cret-value"
PROGRAM = """
import pulumi
from sls_infra import Api, ApiKey, Custom, Function, RateLimit, Route, Secret, ServerlessApi, Webhook

db = Secret("db_pw")
gate = Function("gate", code="gate", handler="gate:decide")
shop = Function("shop", code="src", handler="shop:read", links=[db.read()])
keys = ApiKey(clients={"mobile": LIMITS, "web": []})
api = Api(
    "orders",
    routes=[
        Route("GET", "/orders/{id}", shop, auth=keys),
        Route("GET", "/mine", shop, auth=[Custom(gate), ApiKey(clients={"desk": []})]),
        Route("POST", "/hook", shop, auth=Webhook(Secret("hook", value=pulumi.Output.secret("VALUE-of-the-hook")))),
    ],
)
made = ServerlessApi(api, "azure")
pulumi.export("url", made.url)
pulumi.export("api_keys", made.api_keys)
"""


def program(*, limited: bool) -> dict[str, str]:
    """Its files. With limits it takes Basic v2."""
    limits = '[RateLimit(10, per="minute")]' if limited else "[]"
    return {
        "__main__.py": PROGRAM.replace("LIMITS", limits).replace("VALUE", VALUE),
        "src/shop.py": HANDLER,
        "gate/gate.py": "def decide(request):\n    return None\n",
    }
