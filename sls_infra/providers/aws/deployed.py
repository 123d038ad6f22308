"""What the rooms hand each other, through the adapter."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_aws import lambda_


@dataclass(frozen=True, slots=True)
class Deployed:
    """A function in place: what the gateway and event sources call."""

    name: str
    function: lambda_.Function
    alias: lambda_.Alias | None
    ready: tuple[pulumi.Resource, ...]
    """What must be there before a call is answered."""

    @property
    def invoke_arn(self) -> pulumi.Output[str]:
        """What an integration names."""
        return self.alias.invoke_arn if self.alias else self.function.invoke_arn

    @property
    def arn(self) -> pulumi.Output[str]:
        """What is called: the alias where there is one."""
        return self.alias.arn if self.alias else self.function.arn
