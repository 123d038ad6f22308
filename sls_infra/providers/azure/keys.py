"""Keys of clients: each a subscription of the service, whose primary key API Management makes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import apimanagement
from pulumi_azure_native.apimanagement.list_subscription_secrets import (
    ListSubscriptionSecretsResult,
    list_subscription_secrets_output,
)

from ...errors import NotFoundError
from ...plan.model import Plan
from ...plan.names import canonical
from ..base import Context
from ..keys import generations
from .clients import subscription
from .deployed import Group

NAME = 80
EVERY_API = "/apis"
"""What a key opens: all Apis of the service, which is the one. Naming that one would make keys wait for functions."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of an Api, secret."""

    newest: Mapping[str, pulumi.Output[str]]
    """By client."""
    rings: Mapping[str, pulumi.Output[str]]
    """By ApiKey: JSON of digest → client, of all live keys."""


def deploy_keys(plan: Plan, service: apimanagement.ApiManagementService, group: Group, context: Context) -> Keys:
    """Makes a key for each live generation of each client's."""
    newest: dict[str, pulumi.Output[str]] = {}
    rings: dict[str, pulumi.Output[str]] = {}
    for key in plan.api_keys:
        owners: list[tuple[str, pulumi.Output[str]]] = []
        for client in key.clients:
            for generation in generations(client.name):
                value = _key(client.name, generation, service, group, context)
                newest[client.name] = value
                owners.append((client.name, value))
        rings[key.name] = _ring(owners)
    return Keys(newest, rings)


def _key(
    client: str, generation: int, service: apimanagement.ApiManagementService, group: Group, context: Context
) -> pulumi.Output[str]:
    told = client if canonical(client) == client else f"{client}-{_digest(client)[:6]}"
    name = context.child(f"{told}-{generation}", NAME)
    made = apimanagement.Subscription(
        name,
        resource_group_name=group.name,
        service_name=service.name,
        sid=name,
        display_name=subscription(client, generation),
        scope=EVERY_API,
        state=apimanagement.SubscriptionState.ACTIVE,
        allow_tracing=False,
        opts=context.options(),
    )
    options = pulumi.InvokeOutputOptions(parent=context.parent)

    def read(known: list[str]) -> pulumi.Output[ListSubscriptionSecretsResult]:
        return list_subscription_secrets_output(
            resource_group_name=known[0], service_name=known[1], sid=known[2], opts=options
        )

    keys: pulumi.Output[ListSubscriptionSecretsResult] = pulumi.Output.all(group.name, service.name, made.name).apply(
        read
    )
    return pulumi.Output.secret(keys.apply(lambda known: _primary(known, client)))


def _primary(keys: ListSubscriptionSecretsResult, client: str) -> str:
    if not keys.primary_key:
        raise NotFoundError(f"API Management gives no key of the subscription of {client!r}: look at it there")
    return keys.primary_key


def _ring(owners: list[tuple[str, pulumi.Output[str]]]) -> pulumi.Output[str]:
    clients = [client for client, _ in owners]

    def ring(keys: list[str]) -> str:
        return json.dumps({_digest(key): client for client, key in zip(clients, keys, strict=True)}, sort_keys=True)

    found: pulumi.Output[str] = pulumi.Output.all(*(key for _, key in owners)).apply(ring)
    return pulumi.Output.secret(found)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
