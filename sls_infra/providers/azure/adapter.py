"""Azure: Flex Consumption apps behind API Management. Calls the rooms in order and passes results on."""

from __future__ import annotations

from typing import cast

import pulumi
from pulumi_azure_native import (
    apimanagement,
    applicationinsights,
    authorization,
    managedidentity,
    operationalinsights,
    resources,
    storage,
    web,
)

from ...errors import Problem, SpecError
from ...plan.capabilities import Capabilities
from ...plan.model import Plan
from ...spec.targets import Azure, Target
from ..base import Context, Outputs
from ..engine import check_plugin
from . import options
from .auth import ways
from .capabilities import CAPABILITIES
from .function import deploy_function
from .gateway import deploy_gateway
from .group import deploy_group


class AzureAdapter:
    """Renders a Plan into azure-native resources."""

    capabilities: Capabilities = CAPABILITIES

    def providers(self, name: str, target: Target, parent: pulumi.Resource) -> pulumi.ProviderResource | None:
        """None: the location is said on each resource. A provider of one's own would know nothing of the stack's
        configuration, the subscription and credentials above all."""
        if cast(Azure, target).location is not None and pulumi.Config("azure-native").get("location"):
            fix = "pulumi config rm azure-native:location, or leave location out of Azure(…)"
            message = "the location is given twice: here and as config azure-native:location"
            raise SpecError([Problem("target.location", message, fix)])
        return None

    def deploy(self, plan: Plan, target: Target, context: Context) -> Outputs:
        """What all share first, then the functions, then the gateway that calls them."""
        azure = cast(Azure, target)
        problems = list(options.mistakes(azure))
        if context.deploying and not _has_location(azure, context):
            fix = "pulumi config set azure-native:location westeurope, or Azure(location='westeurope')"
            problems.append(Problem("target.location", "no location is given", fix))
        if problems:
            raise SpecError(problems)
        if context.deploying:
            check_plugin("azure")
        group = deploy_group(azure, context)
        functions = [deploy_function(plan, function, group, azure, context) for function in plan.functions]
        routed = {route.function for route in plan.routes}
        url = None
        if routed:
            fronted = [function for function in functions if function.name in routed]
            url = deploy_gateway(plan, fronted, ways(plan), group, azure, context)
        return Outputs(url=url, functions={function.name: function.id for function in functions})


def _has_location(target: Azure, context: Context) -> bool:
    """Whether somebody says where things are to be: the target, the config, or a provider of the program's own."""
    own = context.parent.get_provider("azure-native:resources:ResourceGroup")
    return bool(target.location or own or pulumi.Config("azure-native").get("location"))


SDK = (
    apimanagement.ApiManagementService,
    applicationinsights.Component,
    authorization.RoleAssignment,
    managedidentity.UserAssignedIdentity,
    operationalinsights.Workspace,
    resources.ResourceGroup,
    storage.StorageAccount,
    web.WebApp,
)
"""Loads these parts of the SDK now, where `registry` silences what they warn of in themselves."""

ADAPTER = AzureAdapter()
