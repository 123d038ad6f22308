"""Where the partners API goes: `pulumi config set sls:target aws|azure|gcp|local`."""

import pulumi

from examples.partners.infra import api
from sls_infra import ServerlessApi

config = pulumi.Config()
issuer = config.get("issuer") or "https://id.example.com/"  # who signs the tokens of staff
limited = config.get_bool("limited") is not False  # said aloud where a target can't count

partners = ServerlessApi(api(issuer, limited))
pulumi.export("url", partners.url)
pulumi.export("keys", partners.api_keys)  # secret: `pulumi stack output keys --show-secrets`
