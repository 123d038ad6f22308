"""A domain of the Api's own, before either front: certificate, custom domain name, mapping, DNS records.

API mappings connect a domain name to stages of HTTP APIs and REST APIs alike (API Gateway developer guide, "Map API
stages to a custom domain name for REST APIs").
"""

from __future__ import annotations

from typing import Any

import pulumi
from pulumi_aws import acm, apigatewayv2, route53

from ...plan.model import DomainPlan
from ..base import Context, given
from .deployed import Fronted

NAME = 56


def deploy_domain(domain: DomainPlan, front: Fronted, context: Context) -> Fronted:
    """The front, behind a host name of one's own. Without a zone, the record that is still to be made is told."""
    name = context.own(NAME)
    certificate, ready = _certificate(name, domain, context)
    host = apigatewayv2.DomainName(
        name,
        domain_name=domain.name,
        domain_name_configuration=apigatewayv2.DomainNameDomainNameConfigurationArgs(
            certificate_arn=certificate,
            endpoint_type="REGIONAL",
            security_policy="TLS_1_2",
            ip_address_type="dualstack",  # else the AAAA record leads nowhere
        ),
        tags=context.tags,
        opts=context.options(depends_on=list(ready)),
    )
    mapping = apigatewayv2.ApiMapping(
        name, api_id=front.api_id, domain_name=host.id, stage=front.stage, opts=context.options()
    )
    records = _records(domain, host, context)
    return Fronted(
        url=pulumi.Output.from_input(f"https://{domain.name}"),
        api_id=front.api_id,
        stage=front.stage,
        ready=(*front.ready, mapping, *records),
    )


def _certificate(
    name: str, domain: DomainPlan, context: Context
) -> tuple[pulumi.Input[str], tuple[pulumi.Resource, ...]]:
    if domain.certificate is not None:
        return given(domain.certificate), ()
    made = acm.Certificate(
        name, domain_name=domain.name, validation_method="DNS", tags=context.tags, opts=context.options()
    )
    proof: pulumi.Output[Any] = made.domain_validation_options.apply(lambda options: options[0])
    record = route53.Record(
        context.child("validation", NAME),
        zone_id=_zone(domain),
        name=proof.apply(lambda it: str(it.resource_record_name)),
        type=proof.apply(lambda it: str(it.resource_record_type)),
        records=[proof.apply(lambda it: str(it.resource_record_value))],
        ttl=300,
        allow_overwrite=True,  # another certificate of that name asks for the same record
        opts=context.options(),
    )
    valid = acm.CertificateValidation(
        name, certificate_arn=made.arn, validation_record_fqdns=[record.fqdn], opts=context.options()
    )
    return valid.certificate_arn, (valid,)


def _records(domain: DomainPlan, host: apigatewayv2.DomainName, context: Context) -> list[pulumi.Resource]:
    target = host.domain_name_configuration
    if domain.zone is None:
        target.apply(lambda known: _tell(domain.name, known.target_domain_name, context))
        return []
    return [
        route53.Record(
            context.child(kind.lower(), NAME),
            zone_id=_zone(domain),
            name=domain.name,
            type=kind,
            aliases=[
                route53.RecordAliasArgs(
                    name=target.apply(lambda known: str(known.target_domain_name)),
                    zone_id=target.apply(lambda known: str(known.hosted_zone_id)),
                    evaluate_target_health=False,
                )
            ],
            opts=context.options(),
        )
        for kind in ("A", "AAAA")
    ]


def _tell(name: str, target: str | None, context: Context) -> None:
    if target:
        pulumi.log.info(f"make the DNS record yourself: {name} CNAME {target}", context.parent)


def _zone(domain: DomainPlan) -> pulumi.Input[str]:
    assert domain.zone is not None, "rules.domain refuses a certificate to be made without a zone"
    return given(domain.zone)
