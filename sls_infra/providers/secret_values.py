"""Values of secrets: given in the spec, or the Pulumi config of their name."""

from __future__ import annotations

import pulumi

from ..errors import Problem, SpecError
from ..plan.model import Plan, SecretPlan
from .base import given


def value_of(secret: SecretPlan) -> pulumi.Output[str]:
    """The value, marked secret, so that it is encrypted wherever Pulumi keeps it. Raises `SpecError` where there is
    none. Not for one that is existing."""
    if secret.value is not None:
        return pulumi.Output.secret(given(secret.value))
    configured = pulumi.Config().get_secret(secret.name)
    if configured is None:
        raise SpecError([_missing(secret)])
    return configured


def check_values(plan: Plan) -> None:
    """Raises one `SpecError` that names every secret without a value, before anything is made."""
    made = [secret for secret in plan.secrets if secret.ref is None and secret.value is None]
    config = pulumi.Config()
    problems = [_missing(secret) for secret in made if config.get(secret.name) is None]
    if problems:
        raise SpecError(problems)


def _missing(secret: SecretPlan) -> Problem:
    fix = f"pulumi config set --secret {secret.name}, or Secret({secret.name!r}, value=…)"
    return Problem(secret.where, f"the secret {secret.name!r} has no value", fix)
