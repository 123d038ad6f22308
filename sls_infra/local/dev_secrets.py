"""Secrets of `sls-infra dev`, where nothing is deployed: from the environment of who starts it, or from the spec.

    SLS_SECRET_DB=… sls-infra dev examples.orders.infra:api

The variable is SLS_SECRET_ and the secret's name in capitals, with `_` for what is no letter or digit. It goes before
a value that the spec has. No function gets these variables: each is given its own secrets as it is when deployed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from ..errors import LocalError, Problem, SpecError
from ..plan.manifest import secrets_of, verified_here
from ..plan.manifest_events import reached
from ..plan.model import FunctionPlan, JwtPlan, Plan, RoutePlan, SecretPlan
from ..runtime import deployed

PREFIX = "SLS_SECRET_"


def values(plan: Plan, environment: Mapping[str, str]) -> Mapping[str, str]:
    """Secret → value. Raises `SpecError` that names each one without a value, and the variable to set."""
    found = {secret.name: _value(secret, environment) for secret in plan.secrets}
    missing = [secret for secret in plan.secrets if found[secret.name] is None]
    if missing:
        raise SpecError([_missing(secret) for secret in missing])
    return {name: value for name, value in found.items() if value is not None}


def reader(values: Mapping[str, str]) -> Callable[[str], str]:
    """Reads these values by name, for a `SecretServer`."""

    def read(ref: str) -> str:
        if ref not in values:
            raise LocalError(f"there is no secret {ref!r}: start sls-infra dev again")
        return values[ref]

    return read


def variables(
    plan: Plan,
    function: FunctionPlan,
    by_runtime: Callable[[RoutePlan], bool],
    keyrings: Mapping[str, str] | None = None,
    resources: Mapping[str, Mapping[str, str]] | None = None,
) -> dict[str, str]:
    """What a deployment would tell the function in its environment; a secret's ref is its name. `keyrings`: name of an
    ApiKey → ref, where the runtime verifies keys. `resources`: kind → name → path. Values of the spec must be plain."""
    known: dict[str, object] = {}
    if names := secrets_of(plan, function, by_runtime):
        known["secrets"] = {name: name for name in names}
    ways: dict[str, object] = {}
    for way in verified_here(plan, function, by_runtime):
        if isinstance(way, JwtPlan):
            jwks_uri = None if way.jwks_uri is None else str(way.jwks_uri)
            audience = [str(each) for each in way.audience]
            ways[way.name] = {"issuer": str(way.issuer), "audience": audience, "jwks_uri": jwks_uri}
        elif way.name in (keyrings or {}):
            ways[way.name] = {"keyring": (keyrings or {})[way.name]}
    if ways:
        known["ways"] = ways
    for kind, reachable in reached(plan, function).items():
        known[kind] = {name: (resources or {})[kind][name] for name in reachable}
    return {deployed.VARIABLE: json.dumps(known, sort_keys=True)} if known else {}


def variable(name: str) -> str:
    """The environment variable of the secret of that name: SLS_SECRET_DB_PASSWORD of `db-password`."""
    return PREFIX + "".join(char if char.isascii() and char.isalnum() else "_" for char in name).upper()


def _value(secret: SecretPlan, environment: Mapping[str, str]) -> str | None:
    given = environment.get(variable(secret.name))
    if given is not None:
        return given
    return secret.value if isinstance(secret.value, str) else None


def _missing(secret: SecretPlan) -> Problem:
    message = f"the secret {secret.name!r} has no value here, where nothing is deployed"
    return Problem(secret.where, message, f"set {variable(secret.name)}=… in the environment of sls-infra dev")
