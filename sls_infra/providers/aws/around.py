"""What both fronts have around them: where access is logged, and who may call functions."""

from __future__ import annotations

import pulumi
from pulumi_aws import cloudwatch, lambda_

from ...spec.targets import Aws
from ..base import Context
from .deployed import Deployed

NAME = 56
"""Characters of a logical name: most of AWS's take 64, of which Pulumi's suffix uses 8."""


def access_logs(name: str, target: Aws, context: Context) -> cloudwatch.LogGroup:
    """A line a call, kept as long as the functions' own."""
    return cloudwatch.LogGroup(
        name,
        name_prefix=f"/aws/vendedlogs/apis/{name}-",  # elsewhere, each API makes the account's log policy longer
        retention_in_days=target.log_retention,
        tags=context.tags,
        opts=context.options(),
    )


def permission(function: Deployed, execution_arn: pulumi.Output[str], context: Context) -> lambda_.Permission:
    """This API alone may call the function, an authorizer too: one permission, however many routes."""
    return lambda_.Permission(
        context.child(function.name, NAME),
        action="lambda:InvokeFunction",
        function=function.function.name,
        qualifier=function.alias.name if function.alias else None,
        principal="apigateway.amazonaws.com",
        source_arn=pulumi.Output.concat(execution_arn, "/*"),
        opts=context.options(),
    )
