"""Where the payments API goes: `pulumi config set sls:target aws|azure|gcp|local`."""

import pulumi

from examples.payments.infra import api
from sls_infra import ServerlessApi

config = pulumi.Config()
issuer = config.get("issuer") or "https://id.example.com/"

payments = ServerlessApi(api(issuer))
pulumi.export("url", payments.url)
pulumi.export("topics", payments.topics)  # by these, other stacks listen
