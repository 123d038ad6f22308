"""Where the orders API goes: `pulumi config set sls:target aws|local`."""

import pulumi

from examples.orders.infra import api
from sls_infra import ServerlessApi

config = pulumi.Config()
issuer = config.get("issuer") or "https://id.example.com/"  # who signs the tokens that callers bring

shop = ServerlessApi(api(issuer, config.get("database")))
pulumi.export("url", shop.url)
