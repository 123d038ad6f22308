"""Google Cloud: functions behind API Gateway or a load balancer. Calls the rooms in order and passes results on."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import cast

import pulumi
from pulumi_gcp import apigateway, cloudfunctionsv2, cloudrun, projects, serviceaccount, storage

from ...errors import Problem, SpecError
from ...plan.capabilities import Capabilities
from ...plan.model import Plan
from ...spec.targets import Gcp, Target
from ..base import Context, Outputs
from ..secret_values import check_values
from . import services
from .asking import ordered
from .auth import definitions
from .callers import Callers, deploy_callers
from .capabilities import CAPABILITIES, LOAD_BALANCER
from .deployed import Deployed, Part, Place, Setting, Store
from .environment import environment
from .events import deploy_events
from .function import deploy_account, deploy_function, deploy_sources
from .gateway import deploy_gateway
from .invoking import deploy_askers
from .keys import deploy_keys
from .links import deploy_rights
from .load_balancer import deploy_load_balancer
from .parts import parts_of
from .resources import deploy_resources
from .secrets import Vault, deploy_access, deploy_secrets

REGION_VARIABLES = ("GOOGLE_REGION", "GCLOUD_REGION", "CLOUDSDK_COMPUTE_REGION")
"""Where the provider looks too."""
RENDERED = "europe-west1"
"""The region of a rendered test that names none: nothing is made there."""


class GcpAdapter:
    """Renders a Plan into pulumi-gcp resources."""

    capabilities: Capabilities = CAPABILITIES

    def providers(self, name: str, target: Target, parent: pulumi.Resource) -> pulumi.ProviderResource | None:
        """None: region and project are said on each resource. A provider of one's own would know nothing of the
        stack's configuration, credentials above all."""
        gcp = cast(Gcp, target)
        config = pulumi.Config("gcp")
        for option in ("region", "project"):
            if getattr(gcp, option) is not None and config.get(option):
                message = f"the {option} is given twice: here and as config gcp:{option}"
                fix = f"pulumi config rm gcp:{option}, or leave {option} out of Gcp(…)"
                raise SpecError([Problem(f"target.{option}", message, fix)])
        return None

    def deploy(self, plan: Plan, target: Target, context: Context) -> Outputs:
        """Services, keys and secrets first, then the functions, then what calls them."""
        gcp = cast(Gcp, target)
        check_values(plan)
        place = _place(gcp, context.deploying)
        balanced = context.front.front_name == LOAD_BALANCER.front_name
        enabled = services.enable(services.used(plan, balanced), place, context) if gcp.enable_services else []
        keys = deploy_keys(plan, place, enabled, context)
        vault = deploy_secrets(plan, keys.keyrings, place, enabled, context)
        store = deploy_resources(plan, place, enabled, context)
        callers = deploy_callers(plan, place, enabled, context)
        functions, hosts = _functions(plan, vault, store, callers, gcp, place, enabled, context)
        deploy_events(plan, store, callers, hosts, place, enabled, context)
        url = None
        if plan.routes:
            fronted = [functions[function.name] for function in plan.routed]
            if balanced:
                assert plan.domain is not None  # the plan's rules refuse it
                url = deploy_load_balancer(plan, plan.domain, fronted, place, enabled, context)
            else:
                url = deploy_gateway(plan, fronted, definitions(plan), place, enabled, context)
        refs = {function.name: functions[function.name].ref for function in plan.functions}
        return Outputs(
            url=url,
            functions=refs,
            queues=store.queues,
            topics=store.topics,
            buckets=store.buckets,
            tables=store.tables,
            api_keys=keys.newest,
        )


def _functions(
    plan: Plan,
    vault: Vault,
    store: Store,
    callers: Callers,
    target: Gcp,
    place: Place,
    enabled: Sequence[pulumi.Resource],
    context: Context,
) -> tuple[dict[str, Deployed], dict[str, Deployed]]:
    """All functions by name, each after those that it asks; and likewise those that are called with its events, which
    are the same but behind a load balancer."""
    balanced = context.front.front_name == LOAD_BALANCER.front_name
    sources = deploy_sources(place, context)
    accounts = {function.name: deploy_account(function, place, enabled, context) for function in plan.functions}
    made: dict[str, Deployed] = {}
    hosts: dict[str, Deployed] = {}
    for function in ordered(plan):
        account = accounts[function.name]
        access = deploy_access(plan, function, account, vault, place, context)
        granted = deploy_rights(plan, function, account, store, context)
        for part in parts_of(plan, function, balanced):
            setting = Setting(
                account=account,
                ingress=_ingress(part, balanced),
                env=environment(part, accounts, callers, vault, store, made, context),
                after=[*enabled, *access, *granted],
            )
            hosts[function.name] = deploy_function(part, sources, setting, target, place, context)
            made.setdefault(function.name, hosts[function.name])
    deploy_askers(plan, made, accounts, place, context)
    return made, hosts


def _ingress(part: Part, balanced: bool) -> str:
    """Calls of API Gateway, of Pub/Sub and of other functions come from outside, and no narrower setting lets them in:
    IAM lets in nobody else. Behind a load balancer it is the other way round."""
    return "ALLOW_INTERNAL_AND_GCLB" if balanced and part.plan.routes_of(part.function) else "ALLOW_ALL"


def _place(target: Gcp, deploying: bool) -> Place:
    known = (target.region, pulumi.Config("gcp").get("region"), *map(os.environ.get, REGION_VARIABLES))
    region = next((region for region in known if region), None if deploying else RENDERED)
    if region is None:
        fix = "pulumi config set gcp:region europe-west1, or Gcp(region='europe-west1')"
        raise SpecError([Problem("target.region", "no region is given", fix)])
    return Place(target.project, region, target.gateway_region or region)


SDK = (
    apigateway.Api,
    cloudfunctionsv2.Function,
    cloudrun.IamMember,
    projects.Service,
    serviceaccount.Account,
    storage.Bucket,
)
"""Loads these parts of the SDK now, where `registry` silences what they warn of in themselves."""

ADAPTER = GcpAdapter()
