"""Google Cloud: functions-framework behind what the rendered API config makes of a request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sls_infra.plan.model import Plan
from sls_infra.plan.names import route_id
from sls_infra.spec.api import Api
from tools.issuer import Issuer

from ..runtime.functions_framework import FunctionsFramework
from . import tokens, unpacking
from .gcp_gateway import ApiGateway
from .model import THIS, UNNAMED, Answer, Call, Headers, NameRule
from .target import ISSUER, Hosted

SUFFIX = "-0123abc"
ID = r"[a-z]([a-z0-9-]*[a-z0-9])?"
ACCOUNT = r"[a-z][a-z0-9-]{4,28}[a-z0-9]"
BUCKET = r"(?!goog)(?!.*g[o0]{2}g)[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]"
NAMES: Mapping[str, NameRule] = {
    "gcp:cloudfunctionsv2/function:Function": NameRule(49, ID, SUFFIX, source="Cloud Run: service_id"),
    "gcp:serviceaccount/account:Account": NameRule(
        30, r"[a-z][a-z0-9-]{4,28}[a-z0-9]", SUFFIX, source="IAM: accountId"
    ),
    "gcp:storage/bucket:Bucket": NameRule(63, BUCKET, SUFFIX, source="Cloud Storage: bucket names"),
    "gcp:storage/bucketObject:BucketObject": NameRule(1024, r"[^\r\n]+", input="name", source="Object names"),
    "gcp:apigateway/api:Api": NameRule(63, ID, input="apiId", source="API Gateway: API ID requirements"),
    "gcp:apigateway/apiConfig:ApiConfig": NameRule(63, ID, "0" * 26, "apiConfigIdPrefix", "API config ID requirements"),
    "gcp:apigateway/gateway:Gateway": NameRule(49, ID, input="gatewayId", source="Gateway ID requirements"),
    "gcp:cloudrun/iamMember:IamMember": UNNAMED,
    "gcp:projects/service:Service": UNNAMED,
}
"""Type of resource → what it may be called."""


class GcpServed:
    """The functions' processes, and the gateway in front."""

    def __init__(self, gateway: ApiGateway, issuer: Issuer, plan: Plan) -> None:
        self.url = gateway.url
        self._gateway = gateway
        self._issuer = issuer
        self._ids = {route.key: route.id for route in plan.routes}

    def call(self, call: Call) -> Answer:
        return self._gateway.call(call, tokens.authorized(call, self._issuer, ISSUER))

    def forced(self, route: str, call: Call) -> Answer:
        headers = [(name.lower(), value) for name, value in tokens.authorized(call, self._issuer, ISSUER)]
        claims = None if call.claims is None else tokens.payload(headers[-1][1])
        id = self._ids.get(route) or (route_id(*route.split(" ", 1)) if route else "-")
        return self._gateway.forward(self._gateway.backend(id, next(iter(self._ids.values()))), call, headers, claims)


class Gcp(Hosted):
    """Cloud Run functions behind API Gateway."""

    name = "gcp"
    python = THIS
    names = NAMES

    @contextmanager
    def serving(self, api: Api, issuer: Issuer, folder: Path) -> Iterator[GcpServed]:
        rendered = self.rendered(api)
        bundles = unpacking.unpacked(api, self.name, folder)
        with ExitStack() as stack:
            running: dict[str, FunctionsFramework] = {}
            for resource in rendered.all("gcp:cloudfunctionsv2/function:Function"):
                build = resource.inputs["buildConfig"]
                source = build["environmentVariables"]["GOOGLE_FUNCTION_SOURCE"]
                made = FunctionsFramework(
                    bundles[resource.name].folder,
                    source=source,
                    target=build["entryPoint"],
                    env=resource.inputs["serviceConfig"]["environmentVariables"],
                )
                running[resource.logical_name] = stack.enter_context(made)

            def invoke(function: str, method: str, target: str, headers: Headers, body: bytes) -> Answer:
                framed = body if body or method in ("POST", "PUT", "PATCH") else None
                status, answered, content = running[function].call(method, target, headers, framed)
                return Answer(status, tuple(answered), content)

            yield GcpServed(ApiGateway(rendered, issuer, invoke), issuer, self.planned(api))
