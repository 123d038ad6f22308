"""The one inline policy of a function's role. Data only, no SDK is imported."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .grants import Grant, statements

MAX_POLICY = 10_240
"""Characters of all inline policies of a role, white space not counted (IAM quotas)."""


def allowed(
    log_group_arn: str,
    secrets: Mapping[str, str],
    calls: Mapping[str, str],
    grants: Iterable[Grant],
    arns: Mapping[str, str],
    network: bool,
) -> dict[str, Any]:
    """The document: it may write its own logs, read these secrets, call these authorizers, and what is granted."""
    found: list[dict[str, Any]] = [
        {
            "Sid": "Logs",
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": [f"{log_group_arn}:*"],
        }
    ]
    if secrets:
        read = ["secretsmanager:GetSecretValue"]
        on = sorted(set(secrets.values()))
        found.append({"Sid": "Secrets", "Effect": "Allow", "Action": read, "Resource": on})
    if calls:
        call = ["lambda:InvokeFunction"]
        found.append({"Sid": "Authorizers", "Effect": "Allow", "Action": call, "Resource": sorted(set(calls.values()))})
    found += statements(grants, arns)
    if network:
        # On "*", as Lambda documents it (developer guide, "Giving Lambda functions access to resources in a VPC"):
        # it makes the interfaces itself, and nobody knows their names before.
        actions = ["CreateNetworkInterface", "DeleteNetworkInterface", "DescribeNetworkInterfaces", "DescribeSubnets"]
        actions += ["AssignPrivateIpAddresses", "UnassignPrivateIpAddresses"]
        on = ["*"]
        found.append({"Sid": "Network", "Effect": "Allow", "Action": [f"ec2:{a}" for a in actions], "Resource": on})
    return {"Version": "2012-10-17", "Statement": found}


def tls_only(arn: str, actions: str, *, parts: bool = False) -> dict[str, Any]:
    """A statement of a resource's own policy: nobody comes without TLS. `parts`: nor to what is in it."""
    return {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": actions,
        "Resource": [arn, f"{arn}/*"] if parts else arn,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def sent_by(service: str, queue_arn: str, source_arn: str, account: str | None = None) -> dict[str, Any]:
    """A statement of a queue's policy: this one source may send to it, for nobody else (IAM user guide, "The confused
    deputy problem"). `account`: whose the source must be, where its ARN does not say it, as that of a bucket."""
    condition: dict[str, Any] = {"ArnEquals": {"aws:SourceArn": source_arn}}
    if account is not None:
        condition["StringEquals"] = {"aws:SourceAccount": account}
    return {
        "Sid": "Source",
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
        "Condition": condition,
    }


def document(*found: Mapping[str, Any]) -> dict[str, Any]:
    """A policy of statements."""
    return {"Version": "2012-10-17", "Statement": list(found)}


def trust(service: str, condition: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A role's trust in a service."""
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    return document({**statement, "Condition": dict(condition)} if condition else statement)
