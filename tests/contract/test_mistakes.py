"""Mistakes in what is rendered are noticed: each of these documents would serve otherwise than the cases expect."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from sls_infra.testing import Rendered
from tools.issuer import Issuer

from . import apis, aws_gateway, azure_gateway, gcp_gateway, tokens
from .clouds import CLOUDS
from .model import Answer, Call, GatewayError
from .target import ISSUER

Change = Callable[[dict[str, Any]], None]


def changed(rendered: Rendered, type: str, change: Change) -> Rendered:
    """With other inputs of the resources of a type; none of them where the change raises KeyError."""
    resources = []
    for resource in rendered.resources:
        inputs = copy.deepcopy(dict(resource.inputs))
        if resource.type == type:
            try:
                change(inputs)
            except KeyError:
                continue
        resources.append(replace(resource, inputs=inputs))
    return Rendered(resources, rendered.outputs)


def gone(inputs: dict[str, Any]) -> None:
    raise KeyError


def within(key: str, change: Change, encoded: bool = False) -> Change:
    """The change, made inside a JSON text."""

    def deeper(inputs: dict[str, Any]) -> None:
        holder = inputs["openapiDocuments"][0]["document"] if encoded else inputs
        content = json.loads(base64.b64decode(holder[key]) if encoded else holder[key])
        change(content)
        text = json.dumps(content)
        holder[key] = base64.b64encode(text.encode()).decode() if encoded else text

    return deeper


def at(*path: str, value: Any) -> Change:
    """Sets what is there to another value."""

    def change(content: dict[str, Any]) -> None:
        for name in path[:-1]:
            content = content[name]
        assert path[-1] in content
        content[path[-1]] = value

    return change


def replaced(key: str, old: str, new: str) -> Change:
    def change(inputs: dict[str, Any]) -> None:
        assert old in inputs[key]
        inputs[key] = inputs[key].replace(old, new)

    return change


API, PERMISSION = "aws:apigatewayv2/api:Api", "aws:lambda/permission:Permission"
CONFIG, MEMBER = "gcp:apigateway/apiConfig:ApiConfig", "gcp:cloudrun/iamMember:IamMember"
APIM = "azure-native:apimanagement"
JWT = ("components", "securitySchemes", "jwt", "x-amazon-apigateway-authorizer", "jwtConfiguration")
ME = ("paths", "/me", "get")
BACKEND = (*ME, "x-google-backend")
AUDIENCES = ("securityDefinitions", "jwt", "x-google-audiences")


def aws(*path: str, value: Any) -> tuple[str, str, Change]:
    return "aws", API, within("body", at(*path, value=value))


def gcp(*path: str, value: Any) -> tuple[str, str, Change]:
    return "gcp", CONFIG, within("contents", at(*path, value=value), encoded=True)


def azure(type: str, change: Change) -> tuple[str, str, Change]:
    return "azure", f"{APIM}:{type}", change


MISTAKES: dict[str, tuple[tuple[str, str, Change], int | None]] = {
    "aws: none": (("aws", API, within("body", lambda body: None)), 200),
    "aws: no permission": (("aws", PERMISSION, gone), 500),
    "aws: another audience": (aws(*JWT, "audience", value=["x"]), 401),
    "aws: another issuer": (aws(*JWT, "issuer", value="https://x/"), 401),
    "aws: an authorizer that is not there": (aws(*ME, "security", value=[{"x": []}]), None),
    "aws: a route that is not there": (aws("paths", "/me", value={}), 404),
    "gcp: none": (gcp("swagger", value="2.0"), 200),
    "gcp: no right to call": (("gcp", MEMBER, gone), 403),
    "gcp: another audience": (gcp(*AUDIENCES, value="x"), 401),
    "gcp: a constant address": (gcp(*BACKEND, "path_translation", value="CONSTANT_ADDRESS"), None),
    "gcp: no audience of the function": (gcp(*BACKEND, "jwt_audience", value=""), None),
    "azure: none": (azure("ApiPolicy", replaced("value", "policies", "policies")), 200),
    "azure: another audience": (azure("ApiPolicy", replaced("value", ">contract<", ">x<")), 401),
    "azure: an unknown statement": (azure("ApiPolicy", replaced("value", "validate-jwt", "validate-it")), None),
    "azure: keys from elsewhere": (azure("ApiPolicy", replaced("value", "/.well-known/", "/other/")), None),
    "azure: an id that would be normalised": (azure("Api", replaced("value", '"open-', '"Open-')), None),
    "azure: a key that is no secret": (azure("NamedValue", at("secret", value=False)), None),
    "azure: no backend": (azure("Backend", gone), 500),
}
"""What is wrong → the target, the type of resource and its change; the status, or None where it could not be served."""


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_what_is_rendered_is_noticed(name: str) -> None:
    (target, type, change), status = MISTAKES[name]
    issuer = Issuer()
    issuer.close()
    cloud = next(cloud for cloud in CLOUDS if cloud.name == target)
    rendered = changed(cloud.rendered(apis.shop(ISSUER)), type, change)
    call = Call("GET", "/me", claims={"sub": "ann"})
    if status is None:
        with pytest.raises((GatewayError, KeyError)):
            answer_of(target, rendered, issuer, call)
    else:
        assert answer_of(target, rendered, issuer, call).status == status


def answer_of(target: str, rendered: Rendered, issuer: Issuer, call: Call) -> Answer:
    """What the gateway makes of a call before functions that answer 200 to everything."""
    headers = tokens.authorized(call, issuer, ISSUER)

    def answers(*asked: object) -> Answer:
        return Answer(200, (), b"")

    def result(function: str, event: Mapping[str, Any]) -> dict[str, Any]:
        return {"statusCode": 200}

    if target == "aws":
        return aws_gateway.HttpApi(rendered, issuer, result).call(call, headers)
    if target == "gcp":
        return gcp_gateway.ApiGateway(rendered, issuer, answers).call(call, headers)
    return azure_gateway.ApiManagement(rendered, issuer, ISSUER, answers).call(call, headers)
