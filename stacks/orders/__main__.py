"""Where the orders API goes: `pulumi config set sls:target aws|azure|gcp|local`."""

import pulumi

from examples.orders.infra import api
from sls_infra import ServerlessApi

config = pulumi.Config()
issuer = config.get("issuer") or "https://id.example.com/"  # who signs the tokens that callers bring
limited = config.get_bool("limited") is not False  # said aloud where a target can't count

shop = ServerlessApi(api(issuer, config.get("database"), limited))
pulumi.export("url", shop.url)
