"""Secrets: one vault for those that the Api makes, and for each function the right to read exactly its own.

A secret is written through Azure Resource Manager, which takes Contributor's rights on the group and none within the
vault (Resource Manager: Microsoft.KeyVault/vaults/secrets); to read one takes a role within the vault, which no one but
a function's identity gets, on the secrets that it is to read (Key Vault: "Azure RBAC", roles on individual secrets).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import authorization, keyvault

from ...errors import Problem, SpecError
from ...plan.model import ApiKeyPlan, FunctionPlan, Plan
from ...plan.names import canonical
from ...spec.targets import Azure
from ..base import Context, given
from ..secret_values import value_of
from . import ids, roles
from .deployed import Group

NAME = 16
"""Characters of a logical name: a vault's has 24, of which Pulumi's suffix uses 8. By the suffix a new vault never asks
for the name of one that was deleted, which stays taken while that can be had back."""
SECRET_NAME = 127
DAYS = 7
"""How long a deleted vault can be had back: the least. Longer, or against a purge, would keep nothing: what stands in
it comes from the program's configuration, or is made anew (Key Vault: "Soft-delete overview")."""
OWN = "1-"
"""Start of the names of secrets that nobody spelled: no name in a spec starts with a digit."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A secret in a vault."""

    ref: pulumi.Output[str]
    """Its URL, without a version: what the runtime reads it by."""
    scope: pulumi.Output[str]
    """Its resource id: what a right to read it is given on."""


class Store:
    """The Api's vault, made when the first secret is put into it."""

    def __init__(self, group: Group, target: Azure, context: Context) -> None:
        self._group = group
        self._target = target
        self._context = context
        self._vault: keyvault.Vault | None = None

    def put(self, name: str, value: pulumi.Input[str]) -> Kept:
        """Keeps a value under a name in Key Vault's alphabet."""
        vault = self._made()
        secret = keyvault.Secret(
            self._context.child(name, SECRET_NAME),
            resource_group_name=self._group.name,
            vault_name=vault.name,
            secret_name=name,
            properties=keyvault.SecretPropertiesArgs(value=pulumi.Output.secret(value)),
            # Azure deletes secrets in the vault alone, by rights that whoever deploys may not have.
            opts=self._context.options(deleted_with=vault),
        )
        url = vault.properties.apply(lambda of: f"{(of.vault_uri or '').rstrip('/')}/secrets/{name}")
        return Kept(url, secret.id)

    def _made(self) -> keyvault.Vault:
        if self._vault is None:
            self._vault = keyvault.Vault(
                self._context.own(NAME),
                resource_group_name=self._group.name,
                location=self._target.location,
                properties=keyvault.VaultPropertiesArgs(
                    tenant_id=self._tenant(),
                    sku=keyvault.SkuArgs(family="A", name=keyvault.SkuName.STANDARD),
                    enable_rbac_authorization=True,
                    enable_soft_delete=True,
                    soft_delete_retention_in_days=DAYS,
                ),
                tags=self._context.tags,
                opts=self._context.options(),
            )
        return self._vault

    def _tenant(self) -> pulumi.Output[str]:
        options = pulumi.InvokeOutputOptions(parent=self._context.parent)
        return authorization.get_client_config_output(opts=options).tenant_id


def deploy_secrets(plan: Plan, store: Store) -> dict[str, Kept]:
    """The secrets that the spec names: made, or found where they are."""
    return {
        secret.name: store.put(canonical(secret.name), value_of(secret))
        if secret.ref is None
        else _existing(secret.where, given(secret.ref))
        for secret in plan.secrets
    }


def keyring(key: ApiKeyPlan, value: pulumi.Output[str], store: Store) -> Kept:
    """What a function's runtime knows keys by: their digests."""
    return store.put(f"{OWN}keyring-{key.name}", value)


def key_of(function: FunctionPlan, key: pulumi.Output[str], store: Store) -> Kept:
    """The key of an authorizer's app, for the functions that ask it."""
    return store.put(f"{OWN}function-{canonical(function.name)}-{_digest(function.name)}", key)


def reads(
    function: FunctionPlan, kept: Mapping[str, Kept], principal: pulumi.Output[str], context: Context
) -> list[authorization.RoleAssignment]:
    """Lets a function's identity read these secrets, and no others. `kept`: by any name that tells them apart."""
    return [
        roles.assignment(
            context.child(f"{function.name}-{name}-{_digest(f'{function.name} {name}')}", 64),
            roles.SECRETS,
            principal,
            secret.scope,
            context,
        )
        for name, secret in kept.items()
    ]


def _existing(where: str, ref: pulumi.Input[str]) -> Kept:
    def known(id: str) -> ids.SecretId:
        try:
            return ids.secret(id)
        except ValueError as error:
            raise SpecError([Problem(f"{where}.ref", str(error), "copy the id from the vault's JSON view")]) from None

    there = pulumi.Output.from_input(ref).apply(known)
    return Kept(there.apply(lambda of: of.url), there.apply(lambda of: of.id))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:6]
