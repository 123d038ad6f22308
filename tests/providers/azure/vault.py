"""What the runtime asks of Azure, answered by what was rendered: secrets in vaults, authorizers in apps."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sls_infra.testing.rendered import Rendered

if TYPE_CHECKING:
    from .front import Front

ROLE = "4633458b-17de-408a-b874-0445c86b69e6"
"""Key Vault Secrets User ("Azure built-in roles")."""


def secrets(stack: Rendered) -> dict[str, tuple[str, str]]:
    """Address of each secret → its resource id and its value."""
    found = {}
    for each in stack.all("azure-native:keyvault:Secret"):
        given = each.inputs
        path = f"/vaults/{given['vaultName']}/secrets/{given['secretName']}"
        url = f"https://{given['vaultName']}.vault.azure.net/secrets/{given['secretName']}"
        found[url] = (path, given["properties"]["value"])
    return found


def readers(stack: Rendered, url: str) -> set[str]:
    """The functions whose identities have a role on the secret; the service, where its own has."""
    path = f"{url.partition('.')[0].removeprefix('https://')}/secrets/{url.rpartition('/')[2]}"
    owners = {_principal(stack, name): name for name in _identities(stack)}
    return {
        owners[each.inputs["principalId"]]
        for each in stack.all("azure-native:authorization:RoleAssignment")
        if str(each.inputs["scope"]).endswith(f"/vaults/{path}")
        and each.inputs["roleDefinitionId"].endswith(f"/{ROLE}")
    }


def _identities(stack: Rendered) -> list[str]:
    return [each.logical_name for each in stack.all("UserAssignedIdentity")]


def _principal(stack: Rendered, logical: str) -> str:
    from sls_infra.testing.computed.azure import of

    (identity,) = (each for each in stack.all("UserAssignedIdentity") if each.logical_name == logical)
    return str(of(identity.type, logical, identity.inputs)["principalId"])


class Platform:
    """`services.use("azure", Platform(front))`: reads what may be read, asks what may be asked."""

    fresh = fresh_environment = 60.0

    def __init__(self, front: Front) -> None:
        self.front = front
        self.asked: list[str] = []

    def secret(self, ref: str) -> str:
        """A secret's value."""
        return secrets(self.front.rendered)[ref][1]

    def dead_letter(self, address: Any, letter: Any) -> None:
        raise AssertionError("nothing is buried")

    def call_authorizer(self, target: str, payload: bytes) -> bytes:
        """The answer of the app that a target names, with the key that it asks for."""
        known, way = json.loads(target), json.loads(payload)["way"]
        self.asked.append(way)
        host = known["url"].removeprefix("https://")
        assert self.secret(known["key_ref"]) == f"key-of-{host.removesuffix('.azurewebsites.net')}"
        name = next(name for name in self.front.apps if f"-{name}0123abcd" in host)
        return self.front.direct(name, "POST", f"{known['url']}/_sls/authorize/{way}", [], payload).body
