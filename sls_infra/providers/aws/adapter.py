"""AWS: Lambda behind an HTTP API. Calls the rooms in order and passes results on."""

from __future__ import annotations

from typing import cast

import pulumi
from pulumi_aws import apigatewayv2, cloudwatch, iam, lambda_

from ...errors import Problem, SpecError
from ...plan.capabilities import Capabilities
from ...plan.model import Plan
from ...spec.targets import Aws, Target
from ..base import Context, Outputs
from .auth import authorizers
from .capabilities import CAPABILITIES
from .function import deploy_function
from .gateway import deploy_gateway


class AwsAdapter:
    """Renders a Plan into pulumi-aws resources."""

    capabilities: Capabilities = CAPABILITIES

    def providers(self, name: str, target: Target, parent: pulumi.Resource) -> pulumi.ProviderResource | None:
        """A provider of the region that the target names."""
        region = cast(Aws, target).region
        if region is None:
            return None
        if pulumi.Config("aws").get("region"):
            fix = "pulumi config rm aws:region, or leave region out of Aws(…)"
            raise SpecError([Problem("target.region", "the region is given twice: here and as config aws:region", fix)])
        import pulumi_aws

        return pulumi_aws.Provider(name, region=region, opts=pulumi.ResourceOptions(parent=parent))

    def deploy(self, plan: Plan, target: Target, context: Context) -> Outputs:
        """Functions first, then the gateway that calls them."""
        aws = cast(Aws, target)
        if aws.front == "rest":
            fix = "leave front out: an HTTP API meets what this spec asks for, or the plan says what it refuses"
            raise SpecError([Problem("target.front", "the REST API front is not built yet", fix)])
        functions = [deploy_function(plan, function, aws, context) for function in plan.functions]
        routed = {route.function for route in plan.routes}
        url = None
        if routed:
            fronted = [function for function in functions if function.name in routed]
            url = deploy_gateway(plan, fronted, authorizers(plan), aws, context)
        return Outputs(url=url, functions={function.name: function.arn for function in functions})


SDK = (apigatewayv2.Api, cloudwatch.LogGroup, iam.Role, lambda_.Function)
"""Loads these parts of the SDK now, where `registry` silences what they warn of in themselves."""

ADAPTER = AwsAdapter()
