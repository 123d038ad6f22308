"""API keys: random ones, made by the API Keys service, that our runtime knows by their hashes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi_gcp import projects

from ...plan.model import Plan
from ..base import Context
from ..keys import generations
from .deployed import Place

NAME = 55
"""Characters of a key's logical name: an id has at most 63, of which Pulumi's suffix uses 8."""
SERVICE = "apikeys.googleapis.com"


@dataclass(slots=True)
class Keys:
    """The keys that are in place."""

    newest: dict[str, pulumi.Output[str]] = field(default_factory=dict)
    """Client → the key to hand out, secret."""
    keyrings: dict[str, pulumi.Output[str]] = field(default_factory=dict)
    """Name of an ApiKey → its keyring: JSON, SHA-256 of a key → client, of all keys that are live."""


def deploy_keys(plan: Plan, place: Place, enabled: Sequence[pulumi.Resource], context: Context) -> Keys:
    """Makes a key a client and live generation."""
    keys = Keys()
    for way in plan.api_keys:
        live: list[tuple[str, pulumi.Output[str]]] = []
        for client in way.clients:
            made = [_key(client.name, each, place, enabled, context).key_string for each in generations(client.name)]
            live += [(client.name, key) for key in made]
            keys.newest[client.name] = made[-1]
        clients = [name for name, _ in live]
        values = pulumi.Output.all(*(key for _, key in live))
        keys.keyrings[way.name] = values.apply(
            lambda texts, clients=clients: keyring(dict(zip(texts, clients, strict=True)))  # type: ignore[misc]
        )
    return keys


def keyring(clients: Mapping[str, str]) -> str:
    """Key → client, as the runtime keeps it: nobody can use what it holds."""
    hashed = {hashlib.sha256(key.encode()).hexdigest(): client for key, client in clients.items()}
    return json.dumps(hashed, sort_keys=True)


def _key(
    client: str, generation: int, place: Place, enabled: Sequence[pulumi.Resource], context: Context
) -> projects.ApiKey:
    """A key of the project. It is used as a good random text that the cloud makes and keeps (39 characters), and opens
    nothing of Google's: it names no caller to IAM, so only services that ask for no rights would take it ("Manage API
    keys", introduction), and of those it is restricted to one that asks for them, its own ("API restrictions")."""
    return projects.ApiKey(
        context.child(f"{client}-{generation}", NAME),
        display_name=f"{context.name}: {client}, {generation}"[:63],
        restrictions=projects.ApiKeyRestrictionsArgs(
            api_targets=[projects.ApiKeyRestrictionsApiTargetArgs(service=SERVICE)]
        ),
        project=place.project,
        opts=context.options(depends_on=enabled),
    )
