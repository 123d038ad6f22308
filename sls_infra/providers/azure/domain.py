"""A host name of the Api's own: the certificate, an identity that may read it, and the record that leads here.

The record comes first, and so the service's name must be known before there is a service (API Management: "Configure a
custom domain name", prerequisites: DNS records).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import pulumi
from pulumi_azure_native import apimanagement, dns, managedidentity

from ...errors import Problem, SpecError
from ...plan.model import DomainPlan
from ...spec.targets import Azure
from ..base import Context, given
from . import ids, roles
from .deployed import Group
from .tier import Tier

NAME = 35
"""Characters of a service's name, of which there are 50, before the group's suffix and the tier's."""
SUFFIX = 8
TTL = 300
"""Seconds that others may keep the record."""
AZURE = "azure-api.net"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Hosted:
    """What a service with a name of its own is made with."""

    service: pulumi.Output[str]
    """The service's own name."""
    identity: managedidentity.UserAssignedIdentity
    configuration: apimanagement.HostnameConfigurationArgs
    ready: tuple[pulumi.Resource, ...]
    """What must be there before the service takes the name."""


def deploy_domain(domain: DomainPlan, group: Group, target: Azure, tier: Tier, context: Context) -> Hosted:
    """Makes what has to be there before the service."""
    if domain.certificate is None:  # `ids.domain` has said so
        raise SpecError([Problem("api.domain.certificate", "none is given", "give the id of one in Key Vault")])
    certificate = _parsed(given(domain.certificate), ids.secret, "api.domain.certificate")
    own = context.own(NAME)
    service = group.name.apply(lambda name: f"{own}-{name[-SUFFIX:]}-{tier.sku.lower()[:5]}")
    identity = managedidentity.UserAssignedIdentity(
        context.child("gateway", 24),
        resource_group_name=group.name,
        location=target.location,
        tags=context.tags,
        opts=context.options(),
    )
    read = roles.assignment(
        context.child("gateway-certificate", 64),
        roles.SECRETS,
        identity.principal_id,
        certificate.apply(lambda of: of.id),
        context,
    )
    configuration = apimanagement.HostnameConfigurationArgs(
        type=apimanagement.HostnameType.PROXY,
        host_name=domain.name,
        key_vault_id=certificate.apply(lambda of: of.url),
        identity_client_id=identity.client_id,
        certificate_source=apimanagement.CertificateSource.KEY_VAULT,
        default_ssl_binding=True,
    )
    ready: list[pulumi.Resource] = [read]
    if domain.zone is not None:
        ready.append(_record(domain, given(domain.zone), service, context))
    return Hosted(service, identity, configuration, tuple(ready))


def _record(
    domain: DomainPlan, zone: pulumi.Input[str], service: pulumi.Output[str], context: Context
) -> dns.RecordSet:
    there = _parsed(zone, ids.zone, "api.domain.zone")
    return dns.RecordSet(
        context.child("gateway", 64),
        resource_group_name=there.apply(lambda of: of[0]),
        zone_name=there.apply(lambda of: of[1]),
        relative_record_set_name=_parsed(
            there.apply(lambda of: of[1]), lambda name: ids.relative(domain.name, name), "api.domain.zone"
        ),
        record_type="CNAME",
        ttl=TTL,
        cname_record=dns.CnameRecordArgs(cname=pulumi.Output.concat(service, ".", AZURE)),
        opts=context.options(),
    )


def _parsed(value: pulumi.Input[str], parse: Callable[[str], T], where: str) -> pulumi.Output[T]:
    def known(text: str) -> T:
        try:
            return parse(text)
        except ValueError as error:
            raise SpecError([Problem(where, str(error), "copy the id from its JSON view in the portal")]) from None

    return pulumi.Output.from_input(value).apply(known)
