"""An API Gateway HTTP API, as far as AWS describes it: made of the rendered document and stage, of nothing else.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html (which route is chosen),
http-api-develop-integrations-lambda.html (payload format 2.0), http-api-cors.html, http-api-jwt-authorizer.html,
http-api-open-api.html (what an import takes). The event's shape is that of tests/events/aws/http-api-captured.json.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from sls_infra.testing import Rendered, RenderedResource
from tools.issuer import Issuer

from . import tokens
from .model import Answer, Call, GatewayError, Headers

Invoke = Callable[[str, dict[str, Any]], Any]
"""Calls a function, by its logical name, with an event."""

ANY = "x-amazon-apigateway-any-method"
INTEGRATION = "x-amazon-apigateway-integration"
AUTHORIZER = "x-amazon-apigateway-authorizer"
TEXT = ("text/", "application/json", "application/xml", "application/javascript")
"""Bodies of these types come as text, all others in base64."""


class HttpApi:
    """Routes, verifies, calls, and adds CORS headers."""

    def __init__(self, rendered: Rendered, issuer: Issuer, invoke: Invoke) -> None:
        api = rendered.one("aws:apigatewayv2/api:Api")
        self.document: dict[str, Any] = json.loads(api.inputs["body"])
        self.cors: Mapping[str, Any] | None = api.inputs.get("corsConfiguration")
        self.host = rendered.outputs["url"].removeprefix("https://")
        self._issuer = issuer
        self._invoke = invoke
        self._functions = [r.logical_name for r in rendered.all("aws:lambda/function:Function")]
        self._permitted = {_called(r.inputs["function"]) for r in rendered.all("aws:lambda/permission:Permission")}
        stage = rendered.one("aws:apigatewayv2/stage:Stage")
        _check_stage(stage)
        settings = stage.inputs.get("routeSettings") or ()
        self._left = {each["routeKey"]: int(each["throttlingBurstLimit"]) for each in settings}
        """Calls left of each throttled route, as if no time passed."""
        self.routes = dict(self._imported())

    def call(self, call: Call, authorization: Headers) -> Answer:
        """The answer to a call; `authorization` are its headers, with its token."""
        headers = [(name.lower(), value) for name, value in authorization]
        whole = unquote(call.path, errors="surrogateescape").split("/")
        parts = [unquote(part, errors="surrogateescape") for part in call.path.split("/")]
        answer = self._routed(chosen(self.routes, call.method, whole), call, headers)
        if whole != parts:  # AWS does not say whether it takes the path apart before or after decoding it
            other = self._routed(chosen(self.routes, call.method, parts), call, headers)
            if other.status != answer.status:
                raise GatewayError(f"the answer depends on what AWS does not say: {answer} or {other}")
        return answer

    def _routed(self, key: str | None, call: Call, headers: Headers) -> Answer:
        origin = next((value for name, value in headers if name == "origin"), None)
        if key is None:
            asked = any(name == "access-control-request-method" for name, _ in headers)
            if self.cors is not None and call.method == "OPTIONS" and origin and asked:
                return Answer(204, tuple(self._preflight(origin)), b"")
            return _message(404, "Not Found")
        operation = self.routes[key]
        if key in self._left:
            self._left[key] -= 1
            if self._left[key] < 0:
                return _message(429, "Too Many Requests")
        authorizer = None
        if operation.get("security"):
            try:
                authorizer = self._authorize(operation["security"], headers)
            except tokens.Refused as reason:
                challenge = f'Bearer scope="" error="invalid_token" error_description="{reason}"'
                return _message(401, "Unauthorized", ("www-authenticate", challenge))
        answer = self.integrate(key, call, headers, authorizer)
        preflight = call.method == "OPTIONS" and any(name == "access-control-request-method" for name, _ in headers)
        return self._shared(answer, origin, preflight)

    def integrate(self, key: str, call: Call, headers: Headers, authorizer: Mapping[str, Any] | None) -> Answer:
        """The function's answer, given to the caller as payload format 2.0 has it."""
        function = self._function(self.routes[key] if key in self.routes else next(iter(self.routes.values())))
        if function not in self._permitted:
            return _message(500, "Internal Server Error")
        result = self._invoke(function, self.event(key, call, headers, authorizer))
        if not isinstance(result, dict) or not isinstance(result.get("statusCode"), int):
            return _message(500, "Internal Server Error")
        body = result.get("body") or ""
        content = base64.b64decode(body) if result.get("isBase64Encoded") else body.encode()
        answered = [(name.lower(), str(value)) for name, value in (result.get("headers") or {}).items()]
        answered += [("set-cookie", cookie) for cookie in result.get("cookies") or ()]
        answered.append(("apigw-requestid", "JKJaXmPLvHcESHA="))
        return Answer(result["statusCode"], tuple(answered), b"" if call.method == "HEAD" else content)

    def event(
        self, key: str, call: Call, headers: Headers, authorizer: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """What the function is called with."""
        return http_event(self.host, key, call, headers, authorizer)

    def _imported(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Each route of the document with its operation. What an import would warn of fails: `failOnWarnings`."""
        for path, item in self.document["paths"].items():
            for word, operation in item.items():
                if word == "parameters":
                    continue
                for requirement in operation.get("security", []):
                    for name in requirement:
                        _jwt(self.document["components"]["securitySchemes"][name])
                self._function(operation)
                yield f"{'ANY' if word == ANY else word.upper()} {path}", operation

    def _function(self, operation: Mapping[str, Any]) -> str:
        """The function behind an operation, through the reference to its integration."""
        found: Any = self.document
        for part in operation[INTEGRATION]["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        if (found["type"], found["payloadFormatVersion"], found["httpMethod"]) != ("AWS_PROXY", "2.0", "POST"):
            raise GatewayError(f"the integration is not what the function's entry reads: {found}")
        arn = found["uri"].partition("/functions/")[2].removesuffix("/invocations")
        function = _called(arn.split(":function:")[1].split(":")[0])
        if function not in self._functions:
            raise GatewayError(f"{arn} is no function that is rendered")
        return function

    def _authorize(self, security: Sequence[Mapping[str, Any]], headers: Headers) -> dict[str, Any]:
        schemes = self.document["components"]["securitySchemes"]
        known = [_jwt(schemes[name]) for requirement in security for name in requirement]
        sent = next((value for name, value in headers if name == "authorization"), None)
        claims = tokens.verified(sent, self._issuer, known)
        return {"jwt": {"claims": {name: _text(value) for name, value in claims.items()}, "scopes": None}}

    def _preflight(self, origin: str) -> list[tuple[str, str]]:
        cors = self.cors or {}
        headers = self._actual(origin)
        if headers:
            for name, key in (("methods", "allowMethods"), ("headers", "allowHeaders")):
                if cors.get(key):
                    headers.append((f"access-control-allow-{name}", ",".join(cors[key])))
            if cors.get("maxAge") is not None:
                headers.append(("access-control-max-age", str(cors["maxAge"])))
        return headers

    def _actual(self, origin: str | None) -> list[tuple[str, str]]:
        cors = self.cors or {}
        allowed = cors.get("allowOrigins") or ()
        if origin is None or not ("*" in allowed or origin in allowed):
            return []
        headers = [("access-control-allow-origin", "*" if "*" in allowed else origin)]
        if cors.get("allowCredentials"):
            headers.append(("access-control-allow-credentials", "true"))
        if cors.get("exposeHeaders"):
            headers.append(("access-control-expose-headers", ",".join(cors["exposeHeaders"])))
        return headers

    def _shared(self, answer: Answer, origin: str | None, preflight: bool) -> Answer:
        """With the configured CORS headers, and without the function's own."""
        if self.cors is None:
            return answer
        kept = [header for header in answer.headers if not header[0].startswith("access-control-")]
        ours = self._preflight(origin or "") if preflight else self._actual(origin)
        return Answer(answer.status, (*kept, *ours), answer.body)


def http_event(
    host: str, key: str, call: Call, headers: Headers, authorizer: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Payload format 2.0: paths and parameters decoded, repeated headers joined, cookies apart."""
    path = unquote(call.path, errors="surrogateescape")
    joined: dict[str, str] = {"host": host, "x-forwarded-proto": "https", "x-forwarded-port": "443"}
    for name, value in [*headers, ("x-forwarded-for", call.client_ip)]:
        joined[name] = f"{joined[name]},{value}" if name in joined and name != "host" else value
    cookies = joined.pop("cookie", None)
    body, encoded = _body(call.body, joined)
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": key,
        "rawPath": path,
        "rawQueryString": call.query,
        "headers": joined,
        "queryStringParameters": None,
        "pathParameters": _parameters(key.partition(" ")[2], path),
        "requestContext": {
            "accountId": "123456789012",
            "domainName": host,
            "http": {"method": call.method, "path": path, "protocol": "HTTP/1.1", "sourceIp": call.client_ip},
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": key,
            "stage": "$default",
        },
        "isBase64Encoded": encoded,
    }
    if cookies is not None:
        event["cookies"] = cookies.split("; ")
    if body is not None:
        event["body"] = body
    if authorizer is not None:
        event["requestContext"]["authorizer"] = authorizer
    return event


def chosen(routes: Iterable[str], method: str, path: list[str]) -> str | None:
    """The route of a path in parts, the first one empty: the most specific ("Routing API requests"). One without a
    greedy variable is before one with; of these, a literal segment before a variable, the method before ANY."""
    fitting = []
    for key in routes:
        route_method, _, route_path = key.partition(" ")
        rank = _rank(route_path, path) if route_path else None
        if rank is not None and route_method in (method, "ANY"):
            fitting.append((rank, route_method == "ANY", key))
    return min(fitting)[2] if fitting else None


def _check_stage(stage: RenderedResource) -> None:
    settings = stage.inputs["defaultRouteSettings"]
    if stage.inputs["name"] != "$default" or not stage.inputs["autoDeploy"] or not settings["throttlingRateLimit"]:
        raise GatewayError(f"this stage serves nothing at the root of the API: {stage}")


def _jwt(scheme: Mapping[str, Any]) -> tuple[str, Sequence[str]]:
    authorizer = scheme[AUTHORIZER]
    if authorizer["type"] != "jwt" or authorizer["identitySource"] != "$request.header.Authorization":
        raise GatewayError(f"this authorizer is none that verifies tokens: {authorizer}")
    return authorizer["jwtConfiguration"]["issuer"], authorizer["jwtConfiguration"]["audience"]


def _called(physical: str) -> str:
    """The logical name of what was given a random suffix."""
    return physical.rpartition("-")[0]


def _rank(route: str, path: list[str]) -> tuple[bool, tuple[int, ...], int] | None:
    """How specific a route is for a path, less being more; None where it does not take it."""
    wanted, given = route.split("/")[1:], path[1:]
    greedy = wanted[-1].endswith("+}")
    if len(given) < len(wanted) if greedy else len(given) != len(wanted):
        return None
    if any(not part for part in (given[: len(wanted)] if greedy else ())):
        return None
    kinds = []
    for want, have in zip(wanted, given, strict=False):
        variable = want.startswith("{")
        if not have if variable else want != have:
            return None
        kinds.append(2 if want.endswith("+}") else int(variable))
    return greedy, tuple(kinds), -len(wanted)


def _parameters(route: str, path: str) -> dict[str, str] | None:
    wanted, given = route.split("/")[1:], path.split("/")[1:]
    found = {}
    for index, want in enumerate(wanted):
        if want.startswith("{"):
            found[want.strip("{}").rstrip("+")] = (
                "/".join(given[index:]) if "+}" in want else "".join(given[index:][:1])
            )
    return found or None


def _body(body: bytes, headers: Mapping[str, str]) -> tuple[str | None, bool]:
    if not body:
        return None, False
    if headers.get("content-type", "text/plain").startswith(TEXT):
        try:
            return body.decode(), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(body).decode(), True


def _text(claim: object) -> str:
    """A claim as authorizers pass it on: always a string, lists and objects as Go prints them."""
    if isinstance(claim, bool):
        return str(claim).lower()
    if isinstance(claim, list):
        return f"[{' '.join(map(_text, claim))}]"
    if isinstance(claim, dict):
        return f"map[{' '.join(f'{name}:{_text(value)}' for name, value in sorted(claim.items()))}]"
    return "<nil>" if claim is None else str(claim)


def _message(status: int, message: str, *headers: tuple[str, str]) -> Answer:
    """An answer of the gateway's own."""
    body = json.dumps({"message": message}).encode()
    return Answer(status, (("content-type", "application/json"), *headers), body)
