"""AWS: Lambda behind an HTTP API or a REST API. Calls the rooms in order and passes results on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

import pulumi
from pulumi_aws import apigatewayv2, cloudwatch, iam, lambda_

from ...errors import Problem, SpecError
from ...plan.capabilities import Capabilities
from ...plan.model import Plan
from ...spec.targets import Aws, Target
from ..base import Context, Outputs
from .auth import authorizers
from .capabilities import CAPABILITIES
from .deployed import Deployed, Resources, Secrets
from .function import deploy_function
from .gateway import deploy_gateway
from .needs import needs_of, ordered
from .verified import native_tokens

if TYPE_CHECKING:
    from .keys import Keys


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
        """Secrets, keys and resources first, then functions, then the event sources and the gateway that call them.
        What few Apis need is loaded with the parts of the SDK that it takes only then."""
        aws = cast(Aws, target)
        rest = context.front.front_name == "rest"
        secrets, keys = _secrets(plan, context)
        resources = _resources(plan, context)
        deployed: dict[str, Deployed] = {}
        for function in ordered(plan):
            more = keys.told(function) if keys else None
            needs = needs_of(plan, function, context.front, secrets, deployed, resources, more)
            deployed[function.name] = deploy_function(plan, function, aws, context, needs)
        if plan.events:
            from .events import deploy_events

            deploy_events(plan, deployed, resources, aws, context)
        functions = [deployed[function.name] for function in plan.functions]
        fronted = [deployed[function.name] for function in plan.routed]
        front = None
        if fronted and rest:
            from .rest_gateway import deploy_rest_gateway

            front = deploy_rest_gateway(plan, fronted, _token_functions(plan, aws, context), keys, aws, context)
        elif fronted:
            front = deploy_gateway(plan, fronted, authorizers(plan), aws, context)
        if front is not None and plan.domain is not None:
            from .domain import deploy_domain

            front = deploy_domain(plan.domain, front, context)
        return Outputs(
            url=front.address if front else None,
            functions={function.name: function.arn for function in functions},
            queues=resources.refs("queue"),
            topics=resources.refs("topic"),
            buckets=resources.refs("bucket"),
            tables=resources.refs("table"),
            api_keys=keys.newest if keys else {},
        )


def _resources(plan: Plan, context: Context) -> Resources:
    """The Api's queues, topics, buckets and tables, where it has some."""
    if not (plan.queues or plan.topics or plan.buckets or plan.tables):
        return Resources()
    from .resources import deploy_resources

    return deploy_resources(plan, context)


def _secrets(plan: Plan, context: Context) -> tuple[Secrets, Keys | None]:
    """The Api's secrets, and its keys where clients have some."""
    if not plan.secrets and not plan.api_keys:
        return Secrets(), None
    from .secrets import deploy_secrets

    secrets = deploy_secrets(plan, context)
    if not plan.api_keys:
        return secrets, None
    from .keys import deploy_keys

    keys = deploy_keys(plan, context)
    return keys.kept_in(secrets, context), keys


def _token_functions(plan: Plan, target: Aws, context: Context) -> Mapping[str, Deployed]:
    """The functions that verify tokens for a REST API, by the token's name."""
    tokens = native_tokens(plan, context.front.by_runtime)
    if not tokens:
        return {}
    from .authorizer import deploy_authorizer

    return {token.name: deploy_authorizer(plan, token, target, context) for token in tokens}


SDK = (apigatewayv2.Api, cloudwatch.LogGroup, iam.Role, lambda_.Function)
"""Loads these parts of the SDK now, where `registry` silences what they warn of in themselves."""

ADAPTER = AwsAdapter()
