"""One function: a log group made first, a role that may do what its links say and write its own logs, the Lambda."""

from __future__ import annotations

import base64
import json
import math

import pulumi
from pulumi_aws import cloudwatch, iam, lambda_

from ...bundle.spec import Bundle
from ...plan.model import FunctionPlan, Plan
from ...spec.targets import Aws
from ..base import Context, given
from .deployed import Deployed, Needs
from .package import HANDLER, architecture, bundle_spec
from .policy import allowed, trust

NAME = 56
"""Characters of a logical name: Lambda and IAM take 64, of which Pulumi's suffix uses 8."""


def deploy_function(
    plan: Plan, function: FunctionPlan, target: Aws, context: Context, needs: Needs | None = None
) -> Deployed:
    """Makes everything that belongs to one function."""
    bundle = context.build(bundle_spec(plan, function, context.front))
    return deploy_bundle(function, bundle, target, context, needs or Needs())


def deploy_bundle(
    function: FunctionPlan, bundle: Bundle, target: Aws, context: Context, needs: Needs, handler: str = HANDLER
) -> Deployed:
    """Makes a function of a bundle."""
    name = context.child(function.name, NAME)
    logs = _log_group(name, target, context)
    role = _role(name, target, context)
    policy = _policy(name, role, logs, needs, target, context)
    made = _lambda(name, function, bundle, role, logs, policy, needs, handler, target, context)
    if function.min_instances:
        alias, warm = _kept_warm(name, function, made, context)
        return Deployed(function.name, made, alias, (policy, warm, *needs.ready))
    return Deployed(function.name, made, None, (policy, *needs.ready))


def _log_group(name: str, target: Aws, context: Context) -> cloudwatch.LogGroup:
    return cloudwatch.LogGroup(
        name,
        name_prefix=f"/aws/lambda/{name}-",
        retention_in_days=target.log_retention,
        tags=context.tags,
        opts=context.options(),
    )


def _role(name: str, target: Aws, context: Context) -> iam.Role:
    return iam.Role(
        name,
        assume_role_policy=json.dumps(trust("lambda")),
        permissions_boundary=None if target.permissions_boundary is None else given(target.permissions_boundary),
        tags=context.tags,
        opts=context.options(),
    )


def _policy(
    name: str, role: iam.Role, logs: cloudwatch.LogGroup, needs: Needs, target: Aws, context: Context
) -> iam.RolePolicy:
    known = pulumi.Output.all(
        logs=logs.arn, secrets=dict(needs.secrets), calls=dict(needs.calls), arns=dict(needs.arns)
    )
    grants, network = needs.grants, target.network is not None
    document = known.apply(
        lambda of: json.dumps(allowed(of["logs"], of["secrets"], of["calls"], grants, of["arns"], network))
    )
    return iam.RolePolicy(name, role=role.id, policy=document, opts=context.options())


def _lambda(
    name: str,
    function: FunctionPlan,
    bundle: Bundle,
    role: iam.Role,
    logs: cloudwatch.LogGroup,
    policy: iam.RolePolicy,
    needs: Needs,
    handler: str,
    target: Aws,
    context: Context,
) -> lambda_.Function:
    network = target.network
    env = {**{key: given(value) for key, value in function.env.items()}, **needs.env}
    return lambda_.Function(
        name,
        code=pulumi.FileArchive(str(bundle.path)),
        source_code_hash=base64.b64encode(bytes.fromhex(bundle.sha256)).decode(),
        handler=handler,
        runtime=f"python{function.python}",
        architectures=[architecture(function)],
        memory_size=function.memory,
        timeout=math.ceil(function.timeout),
        role=role.arn,
        environment=lambda_.FunctionEnvironmentArgs(variables=env) if env else None,
        logging_config=lambda_.FunctionLoggingConfigArgs(log_format="JSON", log_group=logs.name),
        reserved_concurrent_executions=function.max_instances,
        publish=True if function.min_instances else None,
        vpc_config=None
        if network is None
        else lambda_.FunctionVpcConfigArgs(
            subnet_ids=[given(id) for id in network.subnet_ids],
            security_group_ids=[given(id) for id in network.security_group_ids],
        ),
        tags=context.tags,
        opts=context.options(depends_on=[policy]),
    )


def _kept_warm(
    name: str, function: FunctionPlan, made: lambda_.Function, context: Context
) -> tuple[lambda_.Alias, lambda_.ProvisionedConcurrencyConfig]:
    alias = lambda_.Alias(
        name, name="live", function_name=made.name, function_version=made.version, opts=context.options()
    )
    warm = lambda_.ProvisionedConcurrencyConfig(
        name,
        function_name=made.name,
        qualifier=alias.name,
        provisioned_concurrent_executions=function.min_instances,
        opts=context.options(),
    )
    return alias, warm
