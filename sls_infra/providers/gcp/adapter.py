"""Google Cloud: Cloud Run functions behind API Gateway. Calls the rooms in order and passes results on."""

from __future__ import annotations

import os
from typing import cast

import pulumi
from pulumi_gcp import apigateway, cloudfunctionsv2, cloudrun, projects, serviceaccount, storage

from ...errors import Problem, SpecError
from ...plan.capabilities import Capabilities
from ...plan.model import Plan
from ...spec.targets import Gcp, Target
from ..base import Context, Outputs
from . import services
from .auth import definitions
from .capabilities import CAPABILITIES
from .deployed import Place
from .function import deploy_function, deploy_sources
from .gateway import deploy_gateway

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
        """Services and sources first, then the functions, then the gateway that calls them."""
        gcp = cast(Gcp, target)
        if gcp.front == "load-balancer":
            fix = "leave front out: API Gateway meets what this spec asks for, or the plan says what it refuses"
            raise SpecError([Problem("target.front", "the load balancer front is not built yet", fix)])
        place = _place(gcp, context.deploying)
        routed = {route.function for route in plan.routes}
        used = (*services.FUNCTIONS, *(services.GATEWAY if routed else ()))
        enabled = services.enable(used, place, context) if gcp.enable_services else []
        sources = deploy_sources(place, context)
        functions = [deploy_function(plan, each, sources, gcp, place, enabled, context) for each in plan.functions]
        url = None
        if routed:
            fronted = [function for function in functions if function.name in routed]
            url = deploy_gateway(plan, fronted, definitions(plan), place, enabled, context)
        return Outputs(url=url, functions={function.name: function.ref for function in functions})


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
