"""Each front: the stand-in of its gateway, made of what is rendered, before the functions in this process."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sls_infra.plan import check
from sls_infra.plan.capabilities import Capabilities
from sls_infra.plan.model import Plan
from sls_infra.providers import registry
from sls_infra.spec.api import Api
from sls_infra.spec.targets import Target
from sls_infra.testing import Rendered, render
from tools.issuer import Issuer

from ...providers.gcp.balancing import rule_of, service_of
from .. import tokens, wire
from ..aws_gateway import HttpApi
from ..aws_rest_gateway import RestApi
from ..azure_gateway import ApiManagement
from ..gcp_gateway import ApiGateway
from ..local_stack import deployed
from ..model import Answer, Call, Headers
from ..target import ISSUER
from .functions import Functions
from .hosts import on_azure, on_cloud_run, on_lambda
from .verifier import verifiers

CODE = Path(__file__).parents[1] / "known"


@dataclass(frozen=True)
class Front:
    """A column of the table."""

    capabilities: Capabilities

    @property
    def name(self) -> str:
        return f"{self.cloud}-{self.capabilities.front_name}".rstrip("-")

    @property
    def cloud(self) -> str:
        return self.capabilities.target

    @property
    def target(self) -> Target:
        """The target's options that force it."""
        kind: Any = registry.TARGETS[self.cloud]
        return kind(front=self.capabilities.front_name) if self.capabilities.front_name else kind()  # type: ignore[no-any-return]

    def problems(self, api: Api) -> list[str]:
        """What it refuses of an Api."""
        return [f"{problem.message} ({problem.fix})" for problem in check.look(api, self.capabilities)[1]]

    def issuer(self, issuer: Issuer) -> str:
        """The `iss` that an Api may name there."""
        return issuer.url if self.cloud == "local" else ISSUER


FRONTS = [Front(front) for target in registry.BUILT for front in registry.fronts(target)]


@dataclass(frozen=True)
class Served:
    """An Api, answering."""

    front: Front
    rendered: Rendered
    keys: Mapping[str, str]
    """Client → its key."""
    issuer: Issuer
    paths: frozenset[str]
    """Of its routes."""
    send: Callable[[Call, Headers], Answer]

    @property
    def url(self) -> str:
        """Its address."""
        return str(self.rendered.outputs["url"])

    def call(self, call: Call) -> Answer:
        """What a caller gets."""
        return self.send(call, tokens.authorized(call, self.issuer, self.front.issuer(self.issuer)))


@contextmanager
def serving(
    front: Front, api: Api, issuer: Issuer, folder: Path, config: Mapping[str, str] | None = None
) -> Iterator[Served]:
    """The Api behind that front. `config`: of Pulumi."""
    plan, _ = check.fitting(api, registry.fronts(front.cloud), front.capabilities.front_name or None)
    rendered = render(api, front.target, config=config)
    paths = frozenset(route.path for route in plan.routes)
    with ExitStack() as stack:
        if front.cloud == "local":
            made = stack.enter_context(deployed(plan, rendered, folder))
            host, _, port = made.url.removeprefix("http://").partition(":")

            def over_tcp(call: Call, headers: Headers) -> Answer:
                sent = [("host", f"{host}:{port}"), *headers]
                return wire.send(int(port), call.method, call.target, sent, call.body, source=call.client_ip)

            yield Served(front, rendered, made.keys, issuer, paths, over_tcp)
            return
        for code in {str(function.code) for function in plan.functions}:
            sys.path.insert(0, code)
            stack.callback(sys.path.remove, code)
        functions = Functions(front.cloud, front.capabilities, plan, rendered)
        stack.callback(functions.close)
        send = HOSTED[front.name](functions, plan, rendered, issuer, folder)
        yield Served(front, rendered, rendered.outputs["api_keys"], issuer, paths, send)


Send = Callable[[Call, Headers], Answer]


def _aws_http(functions: Functions, plan: Plan, rendered: Rendered, issuer: Issuer, folder: Path) -> Send:
    return HttpApi(rendered, issuer, lambda function, event: on_lambda(functions, function, event)).call


def _aws_rest(functions: Functions, plan: Plan, rendered: Rendered, issuer: Issuer, folder: Path) -> Send:
    verifying = verifiers(plan, rendered, folder)

    def invoke(function: str, event: dict[str, Any]) -> Any:
        if function in verifying:
            return verifying[function](event, None)  # type: ignore[call-arg]
        return on_lambda(functions, function, event)

    return RestApi(rendered, invoke).call


def _azure(functions: Functions, plan: Plan, rendered: Rendered, issuer: Issuer, folder: Path) -> Send:
    def invoke(host: str, method: str, target: str, headers: Headers, body: bytes) -> Answer:
        return on_azure(functions, host, method, target, headers, body)

    return ApiManagement(rendered, issuer, ISSUER, invoke).call


def _gcp_gateway(functions: Functions, plan: Plan, rendered: Rendered, issuer: Issuer, folder: Path) -> Send:
    def invoke(function: str, method: str, target: str, headers: Headers, body: bytes) -> Answer:
        return on_cloud_run(functions, function, method, target, headers, body)

    return ApiGateway(rendered, issuer, invoke).call


def _gcp_balanced(functions: Functions, plan: Plan, rendered: Rendered, issuer: Issuer, folder: Path) -> Send:
    url_map = rendered.one("gcp:compute/uRLMap:URLMap").inputs
    policies = [resource.inputs for resource in rendered.all("gcp:compute/securityPolicy:SecurityPolicy")]
    counted: dict[tuple[int, str], int] = {}

    def send(call: Call, headers: Headers) -> Answer:
        for policy in policies:
            rule = rule_of(policy, call.method, call.path)
            if rule["action"] == "throttle":
                options = rule["rateLimitOptions"]
                who = (rule["priority"], call.client_ip if options["enforceOnKey"] == "IP" else "")
                counted[who] = counted.get(who, 0) + 1
                if counted[who] > options["rateLimitThreshold"]["count"]:
                    return Answer(int(options["exceedAction"].partition("(")[2].strip(")")), (), b"")
            elif rule["action"] != "allow":
                return Answer(int(rule["action"].partition("(")[2].strip(")")), (), b"")
        service = service_of(url_map, call.method, call.path)
        said = [value for name, value in headers if name.lower() == "x-forwarded-for"]
        own = [("x-forwarded-for", ",".join([*said, call.client_ip, "192.0.2.77"])), ("host", "api.example.com")]
        own.append(("x-cloud-trace-context", "105445aa7843bc8bf206b12000100000/1;o=1"))
        passed = ((name.lower(), value) for name, value in headers)
        sent = [*(header for header in passed if header[0] not in ("host", "x-forwarded-for")), *own]
        answer = on_cloud_run(functions, service, call.method, call.target, sent, call.body)
        return Answer(answer.status, answer.headers, b"" if call.method == "HEAD" else answer.body)

    return send


HOSTED: Mapping[str, Callable[[Functions, Plan, Rendered, Issuer, Path], Send]] = {
    "aws-http": _aws_http,
    "aws-rest": _aws_rest,
    "azure-consumption": _azure,
    "azure-basic-v2": _azure,
    "gcp-gateway": _gcp_gateway,
    "gcp-load-balancer": _gcp_balanced,
}
