"""What `pytest -m cloud` deploys: the orders API, and an issuer of its tokens that is itself an Api on the same target.

So nothing is needed but an account: the issuer serves the discovery document and the public key that the test made.
"""

PROGRAM = """
from dataclasses import replace

import pulumi
from examples.orders.infra import api
from sls_infra import Api, Function, Public, Route, ServerlessApi

config = pulumi.Config()
keys = Function("keys", code="issuer", env={"JWKS": config.require("jwks")})
issuer = ServerlessApi(
    Api(
        "issuer",
        auth=Public(),
        routes=[
            Route("GET", "/.well-known/openid-configuration", keys, handler="issuer:discovery"),
            Route("GET", "/keys", keys, handler="issuer:jwks"),
        ],
    )
)
limited = config.get_bool("limited") is not False
made = api(issuer.url, config.get("database"), limited)
if pulumi.Config("sls").require("target") == "gcp":  # whose functions don't know the address that was called
    made = replace(made, auth=replace(made.auth, jwks_uri=pulumi.Output.concat(issuer.url, "/keys")))
orders = ServerlessApi(made)
pulumi.export("issuer", issuer.url)
pulumi.export("url", orders.url)
"""

ISSUER = """
import json
import os

from sls_infra.runtime import Request


def discovery(request: Request) -> dict[str, object]:
    base = request.url.removesuffix("/.well-known/openid-configuration")
    return {
        "issuer": base,
        "jwks_uri": f"{base}/keys",
        "authorization_endpoint": f"{base}/authorize",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    }


def jwks(request: Request) -> object:
    return json.loads(os.environ["JWKS"])
"""

FILES = {"__main__.py": PROGRAM, "issuer/issuer.py": ISSUER}
