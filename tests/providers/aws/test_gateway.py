"""The HTTP API: judged by openapi-spec-validator, and by what API Gateway's documentation asks of a document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pulumi
import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator

from sls_infra import Api, Cors, Function, Jwt, Public, RateLimit, Route
from sls_infra.testing import render

from ...plan.specs import code, small


def document(api: Api, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(render(api, "aws", **more).one("apigatewayv2/api:Api").inputs["body"])
    return found


def api_with(folder: Path, *routes: tuple[str, str], **more: Any) -> Api:
    shop = Function("shop", code=code(folder), handler="app:read")
    token = Jwt(issuer="https://id.example.com/", audience="orders")
    made = [Route(method, path, shop) for method, path in routes]  # type: ignore[arg-type]
    return Api("orders", auth=token, routes=made, **more)


def test_the_document_is_valid_openapi(tmp_path: Path) -> None:
    for api in (small(tmp_path), api_with(tmp_path, ("ANY", "/{rest+}"), cors=Cors(origins=["*"]))):
        # A greedy variable is `{path+}` in the path and `path` among the parameters: AWS's own extension of OpenAPI.
        text = json.dumps(document(api)).replace("+}", "}")
        assert list(OpenAPIV30SpecValidator(json.loads(text)).iter_errors()) == []


def test_every_operation_has_an_integration_and_a_security_that_exist(tmp_path: Path) -> None:
    body = document(small(tmp_path))
    schemes, integrations = (
        body["components"]["securitySchemes"],
        body["components"]["x-amazon-apigateway-integrations"],
    )
    seen = 0
    for item in body["paths"].values():
        for key, operation in item.items():
            if key == "parameters":
                continue
            seen += 1
            name = operation["x-amazon-apigateway-integration"]["$ref"].rsplit("/", 1)[1]
            assert integrations[name]["payloadFormatVersion"] == "2.0"
            assert all(scheme in schemes for requirement in operation["security"] for scheme in requirement)
    assert seen == 4


def test_only_a_route_said_to_be_public_is_open(tmp_path: Path) -> None:
    body = document(small(tmp_path))
    opened = [
        path
        for path, item in body["paths"].items()
        for key, op in item.items()
        if key != "parameters" and not op["security"]
    ]
    assert opened == ["/health"]
    authorizer = body["components"]["securitySchemes"]["jwt"]["x-amazon-apigateway-authorizer"]
    assert authorizer["jwtConfiguration"] == {"issuer": "https://id.example.com/", "audience": ["orders"]}
    assert authorizer["identitySource"] == "$request.header.Authorization"


def test_the_number_of_resources_does_not_depend_on_the_number_of_routes(tmp_path: Path) -> None:
    def count(routes: int) -> int:
        return len(render(api_with(tmp_path, *(("GET", f"/r{i}/{{id}}") for i in range(routes))), "aws").resources)

    assert count(1) == count(10) == count(300)


def test_rates_and_bursts_are_said_in_the_default_and_in_every_override(tmp_path: Path) -> None:
    stage = render(small(tmp_path), "aws").one("Stage")
    assert stage.inputs["defaultRouteSettings"] == {"throttlingRateLimit": 10000, "throttlingBurstLimit": 5000}
    settings = {setting["routeKey"]: setting for setting in stage.inputs["routeSettings"]}
    assert set(settings) == {"GET /orders/{id}", "POST /orders", "GET /health", "ANY /files/{path+}"}
    for setting in settings.values():
        assert setting["throttlingRateLimit"] > 0
        assert setting["throttlingBurstLimit"] > 0
    assert settings["POST /orders"]["throttlingRateLimit"] == 10
    assert settings["POST /orders"]["throttlingBurstLimit"] == 20
    assert any("apigatewayv2/api:Api" in urn for urn in stage.depends_on), (
        "settings of routes that are not there are refused"
    )


@pytest.mark.parametrize(("per", "rate"), [("minute", 2.0), ("hour", 120 / 3600), ("day", 120 / 86400)])
def test_a_longer_window_is_the_same_average_and_never_more(tmp_path: Path, per: Any, rate: float) -> None:
    api = api_with(tmp_path, ("GET", "/a"), rate_limit=RateLimit(120, per=per, burst=5))
    (setting,) = render(api, "aws").one("Stage").inputs["routeSettings"]
    assert 0 < setting["throttlingRateLimit"] <= rate
    assert setting["throttlingRateLimit"] == pytest.approx(rate, rel=1e-2)
    assert setting["throttlingBurstLimit"] == 5


def test_cors_is_in_the_configuration_and_a_preflight_of_any_meets_no_authorizer(tmp_path: Path) -> None:
    api = api_with(tmp_path, ("ANY", "/files/{path+}"), ("GET", "/a"), cors=Cors(origins=["https://shop.example.com"]))
    stack = render(api, "aws")
    assert stack.one("apigatewayv2/api:Api").inputs["corsConfiguration"]["allowOrigins"] == ["https://shop.example.com"]
    body = document(api)
    assert body["paths"]["/files/{path+}"]["options"]["security"] == []
    assert "options" not in body["paths"]["/a"]
    without = document(api_with(tmp_path, ("ANY", "/files/{path+}")))
    assert "options" not in without["paths"]["/files/{path+}"]


def test_imports_fail_on_warnings_since_aws_skips_bad_authorizers(tmp_path: Path) -> None:
    assert render(small(tmp_path), "aws").one("apigatewayv2/api:Api").inputs["failOnWarnings"] is True


@pytest.mark.usefixtures("current_loop")
def test_an_issuer_known_only_to_the_deployment_is_resolved_in_the_document(tmp_path: Path) -> None:
    shop = Function("shop", code=code(tmp_path), handler="app:read")
    issuer = pulumi.Output.from_input("https://made.example.com/")
    api = Api("orders", auth=Jwt(issuer=issuer, audience=["a", issuer]), routes=[Route("GET", "/a", shop)])
    authorizer = document(api)["components"]["securitySchemes"]["jwt"]["x-amazon-apigateway-authorizer"]
    assert authorizer["jwtConfiguration"] == {
        "issuer": "https://made.example.com/",
        "audience": ["a", "https://made.example.com/"],
    }


def test_this_api_alone_may_call_the_function_with_one_permission(tmp_path: Path) -> None:
    stack = render(small(tmp_path), "aws")
    permission = stack.one("Permission", name="shop")
    assert permission.inputs["principal"] == "apigateway.amazonaws.com"
    assert permission.inputs["sourceArn"].startswith("arn:aws:execute-api:")
    assert permission.inputs["sourceArn"].endswith("/*")
    assert permission.inputs["sourceArn"] != "*"


def test_a_preview_leaves_what_is_computed_unknown(tmp_path: Path) -> None:
    stack = render(small(tmp_path), "aws", preview=True)
    assert repr(stack.outputs["url"]) == "<unknown>"
    assert repr(stack.one("apigatewayv2/api:Api").inputs["body"]) == "<unknown>"
    assert stack.one("Function", name="shop").inputs["memorySize"] == 512


def test_public_alone_needs_no_authorizer(tmp_path: Path) -> None:
    shop = Function("shop", code=code(tmp_path), handler="app:read")
    body = document(Api("open", auth=Public(), routes=[Route("GET", "/", shop)]))
    assert body["components"]["securitySchemes"] == {}
    assert body["paths"]["/"]["get"]["security"] == []
