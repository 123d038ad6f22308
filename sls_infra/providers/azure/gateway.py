"""The front, API Management: one API imported from one document, one policy for all of its operations, and for each
function a backend with its key as a secret. The service itself comes before: see `service`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

import pulumi
from pulumi_azure_native import apimanagement

from ...plan.model import Plan
from ..base import Context
from . import operations, policies, policy, roles, verified
from .deployed import Deployed, Group
from .service import NAME
from .tier import Tier
from .ways import Ways

ID = 80


def deploy_gateway(
    plan: Plan,
    service: apimanagement.ApiManagementService,
    functions: Sequence[Deployed],
    ways: pulumi.Output[Ways],
    group: Group,
    tier: Tier,
    context: Context,
) -> pulumi.Output[str]:
    """Makes all that stands in the service; its url resolves when all of it is in place."""
    name = context.own(NAME)
    backends = [_backend(function, service, group, context) for function in functions]
    after = [*(resource for function in functions for resource in function.ready), *backends]
    api = _api(name, plan, ways, service, group, tier, after, context)
    rules = [
        apimanagement.ApiPolicy(
            name,
            resource_group_name=group.name,
            service_name=service.name,
            api_id=api.name,
            policy_id="policy",
            format="xml",
            value=ways.apply(lambda known: policy.written(policies.of_api(plan, known, tier), "api", tier)),
            opts=context.options(depends_on=[api, *backends]),
        ),
        apimanagement.Policy(
            name,
            resource_group_name=group.name,
            service_name=service.name,
            policy_id="policy",
            format="xml",
            value=policy.written(policies.of_service(plan, tier), "api.cors", tier),
            opts=context.options(),
        ),
    ]
    logs = _logs(name, service, group, context)
    ready = [made.urn for made in (api, *rules, *backends, *logs)]
    url = service.gateway_url if plan.domain is None else f"https://{plan.domain.name}"
    return pulumi.Output.all(url, *ready).apply(lambda values: str(values[0]))


def _backend(
    function: Deployed, service: apimanagement.ApiManagementService, group: Group, context: Context
) -> apimanagement.Backend:
    """Where a function answers, and the key that it asks for: known to this service alone."""
    assert function.key is not None, "it has routes"
    short = operations.short(function.name)
    key = apimanagement.NamedValue(
        context.child(function.name, ID),
        resource_group_name=group.name,
        service_name=service.name,
        named_value_id=short,
        display_name=short,
        secret=True,
        value=function.key,
        opts=context.options(),
    )
    return apimanagement.Backend(
        context.child(function.name, ID),
        resource_group_name=group.name,
        service_name=service.name,
        backend_id=short,
        protocol="http",
        url=pulumi.Output.concat("https://", function.host, "/_sls"),
        credentials=apimanagement.BackendCredentialsContractArgs(header={"x-functions-key": [f"{{{{{short}}}}}"]}),
        tls=apimanagement.BackendTlsPropertiesArgs(validate_certificate_chain=True, validate_certificate_name=True),
        opts=context.options(depends_on=[key]),
    )


def _api(
    name: str,
    plan: Plan,
    ways: pulumi.Output[Ways],
    service: apimanagement.ApiManagementService,
    group: Group,
    tier: Tier,
    after: Sequence[pulumi.Resource],
    context: Context,
) -> apimanagement.Api:
    return apimanagement.Api(
        name,
        resource_group_name=group.name,
        service_name=service.name,
        api_id=name,
        display_name=plan.name,
        path="",
        protocols=["https"],
        format="openapi+json",
        value=ways.apply(lambda known: json.dumps(operations.document(plan, known, tier), sort_keys=True)),
        subscription_required=False,
        subscription_key_parameter_names=_places(plan, tier),
        translate_required_query_parameters_conduct="query",
        opts=context.options(depends_on=after),
    )


def _places(plan: Plan, tier: Tier) -> apimanagement.SubscriptionKeyParameterNamesContractArgs:
    """Where API Management looks for keys: in the header of those that it looks up, else nowhere that anybody would
    write to. Left alone, it would refuse calls for what they have in `subscription-key`, of whatever meaning."""
    keys = verified.counted_keys(plan) if tier.counts else ()
    header = keys[0].header if keys else f"x-sls-{_unused(plan)}"
    return apimanagement.SubscriptionKeyParameterNamesContractArgs(header=header, query=f"sls-{_unused(plan)}")


def _unused(plan: Plan) -> str:
    return hashlib.sha256(f"unused {plan.name}".encode()).hexdigest()[:16]


def _logs(
    name: str, service: apimanagement.ApiManagementService, group: Group, context: Context
) -> list[pulumi.Resource]:
    """Every call is told to Application Insights, without bodies and headers, by the service's own identity."""
    principal = service.identity.apply(lambda identity: identity.principal_id if identity else "")
    role = roles.assignment(context.child("gateway-metrics", 64), roles.METRICS, principal, group.insights.id, context)
    logger = apimanagement.Logger(
        name,
        resource_group_name=group.name,
        service_name=service.name,
        logger_id="applicationinsights",
        logger_type="applicationInsights",
        resource_id=group.insights.id,
        credentials={"connectionString": group.insights.connection_string, "identityClientId": "SystemAssigned"},
        opts=context.options(depends_on=[role]),
    )
    diagnostic = apimanagement.Diagnostic(
        name,
        resource_group_name=group.name,
        service_name=service.name,
        diagnostic_id="applicationinsights",
        logger_id=logger.id,
        always_log="allErrors",
        verbosity=apimanagement.Verbosity.INFORMATION,  # of what `refusals` tells, too
        sampling=apimanagement.SamplingSettingsArgs(sampling_type="fixed", percentage=100),
        log_client_ip=True,
        http_correlation_protocol="W3C",
        opts=context.options(),
    )
    return [role, logger, diagnostic]
