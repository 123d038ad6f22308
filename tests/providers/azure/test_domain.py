"""A host name of the Api's own: certificate, identity, record, in that order before the service; what is refused."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from sls_infra import Api, Azure, Domain, Function, Public, Route, SpecError
from sls_infra.testing import render

from .vault import ROLE

VAULT = "/subscriptions/s/resourceGroups/certs/providers/Microsoft.KeyVault/vaults/team-vault"
CERTIFICATE = f"{VAULT}/certificates/api"
ZONE = "/subscriptions/s/resourceGroups/names/providers/Microsoft.Network/dnszones/example.com"


def api(shop: Function, name: str = "api.example.com", **more: Any) -> Api:
    return Api("orders", auth=Public(), domain=Domain(name, **more), routes=[Route("GET", "/a", shop)])


@pytest.mark.parametrize("front", ["consumption", "basic-v2"])
def test_a_name_with_a_certificate_of_ones_own(shop: Function, front: Any) -> None:
    stack = render(api(shop, "shop.api.Example.com", certificate=CERTIFICATE, zone=ZONE), Azure(front=front))
    service, record = stack.one("ApiManagementService"), stack.one("azure-native:dns:RecordSet")
    (configured,) = service.inputs["hostnameConfigurations"]
    assert configured["hostName"] == "shop.api.example.com"
    assert configured["keyVaultId"] == "https://team-vault.vault.azure.net/secrets/api", "the newest version"
    assert (configured["type"], configured["certificateSource"]) == ("Proxy", "KeyVault")
    (role,) = (r for r in stack.all("RoleAssignment") if r.inputs["roleDefinitionId"].endswith(ROLE))
    assert role.inputs["scope"] == f"{VAULT}/secrets/api"
    identity = stack.one("UserAssignedIdentity", name="gateway")
    (own,) = service.inputs["identity"]["userAssignedIdentities"]
    assert own.endswith(f"/{identity.logical_name}0123abcd")
    assert record.inputs["relativeRecordSetName"] == "shop.api"
    assert (record.inputs["zoneName"], record.inputs["resourceGroupName"]) == ("example.com", "names")
    assert record.inputs["cnameRecord"] == {"cname": f"{service.inputs['serviceName']}.azure-api.net"}
    assert {record.urn, role.urn} <= set(service.depends_on), "they are there before the service takes the name"
    assert stack.outputs["url"] == "https://shop.api.example.com"
    assert 1 <= len(service.inputs["serviceName"]) <= 50


def test_without_a_zone_no_record_is_made(shop: Function) -> None:
    stack = render(api(shop, certificate=CERTIFICATE), "azure")
    assert stack.all("azure-native:dns:RecordSet") == []


def test_a_service_of_the_other_tier_has_another_name(shop: Function) -> None:
    names = {
        render(api(shop, certificate=CERTIFICATE), Azure(front=front)).one("ApiManagementService").inputs["serviceName"]
        for front in ("consumption", "basic-v2")
    }
    assert len(names) == 2, "a name stays taken for 48 hours"


@pytest.mark.parametrize(
    ("more", "said", "fix"),
    [
        ({}, "API Management makes no certificate", "put a certificate into Key Vault"),
        ({"certificate": "https://team-vault.vault.azure.net/certificates/api"}, "is no id of a secret", "copy the id"),
        ({"certificate": CERTIFICATE, "zone": "example.com"}, "is no id of a DNS zone", "leave zone out"),
        (
            {"certificate": CERTIFICATE, "zone": ZONE.replace("example", "other")},
            "is no name in the zone",
            "leave zone",
        ),
        ({"name": "example.com", "certificate": CERTIFICATE, "zone": ZONE}, "is no name in the zone", "leave zone out"),
        ({"name": "notexample.com", "certificate": CERTIFICATE, "zone": ZONE}, "is no name in the zone", "leave zone"),
    ],
)
def test_what_is_refused(shop: Function, more: dict[str, Any], said: str, fix: str) -> None:
    with pytest.raises(SpecError) as told:
        render(api(shop, **more), "azure")
    assert said in str(told.value)
    assert fix in str(told.value)


@pytest.mark.usefixtures("current_loop")
def test_values_known_only_to_the_deployment(shop: Function) -> None:
    known = pulumi.Output.from_input
    stack = render(api(shop, certificate=known(CERTIFICATE), zone=known(ZONE)), "azure")
    assert stack.one("azure-native:dns:RecordSet").inputs["relativeRecordSetName"] == "api"
