"""A domain of one's own, before either front: certificate, TLS, records; judged by moto where it knows them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
import pulumi
import pytest
from moto import mock_aws

from sls_infra import Api, Aws, Domain, Public, Route
from sls_infra.testing import render

from .specs import refused, shop

CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/theirs"
FRONTS = ["http", "rest"]


@pytest.mark.parametrize("front", FRONTS)
def test_with_a_zone_all_is_made(tmp_path: Path, front: Any) -> None:
    stack = render(_api(tmp_path, zone="Z123"), Aws(front=front))
    certificate = stack.one("acm/certificate:Certificate").inputs
    assert certificate["domainName"] == "api.example.com"
    assert certificate["validationMethod"] == "DNS"
    proof = stack.one("route53/record:Record", "validation").inputs
    assert proof["name"] == "_0123.api.example.com."
    assert proof["type"] == "CNAME"
    assert proof["zoneId"] == "Z123"
    host = stack.one("apigatewayv2/domainName:DomainName")
    made = host.inputs["domainNameConfiguration"]
    assert made["securityPolicy"] == "TLS_1_2"
    assert made["endpointType"] == "REGIONAL"
    assert stack.one("acm/certificateValidation:CertificateValidation").urn in host.depends_on, (
        "no host before it is valid"
    )
    for kind in ("a", "aaaa"):
        record = stack.one("route53/record:Record", kind).inputs
        assert record["type"] == kind.upper()
        (alias,) = record["aliases"]
        assert alias["name"] == "d-0123.execute-api.eu-west-1.amazonaws.com"
        assert alias["zoneId"] == "ZLY8HYME6SFDD"
    mapping = stack.one("apigatewayv2/apiMapping:ApiMapping").inputs
    assert mapping["stage"] == {"http": "$default", "rest": "live"}[front]
    assert mapping["apiId"] == "orders-id"
    assert stack.outputs["url"] == "https://api.example.com"


def _api(folder: Path, **more: Any) -> Api:
    domain = Domain("API.example.com", **more)
    return Api("orders", auth=Public(), routes=[Route("GET", "/", shop(folder))], domain=domain)


@pytest.mark.parametrize("front", FRONTS)
def test_a_certificate_that_is_brought_is_used(tmp_path: Path, front: Any) -> None:
    stack = render(_api(tmp_path, certificate=CERTIFICATE), Aws(front=front))
    assert stack.all("acm/certificate:Certificate") == []
    assert stack.all("route53/record:Record") == [], "nobody said where"
    made = stack.one("apigatewayv2/domainName:DomainName").inputs["domainNameConfiguration"]
    assert made["certificateArn"] == CERTIFICATE
    assert len(render(_api(tmp_path, certificate=CERTIFICATE, zone="Z1"), Aws(front=front)).all("Record")) == 2


def test_without_a_zone_the_record_to_make_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(pulumi.log, "info", lambda message, *_: told.append(message))
    render(_api(tmp_path, certificate=CERTIFICATE), "aws")
    target = "d-0123.execute-api.eu-west-1.amazonaws.com"
    assert told == [f"make the DNS record yourself: api.example.com CNAME {target}"]
    render(_api(tmp_path, certificate=CERTIFICATE, zone="Z1"), "aws")
    assert len(told) == 1
    (problem,) = refused(_api(tmp_path, certificate="theirs"))
    assert problem.path == "api.domain.certificate"


@pytest.mark.parametrize("front", FRONTS)
def test_a_certificate_that_nobody_could_validate_is_refused(tmp_path: Path, front: Any) -> None:
    (problem,) = refused(_api(tmp_path), Aws(front=front))
    assert problem.path == "api.domain"
    assert "zone=" in problem.fix
    assert "certificate=" in problem.fix


def test_moto_takes_the_host_and_the_records(tmp_path: Path) -> None:
    stack = render(_api(tmp_path, zone="Z123"), "aws")
    keys: dict[str, Any] = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
    with mock_aws():
        host = stack.one("apigatewayv2/domainName:DomainName").inputs
        configuration = {key[0].upper() + key[1:]: v for key, v in host["domainNameConfiguration"].items()}
        made = boto3.client("apigatewayv2", "eu-west-1", **keys).create_domain_name(
            DomainName=host["domainName"], DomainNameConfigurations=[configuration]
        )
        assert made["DomainName"] == "api.example.com"
        dns = boto3.client("route53", **keys)
        zone = dns.create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"]
        records = [stack.one("route53/record:Record", kind).inputs for kind in ("a", "aaaa")]
        dns.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [_change(each) for each in records]})
        kept = dns.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
        assert {each["Type"] for each in kept if each["Name"] == "api.example.com."} == {"A", "AAAA"}


def _change(record: Any) -> Any:
    (alias,) = record["aliases"]
    target = {
        "HostedZoneId": alias["zoneId"],
        "DNSName": alias["name"],
        "EvaluateTargetHealth": alias["evaluateTargetHealth"],
    }
    made = {"Name": record["name"], "Type": record["type"], "AliasTarget": target}
    return {"Action": "CREATE", "ResourceRecordSet": made}


def test_a_domain_that_is_not_asked_for_loads_nothing_of_it() -> None:
    program = (
        "import sys\nfrom sls_infra.providers import registry\nregistry.adapter('aws')\n"
        "print([name for name in sys.modules if name.startswith(('pulumi_aws.acm.', 'pulumi_aws.wafv2.', "
        "'pulumi_aws.route53.', 'pulumi_aws.secretsmanager.', 'pulumi_aws.apigateway.'))])"
    )
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert loaded.stdout.strip() == "[]", loaded.stdout
