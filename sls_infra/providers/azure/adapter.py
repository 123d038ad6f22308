"""Azure: Flex Consumption apps behind API Management. Calls the rooms in order and passes results on."""

from __future__ import annotations

from collections.abc import Mapping
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
from ..secret_values import check_values
from . import authorizers, options
from .access import together
from .auth import ways
from .capabilities import CAPABILITIES
from .deployed import Deployed, Group
from .events import Source, deploy_events
from .function import deploy_function
from .gateway import deploy_gateway
from .group import deploy_group
from .keys import Keys, deploy_keys
from .resources import Resources, deploy_resources, linked
from .secrets import Store, deploy_secrets, key_of, keyring
from .service import deploy_service
from .tier import TIERS, Tier
from .told import Authorizer, keyring_names, told


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
        """What all share first, then resources and event sources, then the functions, then the gateway."""
        azure = cast(Azure, target)
        problems = list(options.mistakes(azure))
        if context.deploying and not _has_location(azure, context):
            fix = "pulumi config set azure-native:location westeurope, or Azure(location='westeurope')"
            problems.append(Problem("target.location", "no location is given", fix))
        if problems:
            raise SpecError(problems)
        if context.deploying:
            check_plugin("azure")
        check_values(plan)
        tier = TIERS[context.front.front_name]
        group = deploy_group(azure, context)
        # Keys stand in the service, and functions are told of them.
        service = deploy_service(plan, group, azure, tier, context) if plan.api_keys else None
        keys = deploy_keys(plan, service, group, context) if service else Keys({}, {})
        resources = deploy_resources(plan, group, azure, context)
        events = deploy_events(plan, resources, group, context)
        functions = _functions(plan, keys, resources, events, group, azure, tier, context)
        url = None
        if plan.routes:
            service = service or deploy_service(plan, group, azure, tier, context)
            fronted = [functions[function.name] for function in plan.routed]
            url = deploy_gateway(plan, service, fronted, ways(plan, tier), group, tier, context)
        ids = {function.name: functions[function.name].id for function in plan.functions}
        return Outputs(
            url=url,
            functions=ids,
            queues=resources.ids("queue"),
            topics=resources.ids("topic"),
            buckets=resources.ids("bucket"),
            tables=resources.ids("table"),
            api_keys=keys.newest,
        )


def _functions(
    plan: Plan,
    keys: Keys,
    resources: Resources,
    events: Mapping[str, Source],
    group: Group,
    target: Azure,
    tier: Tier,
    context: Context,
) -> dict[str, Deployed]:
    """The functions with the secrets that they read: authorizers before those that ask them."""
    store = Store(group, target, context)
    secrets = deploy_secrets(plan, store)
    read = {name for function in plan.functions for name in keyring_names(plan, function, tier)}
    rings = {key.name: keyring(key, keys.rings[key.name], store) for key in plan.api_keys if key.name in read}
    asked = {way.function for function in plan.functions for way in authorizers.asked(plan, function, tier)}
    made: dict[str, Deployed] = {}
    apps: dict[str, Authorizer] = {}
    for function in authorizers.in_order(plan, tier):
        known = told(plan, function, tier, secrets, rings, apps, resources, events)
        needs = together(
            [*linked(plan, function, resources), *(events[event.name].needs for event in plan.events_of(function))]
        )
        app = made[function.name] = deploy_function(
            plan, function, group, target, context, secrets=known.reads, values=known.values, needs=needs
        )
        if function.name in asked and app.key is not None:
            apps[function.name] = Authorizer(app.host, key_of(function, app.key, store))
    return made


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
