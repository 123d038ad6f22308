"""Where the pictures API goes: `pulumi config set sls:target aws|azure|gcp|local`."""

import pulumi

from examples.pictures.infra import api
from sls_infra import ServerlessApi

config = pulumi.Config()
issuer = config.get("issuer") or "https://id.example.com/"

pictures = ServerlessApi(api(issuer))
pulumi.export("url", pictures.url)
