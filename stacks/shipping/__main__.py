"""Where the shipping API goes: `pulumi config set sls:target aws|azure|gcp|local`."""

import pulumi

from examples.shipping.infra import api
from sls_infra import ServerlessApi

config = pulumi.Config()
issuer = config.get("issuer") or "https://id.example.com/"

shipping = ServerlessApi(api(config.require("paid"), issuer))
pulumi.export("url", shipping.url)
