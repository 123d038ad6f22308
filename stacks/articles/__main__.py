"""Where the articles API goes: `pulumi config set sls:target aws|azure|gcp|local`."""

import pulumi

from examples.articles.infra import api
from sls_infra import ServerlessApi

config = pulumi.Config()
issuer = config.get("issuer") or "https://id.example.com/"

articles = ServerlessApi(api(issuer))
pulumi.export("url", articles.url)
