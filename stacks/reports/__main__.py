"""Where the reports API goes: `pulumi config set sls:target aws|azure|gcp|local`."""

import pulumi

from examples.reports.infra import api
from sls_infra import ServerlessApi

config = pulumi.Config()
issuer = config.get("issuer") or "https://id.example.com/"

reports = ServerlessApi(api(issuer))
pulumi.export("url", reports.url)
