"""Secrets, in Secret Manager. Each may be read by the functions that need it, and by nobody else of the Api."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi_gcp import secretmanager, serviceaccount

from ...plan import manifest
from ...plan.model import ApiKeyPlan, FunctionPlan, Plan, SecretPlan
from ..base import Context, given
from ..secret_values import value_of
from .deployed import Place, stack_wide

NAME = 100
ID = 255
"""Characters of a secret's id (Secret Manager, REST reference of `projects.secrets.create`)."""
ACCESSOR = "roles/secretmanager.secretAccessor"


@dataclass(slots=True)
class Vault:
    """The secrets that are in place."""

    refs: dict[str, pulumi.Input[str]] = field(default_factory=dict)
    """Name → `projects/…/secrets/…`."""
    keyrings: dict[str, pulumi.Input[str]] = field(default_factory=dict)
    """Name of an ApiKey → likewise, of what holds its keyring."""
    versions: dict[str, list[pulumi.Resource]] = field(default_factory=dict)
    """Name of a secret, or of an ApiKey → its value, which must be there before it is read."""


def deploy_secrets(
    plan: Plan,
    keyrings: Mapping[str, pulumi.Output[str]],
    place: Place,
    enabled: Sequence[pulumi.Resource],
    context: Context,
) -> Vault:
    """Makes the secrets of the Api that are not there already, and one for each keyring. `keyrings`: name of an ApiKey
    → what its secret holds."""
    vault = Vault()
    for secret in plan.secrets:
        _keep(secret, vault, place, enabled, context)
    for way, keyring in keyrings.items():
        # No name in a spec has a dot or a slash: neither name is one of its secrets'.
        made = _secret(f"{way}.keys", ("keys", way), place, enabled, context)
        vault.keyrings[way] = made.id
        vault.versions[way] = [_version(f"{way}.keys", made, keyring, place, context)]
    return vault


def _keep(secret: SecretPlan, vault: Vault, place: Place, enabled: Sequence[pulumi.Resource], context: Context) -> None:
    if secret.ref is not None:
        vault.refs[secret.name] = given(secret.ref)
        return
    made = _secret(secret.name, (secret.name,), place, enabled, context)
    vault.refs[secret.name] = made.id
    vault.versions[secret.name] = [_version(secret.name, made, value_of(secret), place, context)]


def _secret(
    name: str, id: tuple[str, ...], place: Place, enabled: Sequence[pulumi.Resource], context: Context
) -> secretmanager.Secret:
    return secretmanager.Secret(
        context.child(name, NAME),
        secret_id=stack_wide(ID, context.name, *id),
        replication=secretmanager.SecretReplicationArgs(auto=secretmanager.SecretReplicationAutoArgs()),
        labels=context.tags,
        project=place.project,
        # The id is chosen: another of that id can't be made beside it.
        opts=context.options(depends_on=enabled, delete_before_replace=True),
    )


def _version(
    name: str, secret: secretmanager.Secret, value: pulumi.Output[str], place: Place, context: Context
) -> secretmanager.SecretVersion:
    """Another value is another version, made before the old one is destroyed; the runtime asks for the latest."""
    return secretmanager.SecretVersion(
        context.child(name, NAME),
        secret=secret.id,
        secret_data=value,
        project=place.project,
        opts=context.options(),
    )


def deploy_access(
    plan: Plan,
    function: FunctionPlan,
    account: serviceaccount.Account,
    vault: Vault,
    place: Place,
    context: Context,
) -> list[pulumi.Resource]:
    """Lets a function read what it needs, secret by secret. Returns what must be there before the function starts: its
    rights, and the values."""
    by_runtime = context.front.by_runtime
    keyrings = [way.name for way in manifest.verified_here(plan, function, by_runtime) if isinstance(way, ApiKeyPlan)]
    names = manifest.secrets_of(plan, function, by_runtime)
    wanted = [(name, name, vault.refs[name]) for name in names]
    wanted += [(f"{name}.keys", name, vault.keyrings[name]) for name in keyrings]
    needed: list[pulumi.Resource] = []
    for name, key, ref in wanted:
        needed += vault.versions.get(key, [])
        needed.append(_accessor(f"{function.name}.{name}", ref, account, place, context))
    return needed


def _accessor(
    name: str, ref: pulumi.Input[str], account: serviceaccount.Account, place: Place, context: Context
) -> secretmanager.SecretIamMember:
    return secretmanager.SecretIamMember(
        context.child(name, NAME),
        secret_id=pulumi.Output.from_input(ref).apply(lambda text: text.partition("/versions/")[0]),
        role=ACCESSOR,
        member=pulumi.Output.concat("serviceAccount:", account.email),
        opts=context.options(),
    )
