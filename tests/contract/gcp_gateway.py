"""Google's API Gateway, as far as Google describes it: made of the rendered config and rights, of nothing else.

https://cloud.google.com/api-gateway/docs/path-templating (which paths an operation takes),
openapi-overview and oasv2-extensions (x-google-*), authenticate-service-account (X-Apigateway-Api-Userinfo). It
is ESPv2 (github.com/GoogleCloudPlatform/esp-v2): its routes are tried in an order that is fixed when it starts
(src/go/util/httppattern: at each segment a literal, then one wildcard, then two), each with its method, all of them
before those that answer 405 (src/go/configgenerator/route_generator.go); what its filters do to headers is in
src/envoy/http/backend_auth/filter.cc and Envoy's jwt_authn.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from sls_infra.testing import Rendered
from tools.issuer import Issuer

from . import tokens
from .model import Answer, Call, GatewayError, Headers

Invoke = Callable[[str, str, str, Headers, bytes], Answer]
"""Calls a function, by its logical name: method, target, headers, body."""

USERINFO = "x-apigateway-api-userinfo"
FORWARDED = "x-forwarded-authorization"
GATEWAY_IP = "192.0.2.77"
SKEW = 60
"""Seconds by which Envoy lets clocks differ."""


class ApiGateway:
    """Routes, verifies, and calls the backend of the operation as somebody who may."""

    def __init__(self, rendered: Rendered, issuer: Issuer, invoke: Invoke) -> None:
        config = rendered.one("gcp:apigateway/apiConfig:ApiConfig").inputs
        contents = config["openapiDocuments"][0]["document"]["contents"]
        self.document: dict[str, Any] = json.loads(base64.b64decode(contents))
        self.url = rendered.outputs["url"]
        self._issuer = issuer
        self._invoke = invoke
        self._functions = [r.logical_name for r in rendered.all("gcp:cloudfunctionsv2/function:Function")]
        account = config["gatewayConfig"]["backendConfig"]["googleServiceAccount"]
        self._permitted = {
            self._function(member.inputs["service"].rpartition("/")[2])
            for member in rendered.all("gcp:cloudrun/iamMember:IamMember")
            if (member.inputs["role"], member.inputs["member"]) == ("roles/run.invoker", f"serviceAccount:{account}")
        }
        if self.document["swagger"] != "2.0" or self.document["x-google-allow"] != "configured":
            raise GatewayError("API Gateway serves what is configured in an OpenAPI 2.0 document")
        self.operations = sorted(self._imported(), key=lambda operation: operation[0])

    def call(self, call: Call, authorization: Headers) -> Answer:
        """The answer to a call; `authorization` are its headers, with its token."""
        headers = [(name.lower(), value) for name, value in authorization]
        known = False
        for _, template, method, operation in self.operations:
            if template.fullmatch(call.path):
                if method == call.method:
                    return self._operated(operation, call, headers)
                known = True
        if known:
            return _refusal(405, "The current request is matched to a path but its http method is not allowed")
        return _refusal(404, "The current request is not defined by this API.")

    def backend(self, id: str, otherwise: str) -> str:
        """The address of the backend of the route of that id. Where there is none: that of the route `otherwise`, with
        this id in its place, which no operation of the document would call."""
        known = [operation["x-google-backend"]["address"] for _, _, _, operation in self.operations]
        found: dict[str, str] = {address.rpartition("/")[2]: address for address in known}
        if id in found and id != "-":
            return found[id]
        return found[otherwise].rpartition("/")[0] + f"/{id}"

    def forward(self, address: str, call: Call, headers: Headers, claims: Mapping[str, Any] | None) -> Answer:
        """What the backend at that address answers: the path appended, the gateway's identity in Authorization."""
        parts = urlsplit(address)
        function = self._function(str(parts.hostname).partition(".")[0])
        if function not in self._permitted:
            return _refusal(403, "Your client does not have permission to get URL from this server.")
        sent = [("host", str(parts.hostname)), ("authorization", "Bearer the-gateways-own")]
        forwarded = [value for name, value in headers if name == "x-forwarded-for"]
        for name, value in headers:
            if name == "authorization":
                sent.append((FORWARDED, value))
            elif name not in ("host", "x-forwarded-for") and not (name == USERINFO and claims is not None):
                sent.append((name, value))
        sent.append(("x-forwarded-for", ",".join([*forwarded, call.client_ip, GATEWAY_IP])))
        sent += [("x-forwarded-proto", "https"), ("x-cloud-trace-context", "105445aa7843bc8bf206b12000100000/1;o=1")]
        if claims is not None:
            content = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
            sent.append((USERINFO, content))
        answer = self._invoke(function, call.method, parts.path + call.target, sent, call.body)
        return Answer(answer.status, answer.headers, b"" if call.method == "HEAD" else answer.body)

    def _operated(self, operation: Mapping[str, Any], call: Call, headers: Headers) -> Answer:
        claims = None
        if operation.get("security"):
            try:
                claims = self._authorize(operation["security"], headers)
            except tokens.Refused as reason:
                challenge = ("www-authenticate", f'Bearer realm="{self.url}{call.path}"')
                return _refusal(401, f"Jwt verification fails: {reason}", challenge)
        return self.forward(operation["x-google-backend"]["address"], call, headers, claims)

    def _authorize(self, security: Sequence[Mapping[str, Any]], headers: Headers) -> dict[str, Any]:
        """The claims of the token that the operation asks for. They need `sub`, too ("JSON Web Token (JWT) format")."""
        (name,) = (name for requirement in security for name in requirement)
        definition = self.document["securityDefinitions"][name]
        location = next(place for place in definition["x-google-jwt-locations"] if place["header"] == "Authorization")
        sent = next((value for header, value in headers if header == "authorization"), "")
        if not sent.startswith(location["value_prefix"]):
            raise tokens.Refused("Jwt is missing")
        known = (definition["x-google-issuer"], definition["x-google-audiences"].split(","))
        claims = tokens.verified(f"Bearer {sent[len(location['value_prefix']) :]}", self._issuer, [known], leeway=SKEW)
        if "sub" not in claims:
            raise tokens.Refused("the token has no sub")
        return claims

    def _imported(self) -> Iterator[tuple[tuple[int, ...], re.Pattern[str], str, dict[str, Any]]]:
        """Each operation: its place in the order, the paths that it takes, its method, itself."""
        seen = set()
        for path, item in self.document["paths"].items():
            declared = {parameter["name"] for parameter in item.get("parameters", ())}
            if declared != {name.partition("=")[0] for name in re.findall(r"\{([^}]*)\}", path)}:
                raise GatewayError(f"the parameters of {path} are not those that it declares")
            for method, operation in item.items():
                if method == "parameters":
                    continue
                backend, name = operation["x-google-backend"], operation["operationId"]
                uri = "{0.scheme}://{0.netloc}".format(urlsplit(backend["address"]))
                if backend["path_translation"] != "APPEND_PATH_TO_ADDRESS" or backend["jwt_audience"] != uri:
                    raise GatewayError(f"the function would not be called as its entry expects: {backend}")
                if name in seen or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) or not backend["deadline"]:
                    raise GatewayError(f"{name} is no operation that can be imported")
                self._function(str(urlsplit(uri).hostname).partition(".")[0])
                seen.add(name)
                yield order(path), pattern(path), method.upper(), operation

    def _function(self, physical: str) -> str:
        for name in sorted(self._functions, key=len, reverse=True):
            if physical.startswith(f"{name}-"):
                return name
        raise GatewayError(f"{physical} is no function that is rendered")


def order(path: str) -> tuple[int, ...]:
    return tuple(
        2 if segment.endswith("=**}") else 1 if segment.startswith("{") else 0 for segment in path.split("/")[1:]
    )


def pattern(path: str) -> re.Pattern[str]:
    """Of the raw path: an encoded slash is none. A path with a variable takes a slash at the end; ("Single wildcard
    matching") one without is said to take none, and is given both ways by ESPv2."""
    parts = []
    for segment in path.split("/")[1:]:
        wildcard = ".*" if segment.endswith("=**}") else "[^/]+" if segment.startswith("{") else None
        parts.append(wildcard or re.escape(segment))
    return re.compile("/" + "/".join(parts) + ("/?" if path != "/" else ""))


def _refusal(status: int, message: str, *headers: tuple[str, str]) -> Answer:
    """An answer of the gateway's own."""
    body = json.dumps({"code": status, "message": message}).encode()
    return Answer(status, (("content-type", "application/json"), *headers), body)
