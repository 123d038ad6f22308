"""The light front, API Management in its Consumption tier: one API imported from one document, one policy for all of
its operations, and for each function a backend with its key as a secret."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pulumi
from pulumi_azure_native import apimanagement

from ...plan.model import Plan
from ...spec.targets import Azure
from ..base import Context
from . import operations, policies, policy, roles
from .deployed import Deployed, Group
from .ways import Ways

NAME = 42
"""Characters of a logical name: a service's has 50, of which Pulumi's suffix uses 8. By the suffix a new service never
asks for the name of one that was deleted, which stays taken for 48 hours (API Management: "Soft-delete")."""
ID = 80


def deploy_gateway(
    plan: Plan,
    functions: Sequence[Deployed],
    ways: pulumi.Output[Ways],
    group: Group,
    target: Azure,
    context: Context,
) -> pulumi.Output[str]:
    """Makes the gateway; its url resolves when all of it is in place."""
    name = context.own(NAME)
    service = _service(name, plan, group, target, context)
    backends = [_backend(function, service, group, context) for function in functions]
    api = _api(name, plan, ways, service, group, [*(r for f in functions for r in f.ready), *backends], context)
    rules = [
        apimanagement.ApiPolicy(
            name,
            resource_group_name=group.name,
            service_name=service.name,
            api_id=api.name,
            policy_id="policy",
            format="xml",
            value=ways.apply(lambda known: policy.written(policies.of_api(plan, known), "api")),
            opts=context.options(depends_on=[api, *backends]),
        ),
        apimanagement.Policy(
            name,
            resource_group_name=group.name,
            service_name=service.name,
            policy_id="policy",
            format="xml",
            value=policy.written(policies.of_service(plan), "api.cors"),
            opts=context.options(),
        ),
    ]
    logs = _logs(name, service, group, context)
    ready = [made.urn for made in (api, *rules, *backends, *logs)]
    return pulumi.Output.all(service.gateway_url, *ready).apply(lambda values: str(values[0]))


def _service(
    name: str, plan: Plan, group: Group, target: Azure, context: Context
) -> apimanagement.ApiManagementService:
    return apimanagement.ApiManagementService(
        name,
        resource_group_name=group.name,
        location=target.location,
        sku=apimanagement.ApiManagementServiceSkuPropertiesArgs(name="Consumption", capacity=0),
        publisher_name=target.publisher_name or plan.name,
        publisher_email=target.publisher_email,
        identity=apimanagement.ApiManagementServiceIdentityArgs(type="SystemAssigned"),
        custom_properties={f"{_PROTOCOLS}.{old}": "false" for old in _OLD_PROTOCOLS},
        tags=context.tags,
        opts=context.options(),
    )


_PROTOCOLS = "Microsoft.WindowsAzure.ApiManagement.Gateway.Security"
_OLD_PROTOCOLS = ("Protocols.Tls10", "Protocols.Tls11", "Backend.Protocols.Tls10", "Backend.Protocols.Tls11")
"""TLS before 1.2 is off, towards callers and functions ("Manage protocols and ciphers in API Management")."""


def _backend(
    function: Deployed, service: apimanagement.ApiManagementService, group: Group, context: Context
) -> apimanagement.Backend:
    """Where a function answers, and the key that it asks for: known to this service alone."""
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
        value=ways.apply(lambda known: json.dumps(operations.document(plan, known), sort_keys=True)),
        subscription_required=False,
        translate_required_query_parameters_conduct="query",
        opts=context.options(depends_on=after),
    )


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
        sampling=apimanagement.SamplingSettingsArgs(sampling_type="fixed", percentage=100),
        log_client_ip=True,
        http_correlation_protocol="W3C",
        opts=context.options(),
    )
    return [role, logger, diagnostic]
