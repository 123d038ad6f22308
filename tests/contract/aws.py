"""AWS: awslambdaric behind what the rendered HTTP API makes of a request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from sls_infra.spec.api import Api
from tools.issuer import Issuer

from ..runtime.runtime_api import Failed, Running, running_on_awslambdaric
from . import tokens, unpacking
from .aws_gateway import HttpApi
from .model import THIS, UNNAMED, Answer, Call, NameRule
from .target import ISSUER, Hosted

SUFFIX = "-0123abc"
LETTERS = r"[A-Za-z0-9_-]+"
NAMES: Mapping[str, NameRule] = {
    "aws:lambda/function:Function": NameRule(64, LETTERS, SUFFIX, source="Lambda: CreateFunction, FunctionName"),
    "aws:lambda/alias:Alias": NameRule(128, LETTERS, input="name", source="Lambda: CreateAlias, Name"),
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": UNNAMED,
    "aws:lambda/permission:Permission": NameRule(100, LETTERS, SUFFIX, source="Lambda: AddPermission, StatementId"),
    "aws:iam/role:Role": NameRule(64, r"[\w+=,.@-]+", SUFFIX, source="IAM: CreateRole, RoleName"),
    "aws:iam/rolePolicy:RolePolicy": NameRule(128, r"[\w+=,.@-]+", SUFFIX, source="IAM: PutRolePolicy, PolicyName"),
    "aws:cloudwatch/logGroup:LogGroup": NameRule(
        512, r"[A-Za-z0-9._/#-]+", "0" * 26, "namePrefix", "CloudWatch Logs: CreateLogGroup, logGroupName"
    ),
    "aws:apigatewayv2/api:Api": NameRule(128, r".+", SUFFIX, source="API Gateway v2: Api, name"),
    "aws:apigatewayv2/stage:Stage": NameRule(128, r"\$default", input="name", source="API Gateway v2: Stage"),
}
"""Type of resource → what it may be called."""


class AwsServed:
    """The functions' processes, and the gateway in front."""

    def __init__(self, gateway: HttpApi, issuer: Issuer) -> None:
        self.url = f"https://{gateway.host}"
        self._gateway = gateway
        self._issuer = issuer

    def call(self, call: Call) -> Answer:
        return self._gateway.call(call, tokens.authorized(call, self._issuer, ISSUER))

    def forced(self, route: str, call: Call) -> Answer:
        headers = [(name.lower(), value) for name, value in tokens.authorized(call, self._issuer, ISSUER)]
        claims = None
        if call.claims is not None:
            vouched = tokens.payload(headers[-1][1])
            claims = {"jwt": {"claims": {name: str(value) for name, value in vouched.items()}, "scopes": None}}
        return self._gateway.integrate(route or "GET /no/such/route", call, headers, claims)


class Aws(Hosted):
    """Lambda behind an HTTP API."""

    name = "aws"
    python = THIS
    names = NAMES

    @contextmanager
    def serving(self, api: Api, issuer: Issuer, folder: Path) -> Iterator[AwsServed]:
        rendered = self.rendered(api)
        bundles = unpacking.unpacked(api, self.name, folder)
        with ExitStack() as stack:
            running: dict[str, Running] = {}
            for resource in rendered.all("aws:lambda/function:Function"):
                made = running_on_awslambdaric(bundles[resource.name].folder, handler=resource.inputs["handler"])
                running[resource.logical_name] = stack.enter_context(made)

            def invoke(function: str, event: dict[str, Any]) -> Any:
                result = running[function].invoke(event)
                return None if isinstance(result, Failed) else result

            yield AwsServed(HttpApi(rendered, issuer, invoke), issuer)
