"""An API Gateway REST API, as far as AWS describes it: made of the rendered document, stage, keys and plans alone.

https://docs.aws.amazon.com/apigateway/latest/developerguide/: "Set up Lambda proxy integrations", "Use API Gateway
Lambda authorizers" (a missing identity source is 401 without a call; its policy is kept by that source), "Gateway
response types", "API Gateway usage plans" (a key counts on the stages of its plans alone; without one 403, which the
gateway response makes another).
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import unquote

from sls_infra.testing import Rendered

from .aws_gateway import chosen
from .aws_rest_event import rest_event
from .aws_rest_limits import Limits
from .model import Answer, Call, GatewayError, Headers

ANY = "x-amazon-apigateway-any-method"
INTEGRATION = "x-amazon-apigateway-integration"
AUTHORIZER = "x-amazon-apigateway-authorizer"
RESPONSES = "x-amazon-apigateway-gateway-responses"
Invoke = Callable[[str, dict[str, Any]], Any]


class RestApi:
    """Routes, asks the authorizer or for a key, calls, and answers refusals by its gateway responses."""

    def __init__(self, rendered: Rendered, invoke: Invoke) -> None:
        api = rendered.one("aws:apigateway/restApi:RestApi")
        self.document: dict[str, Any] = json.loads(api.inputs["body"])
        if not api.inputs["failOnWarnings"] or api.inputs["binaryMediaTypes"] != ["*/*"]:
            raise GatewayError("an import would skip what it warns of, or bodies would come as text")
        self.url = rendered.outputs["url"]
        self.host = self.url.removeprefix("https://").partition("/")[0]
        self.stage = rendered.one("aws:apigateway/stage:Stage").inputs["stageName"]
        self._invoke = invoke
        self._functions = [resource.logical_name for resource in rendered.all("aws:lambda/function:Function")]
        permissions = rendered.all("aws:lambda/permission:Permission")
        self._permitted = {each.inputs["function"] for each in permissions}
        self._keys = _keys(rendered)
        self._limits = Limits(rendered, self.stage)
        self.routes = {
            f"{'ANY' if word == ANY else word.upper()} {path}": operation
            for path, item in self.document["paths"].items()
            for word, operation in item.items()
            if word != "parameters"
        }

    def call(self, call: Call, headers: Headers) -> Answer:
        """The answer to a call; `headers` are its own, with its token."""
        if (blocked := self._limits.blocked(call)) is not None:
            return blocked
        decoded = [unquote(part, errors="surrogateescape") for part in call.path.split("/")]
        key = chosen(self.routes, call.method, decoded)
        if key is None:
            return self.refusal("MISSING_AUTHENTICATION_TOKEN", headers)
        operation, path = self.routes[key], key.partition(" ")[2]
        authorizer, key_id = None, None
        for requirement in operation.get("security", []):
            for name in requirement:
                scheme = self.document["components"]["securitySchemes"][name]
                if AUTHORIZER in scheme:
                    found = self._authorized(scheme[AUTHORIZER], call, headers, path)
                    if isinstance(found, str):
                        return self.refusal(found, headers)
                    authorizer = found
                else:
                    key_id = self._key(scheme, headers)
                    if key_id is None:
                        return self.refusal("INVALID_API_KEY", headers)
        if (over := self._limits.refused(key, key_id)) is not None:
            return self.refusal(over, headers)
        function = self._function(operation[INTEGRATION]["uri"])
        event = rest_event(
            self.host, path, call, headers, authorizer=authorizer, key_id=key_id, stage=self.stage
        )  # fmt: skip
        result = self._invoke(function, json.loads(json.dumps(event)))
        if not isinstance(result, dict) or not isinstance(result.get("statusCode"), int):
            return self.refusal("DEFAULT_5XX", headers, 502)
        answered = [(name.lower(), value) for name, values in result["multiValueHeaders"].items() for value in values]
        text = "" if call.method == "HEAD" else result.get("body") or ""
        body = base64.b64decode(text) if result.get("isBase64Encoded") else text.encode()
        return Answer(result["statusCode"], tuple(answered), body)

    def refusal(self, kind: str, headers: Headers, status: int = 400) -> Answer:
        """What the gateway answers itself, by the response of that kind, or the default one."""
        responses = self.document[RESPONSES]
        known = responses.get(kind) or responses["DEFAULT_5XX" if status >= 500 else "DEFAULT_4XX"]
        prefix = "gatewayresponse.header."
        made = []
        for name, value in known.get("responseParameters", {}).items():
            if not name.startswith(prefix):
                raise GatewayError(f"{name} is no header of a gateway response")
            if value.startswith("'"):
                made.append((name.removeprefix(prefix), value.strip("'")))
            else:
                asked = value.removeprefix("method.request.header.").lower()
                made += [(name.removeprefix(prefix), got) for header, got in headers if header.lower() == asked]
        body = known["responseTemplates"]["application/json"].replace("$context.requestId", "c6af9ac6")
        json.loads(body)
        return Answer(int(known.get("statusCode", status)), tuple(made), body.encode())

    def _authorized(self, known: Mapping[str, Any], call: Call, headers: Headers, path: str) -> str | dict[str, Any]:
        """What the authorizer says of a call for its function, or the kind of refusal."""
        source = known["identitySource"].removeprefix("method.request.header.").lower()
        if known["type"] != "request":
            raise GatewayError(f"an authorizer of type {known['type']} sees one header alone")
        if not any(name.lower() == source and value for name, value in headers):
            return "UNAUTHORIZED"
        function = self._function(known["authorizerUri"])
        event = rest_event(self.host, path, call, headers, stage=self.stage)
        del event["body"], event["isBase64Encoded"]
        arn = f"arn:aws:execute-api:eu-west-1:123456789012:{self.host.partition('.')[0]}/{self.stage}"
        called = f"{arn}/{call.method}{call.path}"
        try:
            answer = self._invoke(function, {**event, "type": "REQUEST", "methodArn": called})
        except Exception:  # whatever an authorizer raises is a failure of its
            return "AUTHORIZER_FAILURE"
        (statement,) = answer["policyDocument"]["Statement"]
        resources = statement["Resource"]
        fits = any(fnmatchcase(called, each) for each in ([resources] if isinstance(resources, str) else resources))
        if statement["Effect"] != "Allow" or not fits:
            return "ACCESS_DENIED"
        if not all(isinstance(value, (str, int, float, bool)) for value in answer.get("context", {}).values()):
            return "AUTHORIZER_CONFIGURATION_ERROR"
        return {**answer.get("context", {}), "principalId": answer["principalId"], "integrationLatency": 1}

    def _key(self, scheme: Mapping[str, Any], headers: Headers) -> str | None:
        if scheme["name"] != "x-api-key" or self.document["x-amazon-apigateway-api-key-source"] != "HEADER":
            raise GatewayError("keys are looked for in x-api-key alone")
        sent = [value for name, value in headers if name.lower() == "x-api-key"]
        return self._keys.get(sent[0]) if len(sent) == 1 else None

    def _function(self, uri: str) -> str:
        physical = uri.partition("/functions/")[2].removesuffix("/invocations").split(":function:")[1].split(":")[0]
        logical = physical.rpartition("-")[0]
        if logical not in self._functions or physical not in self._permitted:
            raise GatewayError(f"{physical} is no function that this API may call")
        return logical


def _keys(rendered: Rendered) -> dict[str, str]:
    """Value → id, of the keys that some plan of this stage counts."""
    from sls_infra.testing.computed import aws

    made = {}
    for key in rendered.all("aws:apigateway/apiKey:ApiKey"):
        value = aws.of(key.type, key.logical_name, key.inputs)["value"]
        made[f"{key.logical_name}-id"] = value
    planned = {each.inputs["keyId"] for each in rendered.all("aws:apigateway/usagePlanKey:UsagePlanKey")}
    return {value: id for id, value in made.items() if id in planned and re.fullmatch(r".{20,128}", value)}
