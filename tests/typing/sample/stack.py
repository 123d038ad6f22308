"""The contract's stack program, with what users do beyond it: an Output for an issuer, nodes, transform, a target."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws
from infra import api

from sls_infra import Aws, ServerlessApi


def bigger(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
    return None


shop = ServerlessApi(api())
other = ServerlessApi(api(pulumi.Output.from_input("https://id.example.com/")), target="gcp", name="other")
protected = pulumi.ResourceOptions(protect=True)
third = ServerlessApi(api(), target=Aws(region="eu-west-1"), transform=bigger, opts=protected)
function: aws.lambda_.Function = third.nodes.one(aws.lambda_.Function, "shop")
url: pulumi.Output[str] = shop.url
pulumi.export("url", shop.url)
