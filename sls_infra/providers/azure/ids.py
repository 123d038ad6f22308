"""Resource ids of Azure that a spec gives, taken apart. No SDK is imported."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ...errors import Problem
from ...plan.model import Plan

_WITHIN = r"/subscriptions/[^/]+/resourceGroups/(?P<group>[^/]+)/providers"
SECRET = re.compile(
    _WITHIN + r"/Microsoft\.KeyVault/vaults/(?P<vault>[A-Za-z0-9-]{3,24})/(?:secrets|certificates)/"
    r"(?P<name>[A-Za-z0-9-]{1,127})",
    re.IGNORECASE,
)
ZONE = re.compile(_WITHIN + r"/Microsoft\.Network/dnszones/(?P<name>[A-Za-z0-9._-]+)", re.IGNORECASE)
VAULTS = "vault.azure.net"
"""Key Vault's domain in the public cloud (Azure Key Vault: "About keys, secrets, and certificates")."""
_FORM = "/subscriptions/…/resourceGroups/…/providers/Microsoft.KeyVault/vaults/<vault>/secrets/<name>"
_ZONE = "/subscriptions/…/resourceGroups/…/providers/Microsoft.Network/dnszones/example.com"


@dataclass(frozen=True, slots=True)
class SecretId:
    """A secret in a vault. Certificates are read as secrets of the same name."""

    id: str
    """Of the secret, as scope of a role."""
    url: str
    """Without a version, so that what is read is the newest."""


def secret(id: str) -> SecretId:
    """Raises ValueError for what is no id of a secret or certificate in a vault."""
    found = SECRET.fullmatch(id)
    if found is None:
        raise ValueError(f"{id!r} is no id of a secret in a vault: write it as {_FORM!r}")
    within = id[: id.lower().rindex("/vaults/")]
    vault, name = found["vault"], found["name"]
    return SecretId(f"{within}/vaults/{vault}/secrets/{name}", f"https://{vault}.{VAULTS}/secrets/{name}")


def zone(id: str) -> tuple[str, str]:
    """The resource group and name of a DNS zone. Raises ValueError for what is no id of one."""
    found = ZONE.fullmatch(id)
    if found is None:
        raise ValueError(f"{id!r} is no id of a DNS zone: write it as {_ZONE!r}")
    return found["group"], found["name"]


def relative(host: str, zone: str) -> str:
    """The name of a host within a zone. Raises ValueError where it is not in the zone, or is the zone itself."""
    name, end = host.lower(), f".{zone.lower().rstrip('.')}"
    if not name.endswith(end):
        raise ValueError(f"{host!r} is no name in the zone {zone!r}, where a CNAME record is to lead to the gateway")
    return name.removesuffix(end)


def secrets_there(plan: Plan) -> Iterator[Problem]:
    """Secrets that are said to be there by what is no id of one."""
    for each in plan.secrets:
        if isinstance(each.ref, str):
            yield from _tried(f"{each.where}.ref", each.ref)


def domain(plan: Plan) -> Iterator[Problem]:
    """What API Management needs of a domain and is not given."""
    if plan.domain is None:
        return
    if plan.domain.certificate is None:
        message = (
            "API Management makes no certificate in one deployment with the service: its free ones are for a service "
            "that is there and a name that leads to it, not for the v2 tiers, and new ones were suspended in 2025 "
            "(Configure a custom domain name: managed certificates, limitations)"
        )
        fix = f"put a certificate into Key Vault, and give its id: certificate={_FORM!r}"
        yield Problem("api.domain.certificate", message, fix)
    elif isinstance(plan.domain.certificate, str):
        yield from _tried("api.domain.certificate", plan.domain.certificate)
    if isinstance(plan.domain.zone, str):
        try:
            relative(plan.domain.name, zone(plan.domain.zone)[1])
        except ValueError as error:
            fix = "give the id of the zone that the name is in, or leave zone out and make the CNAME record yourself"
            yield Problem("api.domain.zone", str(error), fix)


def _tried(where: str, id: str) -> Iterator[Problem]:
    try:
        secret(id)
    except ValueError as error:
        yield Problem(where, str(error), "copy the id from the vault's JSON view, or `az keyvault show`")
