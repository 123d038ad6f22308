"""Mistakes in what is rendered for a REST API are noticed by its stand-in, and limits are counted as AWS says."""

from __future__ import annotations

from typing import Any

import pytest

from sls_infra import Api, ApiKey, Aws, Function, Jwt, Public, Quota, RateLimit, Route
from sls_infra.testing import Rendered, render

from .aws_rest_gateway import RestApi
from .fronts.served import CODE
from .model import Answer, Call, GatewayError
from .target import ISSUER
from .test_mistakes import Change, at, changed, gone, within
from .tokens import AUDIENCE

REST = "aws:apigateway/restApi:RestApi"
ANSWER: dict[str, Any] = {"statusCode": 200, "multiValueHeaders": {}, "body": "", "isBase64Encoded": False}
ARN = "arn:aws:execute-api:eu-west-1:123456789012:ways0123/live"
SCHEME = ("components", "securitySchemes", "jwt", "x-amazon-apigateway-authorizer")


@pytest.fixture(scope="module")
def rendered() -> Rendered:
    shop = Function("shop", code=CODE, handler="known:show")
    key = ApiKey(clients={"mobile": [RateLimit(1, burst=2), Quota(3, per="day")], "web": []})
    routes = [
        Route("GET", "/jwt", shop, auth=Jwt(issuer=ISSUER, audience=AUDIENCE)),
        Route("GET", "/key", shop, auth=key),
        Route("GET", "/open", shop, auth=Public(), rate_limit=RateLimit(1, burst=2)),
    ]
    return render(Api("ways", routes=routes), Aws(front="rest"))


def call(rendered: Rendered, target: str, key: str = "", policy: Any = None) -> Answer:
    return calls(rendered, target, key, policy)[0]


def calls(rendered: Rendered, target: str, key: str = "", policy: Any = None, times: int = 1) -> list[Answer]:
    """The gateway's answers, with functions that let everybody in."""
    allowed = {"Effect": "Allow", "Resource": [f"{ARN}/*"]} if policy is None else policy

    def invoke(function: str, event: dict[str, Any]) -> Any:
        if event.get("type") != "REQUEST":
            return ANSWER
        return {"principalId": "ann", "policyDocument": {"Statement": [allowed]}, "context": {"token": "x"}}

    gateway = RestApi(rendered, invoke)
    headers = [("authorization", "Bearer x"), *([("x-api-key", key)] if key else [])]
    return [gateway.call(Call("GET", target, headers), headers) for _ in range(times)]


def test_what_is_right_is_served(rendered: Rendered) -> None:
    keys = rendered.outputs["api_keys"]
    for target, key in (("/jwt", ""), ("/key", keys["mobile"]), ("/key", keys["web"]), ("/open", "")):
        assert call(rendered, target, key).status == 200


@pytest.mark.parametrize(
    ("type", "change"),
    [
        (REST, at("failOnWarnings", value=False)),
        (REST, at("binaryMediaTypes", value=[])),
        (REST, within("body", at(*SCHEME, "type", value="token"))),
        ("aws:lambda/permission:Permission", gone),
        ("aws:lambda/permission:Permission", at("function", value="another-0123abc")),
    ],
)
def test_what_could_not_be_called_is_noticed(rendered: Rendered, type: str, change: Change) -> None:
    with pytest.raises(GatewayError):
        call(changed(rendered, type, change), "/jwt")


def test_a_key_of_no_plan_is_none(rendered: Rendered) -> None:
    key = rendered.outputs["api_keys"]["mobile"]
    assert call(changed(rendered, "aws:apigateway/usagePlanKey:UsagePlanKey", gone), "/key", key).status == 401


@pytest.mark.parametrize(
    "policy",
    [
        {"Effect": "Deny", "Resource": [f"{ARN}/*"]},
        {"Effect": "Allow", "Resource": [f"{ARN}/POST/*"]},
        {"Effect": "Allow", "Resource": f"{ARN.replace('live', 'other')}/*"},
    ],
)
def test_a_policy_that_does_not_allow_the_call_refuses_it(rendered: Rendered, policy: Any) -> None:
    assert call(rendered, "/jwt", policy=policy).status == 401


def test_a_refusal_without_its_gateway_response_is_not_ours(rendered: Rendered) -> None:
    def nothing_said(document: dict[str, Any]) -> None:
        del document["x-amazon-apigateway-gateway-responses"]["ACCESS_DENIED"]

    denied = {"Effect": "Deny", "Resource": [f"{ARN}/*"]}
    assert call(changed(rendered, REST, within("body", nothing_said)), "/jwt", policy=denied).status != 401


def test_limits_are_counted(rendered: Rendered) -> None:
    assert [answer.status for answer in calls(rendered, "/open", times=4)] == [200, 200, 429, 429]
    key = rendered.outputs["api_keys"]["mobile"]
    assert [answer.status for answer in calls(rendered, "/key", key, times=4)] == [200, 200, 429, 429]
    unthrottled = changed(
        rendered, "aws:apigateway/usagePlan:UsagePlan", lambda inputs: inputs.pop("throttleSettings", None)
    )
    assert [answer.status for answer in calls(unthrottled, "/key", key, times=5)] == [200, 200, 200, 429, 429]
    other = rendered.outputs["api_keys"]["web"]
    assert [answer.status for answer in calls(rendered, "/key", other, times=9)] == [200] * 9


def test_without_its_settings_a_limit_is_none(rendered: Rendered) -> None:
    unset = changed(rendered, "aws:apigateway/methodSettings:MethodSettings", gone)
    assert [answer.status for answer in calls(unset, "/open", times=9)] == [200] * 9
