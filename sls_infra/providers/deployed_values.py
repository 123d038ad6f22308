"""What the runtime of a function must know of the deployment: one environment variable, JSON.

    {"secrets": {"db": "<ref>"},
     "ways": {"jwt": {"issuer": "https://id.example.com/", "audience": ["orders"], "jwks_uri": null},
              "api-key": {"keyring": "<ref of a secret>"},
              "custom": {"target": "<what the platform calls the authorizer by>"}},
     "table": {"orders": <address>}, "bucket": …, "queue": …, "topic": …,
     "events": {"emails-worker": {"dead_letter": <address>, …}}}

An address is what the platform's own driver (`runtime.links.<platform>`) reaches the resource by: text, or an object.
No secret stands in it: refs alone, of what the function may read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pulumi

from ..plan.manifest import secrets_of, verified_here
from ..plan.manifest_events import reached
from ..plan.model import ApiKeyPlan, CustomPlan, FunctionPlan, JwtPlan, Plan, RoutePlan
from .base import given

VARIABLE = "SLS_DEPLOYED"


def deployed_values(
    plan: Plan,
    function: FunctionPlan,
    by_runtime: Callable[[RoutePlan], bool],
    *,
    secrets: Mapping[str, pulumi.Input[str]],
    keyrings: Mapping[str, pulumi.Input[str]],
    authorizers: Mapping[str, pulumi.Input[str]],
    resources: Mapping[str, Mapping[str, Any]] | None = None,
    events: Mapping[str, Mapping[str, Any]] | None = None,
    more: Mapping[str, Any] | None = None,
) -> dict[str, pulumi.Output[str]]:
    """The variable, ready to be merged into the function's environment; empty where there is nothing to say.

    `secrets`: name → ref, of all the Api's. `keyrings`: name of an ApiKey → ref of the secret that holds its keyring:
    `{"<SHA-256 of a key, hex>": "<client>"}`. `authorizers`: name of a Custom → what the platform calls it by.
    `resources`: kind ("table", "bucket", "queue", "topic") → name → address, of all the Api's: what the function is not
    linked to, and no event of its reads, is left out. `events`: event source → what the entry must know of it, of all.
    `more`: further members of the JSON object, of the platform's own.
    """
    known: dict[str, Any] = {}
    names = secrets_of(plan, function, by_runtime)
    if names:
        known["secrets"] = {name: secrets[name] for name in names}
    ways: dict[str, Any] = {}
    for way in verified_here(plan, function, by_runtime):
        match way:
            case JwtPlan():
                jwks_uri = None if way.jwks_uri is None else given(way.jwks_uri)
                audience = [given(each) for each in way.audience]
                ways[way.name] = {"issuer": given(way.issuer), "audience": audience, "jwks_uri": jwks_uri}
            case ApiKeyPlan():
                ways[way.name] = {"keyring": keyrings[way.name]}
            case CustomPlan() if way.function != function.name:
                ways[way.name] = {"target": authorizers[way.name]}
    if ways:
        known["ways"] = ways
    for kind, linked in reached(plan, function).items():
        known[kind] = {name: (resources or {})[kind][name] for name in linked}
    own = {event.name: (events or {})[event.name] for event in plan.events_of(function) if event.name in (events or {})}
    if own:
        known["events"] = own
    known.update(more or {})
    return {VARIABLE: pulumi.Output.json_dumps(known, sort_keys=True)} if known else {}
