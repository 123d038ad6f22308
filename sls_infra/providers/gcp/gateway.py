"""The light front, API Gateway: an API, a config made of one document, the gateway that serves it, and who it is."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

import pulumi
from pulumi_gcp import apigateway, serviceaccount

from ...plan.model import Plan
from ..base import Context
from .deployed import Deployed, Place, stack_wide
from .document import document
from .invoking import deploy_invoker

NAME = 55
ID = 49
"""Characters of a gateway's id (API Gateway, "Gateway ID requirements"); an API's may be longer."""
PREFIX = 36
"""Of a config's: 63, of which the provider's own suffix uses 26."""
ACCOUNT = 22


def deploy_gateway(
    plan: Plan,
    functions: Sequence[Deployed],
    definitions: pulumi.Output[dict[str, Any]],
    place: Place,
    enabled: Sequence[pulumi.Resource],
    context: Context,
) -> pulumi.Output[str]:
    """Makes the gateway; its url resolves when all of it is in place."""
    name = context.own(NAME)
    account = _account(place, enabled, context)
    gateway_itself = pulumi.Output.concat("serviceAccount:", account.email)
    invokers = [deploy_invoker(function.name, function, gateway_itself, place, context) for function in functions]
    api = apigateway.Api(
        name,
        api_id=stack_wide(ID, context.name),
        display_name=context.name,
        project=place.project,
        labels=context.tags,
        opts=context.options(depends_on=enabled),
    )
    config = _config(name, plan, functions, definitions, api, account, place, context)
    gateway = apigateway.Gateway(
        name,
        gateway_id=stack_wide(ID, context.name),
        display_name=context.name,
        api_config=config.id,
        region=place.gateway_region,
        project=place.project,
        labels=context.tags,
        # The id is chosen, since the address is made of it: another of that id can't be made beside it.
        opts=context.options(depends_on=invokers, delete_before_replace=True),
    )
    ready = [gateway.urn, *(invoker.urn for invoker in invokers)]
    return pulumi.Output.all(gateway.default_hostname, *ready).apply(lambda values: f"https://{values[0]}")


def _account(place: Place, enabled: Sequence[pulumi.Resource], context: Context) -> serviceaccount.Account:
    """Who the gateway is when it calls functions."""
    return serviceaccount.Account(
        context.own(ACCOUNT),
        display_name=f"{context.name}: gateway"[:100],
        project=place.project,
        opts=context.options(depends_on=enabled),
    )


def _config(
    name: str,
    plan: Plan,
    functions: Sequence[Deployed],
    definitions: pulumi.Output[dict[str, Any]],
    api: apigateway.Api,
    account: serviceaccount.Account,
    place: Place,
    context: Context,
) -> apigateway.ApiConfig:
    """A config never changes: another document is another config, and the gateway goes over to it before the old one
    is deleted. That takes an id that is made anew each time, hence a prefix."""
    uris = {function.name: function.uri for function in functions}
    known = pulumi.Output.all(uris=uris, definitions=definitions)
    return apigateway.ApiConfig(
        name,
        api=api.api_id,
        api_config_id_prefix=f"{context.own(PREFIX)}-",
        display_name=context.name,
        openapi_documents=[
            apigateway.ApiConfigOpenapiDocumentArgs(
                document=apigateway.ApiConfigOpenapiDocumentDocumentArgs(
                    path="openapi.json",
                    contents=known.apply(lambda of: encoded(document(plan, of["uris"], of["definitions"]))),
                )
            )
        ],
        gateway_config=apigateway.ApiConfigGatewayConfigArgs(
            backend_config=apigateway.ApiConfigGatewayConfigBackendConfigArgs(google_service_account=account.email)
        ),
        project=place.project,
        labels=context.tags,
        opts=context.options(delete_before_replace=False),
    )


def encoded(document: dict[str, Any]) -> str:
    """The same text for the same document, whatever its order."""
    return base64.b64encode(json.dumps(document, sort_keys=True).encode()).decode()
