"""No way around the gateway: read from what is rendered, for both fronts and what stands behind them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sls_infra import Api, Aws, Custom, Domain, Jwt, Public, Route
from sls_infra.testing import render
from sls_infra.testing.rendered import Rendered

from .specs import HOOK, TOKEN, everything, shop


def light(folder: Path, **more: Any) -> Api:
    own, gate = shop(folder), shop(folder, "gate")
    routes = [
        Route("GET", "/orders/{id}", own),
        Route("POST", "/hook", own, auth=HOOK),
        Route("GET", "/mine", own, auth=Custom(gate)),
        Route("GET", "/either", own, auth=[TOKEN, Public()]),
    ]
    return Api("orders", auth=TOKEN, routes=routes, **more)


CASES = [(light, "apigatewayv2/api:Api"), (everything, "apigateway/restApi:RestApi")]


@pytest.mark.parametrize(("make", "front"), CASES)
def test_nothing_but_this_api_may_call_a_function(tmp_path: Path, make: Any, front: str) -> None:
    stack = render(make(tmp_path), "aws")
    execution = stack.outputs["url"].split("//")[1].split(".")[0]
    permitted = {}
    for permission in stack.all("aws:lambda/permission:Permission"):
        inputs = permission.inputs
        assert inputs["action"] == "lambda:InvokeFunction"
        assert inputs["principal"] == "apigateway.amazonaws.com"
        assert inputs["sourceArn"] == f"arn:aws:execute-api:eu-west-1:123456789012:{execution}/*"
        assert "functionUrlAuthType" not in inputs
        permitted[permission.name] = inputs["function"]
    routed = {"shop", "jwt-authorizer"} if "Rest" in front else {"shop"}
    assert set(permitted) == routed, "the function that decides for others is called by them, and by no gateway"
    assert stack.all("FunctionUrl") == []
    assert not [each for each in stack.resources if "eventSource" in each.type or "InvokeConfig" in each.type]
    assert len(stack.all(front)) == 1


@pytest.mark.parametrize(("make", "front"), CASES)
def test_the_one_that_asks_an_authorizer_may_call_that_one_and_nothing_else(
    tmp_path: Path, make: Any, front: str
) -> None:
    stack = render(make(tmp_path), "aws")
    gate = stack.outputs["functions"]["gate"]
    assert _called(stack, "shop") == [gate]
    assert _called(stack, "gate") == []
    told = json.loads(
        stack.one("aws:lambda/function:Function", "shop").inputs["environment"]["variables"]["SLS_DEPLOYED"]
    )
    assert told["ways"]["custom"] == {"target": gate}
    assert front


def _called(stack: Rendered, function: str) -> list[str]:
    policy = json.loads(stack.one("aws:iam/rolePolicy:RolePolicy", function).inputs["policy"])
    return [
        arn
        for statement in policy["Statement"]
        for arn in statement["Resource"]
        if any(action.startswith("lambda:") for action in statement["Action"])
    ]


@pytest.mark.parametrize(("make", "front"), CASES)
def test_with_a_domain_there_is_no_second_address(tmp_path: Path, make: Any, front: str) -> None:
    domain = Domain("api.example.com", zone="Z123")
    stack = render(make(tmp_path, domain=domain), "aws")
    assert stack.one(front).inputs["disableExecuteApiEndpoint"] is True
    assert stack.outputs["url"] == "https://api.example.com"
    assert "disableExecuteApiEndpoint" not in render(make(tmp_path), "aws").one(front).inputs


def test_a_token_that_only_the_runtime_can_verify_has_no_authorizer_on_either_front(tmp_path: Path) -> None:
    special = Jwt(issuer="https://id.example.com/", audience="a", algorithms=["ES256"])
    for front in ("http", "rest"):
        stack = render(Api("o", auth=special, routes=[Route("GET", "/x", shop(tmp_path))]), Aws(front=front))
        (body,) = [json.loads(each.inputs["body"]) for each in stack.resources if "body" in each.inputs]
        assert body["paths"]["/x"]["get"]["security"] == []
        assert body["components"]["securitySchemes"] == {}
        told = stack.one("aws:lambda/function:Function", "shop").inputs["environment"]["variables"]["SLS_DEPLOYED"]
        assert json.loads(told)["ways"]["jwt"]["issuer"] == "https://id.example.com/"
