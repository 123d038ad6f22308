"""Secrets: made in Secrets Manager, or there already."""

from __future__ import annotations

import pulumi
from pulumi_aws import secretsmanager

from ...plan.model import Plan, SecretPlan
from ..base import Context, given
from ..secret_values import check_values, value_of
from .deployed import Secrets

NAME = 64
RECOVERY = 7
"""Days in which a deleted secret can be brought back, the least there is (API reference, DeleteSecret). Its name stays
taken meanwhile, which the suffix that Pulumi adds to names makes harmless."""


def deploy_secrets(plan: Plan, context: Context) -> Secrets:
    """Makes each secret that has a value, and takes the ARN of each that is there already. Raises `SpecError` that
    names every one without a value, before anything is made."""
    check_values(plan)
    arns: dict[str, pulumi.Output[str]] = {}
    ready: dict[str, pulumi.Resource] = {}
    for secret in plan.secrets:
        if secret.ref is not None:
            arns[secret.name] = pulumi.Output.from_input(given(secret.ref))
        else:
            arns[secret.name], ready[secret.name] = _made(secret, context)
    return Secrets(arns, {}, ready)


def deploy_keyring(name: str, keyring: pulumi.Output[dict[str, str]], secrets: Secrets, context: Context) -> Secrets:
    """The secrets, and one more: `keyring` (digest of a key → client) of the ApiKey of that name. It holds no key."""
    arn, version = _secret(f"{name}-keyring", pulumi.Output.json_dumps(keyring, sort_keys=True), context)
    return Secrets(secrets.arns, {**secrets.keyrings, name: arn}, {**secrets.ready, f"{name}-keyring": version})


def _made(secret: SecretPlan, context: Context) -> tuple[pulumi.Output[str], pulumi.Resource]:
    return _secret(secret.name, value_of(secret), context)


def _secret(
    name: str, value: pulumi.Output[str], context: Context
) -> tuple[pulumi.Output[str], secretsmanager.SecretVersion]:
    logical = context.child(name, NAME)
    made = secretsmanager.Secret(logical, recovery_window_in_days=RECOVERY, tags=context.tags, opts=context.options())
    version = secretsmanager.SecretVersion(logical, secret_id=made.id, secret_string=value, opts=context.options())
    return made.arn, version
