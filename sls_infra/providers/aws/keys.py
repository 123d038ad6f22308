"""Keys of clients: two live ones while a client's is rotated, none in plain text in the state."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import apigateway

from ...plan.model import ApiKeyPlan, FunctionPlan, Plan
from ..base import Context
from ..keys import generations
from .deployed import Secrets
from .secrets import deploy_keyring
from .verified import is_native_key, rest_by_runtime

NAME = 96


@dataclass(frozen=True, slots=True)
class Keys:
    """The clients' keys in place."""

    made: Mapping[str, Mapping[int, apigateway.ApiKey]]
    """Client → generation → key, the newest last."""
    plan: Plan

    @property
    def newest(self) -> dict[str, pulumi.Output[str]]:
        """Client → the key that it should use from now on."""
        return {client: pulumi.Output.secret(each[max(each)].value) for client, each in self.made.items()}

    def told(self, function: FunctionPlan) -> dict[str, Any] | None:
        """What a function must know to tell clients by the id of their key, which is what the gateway passes on."""
        ways = [way for route in self.plan.routes_of(function) if not rest_by_runtime(route) for way in route.ways]
        native = next((way for way in ways if isinstance(way, ApiKeyPlan) and is_native_key(way)), None)
        if native is None:
            return None
        return {"keys": {each.name: [key.id for key in self.made[each.name].values()] for each in native.clients}}

    def kept_in(self, secrets: Secrets, context: Context) -> Secrets:
        """The secrets, with the digests of the keys that the runtime itself looks at."""
        by_runtime = {way.name for route in self.plan.routes if rest_by_runtime(route) for way in route.ways}
        for way in self.plan.api_keys:
            if way.name in by_runtime:
                secrets = deploy_keyring(way.name, self._keyring(way), secrets, context)
        return secrets

    def _keyring(self, way: ApiKeyPlan) -> pulumi.Output[dict[str, str]]:
        values: dict[str, Any] = {
            each.name: [key.value for key in self.made[each.name].values()] for each in way.clients
        }
        known: pulumi.Output[Any] = pulumi.Output.from_input(values)
        return known.apply(
            lambda of: {hashlib.sha256(key.encode()).hexdigest(): name for name, keys in of.items() for key in keys}
        )


def deploy_keys(plan: Plan, context: Context) -> Keys:
    """Makes a key a client and generation. API Gateway makes up their values."""
    made = {
        client.name: {number: _key(client.name, number, context) for number in generations(client.name)}
        for way in plan.api_keys
        for client in way.clients
    }
    return Keys(made, plan)


def _key(client: str, generation: int, context: Context) -> apigateway.ApiKey:
    return apigateway.ApiKey(
        context.child(f"{client}-{generation}", NAME),
        description=f"{client} of {context.name}, generation {generation}",
        tags=context.tags,
        opts=context.options(),
    )
