"""The REST API's document: judged by openapi-spec-validator, moto's import, and what API Gateway's pages ask of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from moto import mock_aws
from openapi_spec_validator import OpenAPIV30SpecValidator

from sls_infra import Api, Aws, Cors, Jwt, Public, RateLimit, Route
from sls_infra.providers.aws.rest_responses import KINDS
from sls_infra.testing import render

from .specs import KEYS, TOKEN, everything, one, shop

REST = Aws(front="rest")
RESPONSES = "x-amazon-apigateway-gateway-responses"
ANSWERED = {
    "ACCESS_DENIED API_CONFIGURATION_ERROR AUTHORIZER_CONFIGURATION_ERROR AUTHORIZER_FAILURE BAD_REQUEST_BODY",
    "BAD_REQUEST_PARAMETERS DEFAULT_4XX DEFAULT_5XX EXPIRED_TOKEN INTEGRATION_FAILURE INTEGRATION_TIMEOUT",
    "INVALID_API_KEY INVALID_SIGNATURE MISSING_AUTHENTICATION_TOKEN QUOTA_EXCEEDED REQUEST_TOO_LARGE",
    "RESOURCE_NOT_FOUND THROTTLED UNAUTHORIZED UNSUPPORTED_MEDIA_TYPE WAF_FILTERED",
}
"""API reference, GatewayResponse: the valid values of responseType."""


def document(api: Api, target: Any = REST) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(render(api, target).one("apigateway/restApi:RestApi").inputs["body"])
    return found


def operations(body: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {f"{method} {path}": operation for path, item in body["paths"].items() for method, operation in item.items()}


def test_the_document_is_valid_openapi(tmp_path: Path) -> None:
    text = json.dumps(document(everything(tmp_path))).replace("+}", "}")  # greedy variables are AWS's own
    assert list(OpenAPIV30SpecValidator(json.loads(text)).iter_errors()) == []


def test_moto_imports_it_with_what_protects_each_method(tmp_path: Path) -> None:
    api = Api("orders", auth=TOKEN, routes=[Route("GET", "/orders/{id}", shop(tmp_path)), _keyed(tmp_path)])
    body = document(api)
    with mock_aws():
        client = boto3.client("apigateway", "eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
        made = client.import_rest_api(failOnWarnings=True, body=json.dumps(body).encode())["id"]
        resources = {each["path"]: each for each in client.get_resources(restApiId=made)["items"]}
        assert {"/orders/{id}", "/orders"} <= set(resources)
        method = client.get_method(restApiId=made, resourceId=resources["/orders"]["id"], httpMethod="POST")
        assert method["methodIntegration"]["type"].upper() == "AWS_PROXY"
        assert method["methodIntegration"]["httpMethod"] == "POST"
        for kind, response in body[RESPONSES].items():  # moto's import passes over them
            put = client.put_gateway_response(restApiId=made, responseType=kind, **response)
            assert put.get("statusCode") == response.get("statusCode")


def _keyed(folder: Path) -> Route:
    return Route("POST", "/orders", shop(folder), auth=KEYS)


def test_each_operation_is_protected_as_its_route_says(tmp_path: Path) -> None:
    body = document(everything(tmp_path))
    schemes = body["components"]["securitySchemes"]
    found = {key: operation["security"] for key, operation in operations(body).items()}
    preflights: dict[str, Any] = {key: [] for key in found if key.startswith("options ")}
    assert found == {
        "get /orders/{id}": [{"jwt": []}],
        "post /orders": [{"api-key": []}],
        "post /hook": [],
        "get /mine": [],
        "get /either": [],
        "x-amazon-apigateway-any-method /files/{path+}": [{"jwt": []}],
        "get /health": [],
        **preflights,
    }
    assert len(preflights) == len(body["paths"])
    assert set(schemes) == {"jwt", "api-key"}
    assert schemes["api-key"] == {"type": "apiKey", "name": "x-api-key", "in": "header"}
    authorizer = schemes["jwt"]["x-amazon-apigateway-authorizer"]
    assert authorizer["type"] == "request"
    assert authorizer["identitySource"] == "method.request.header.Authorization"
    assert "orders-jwt-authorizer" in authorizer["authorizerUri"]
    for operation in operations(body).values():
        assert operation["x-amazon-apigateway-integration"]["type"] == "aws_proxy"


def test_what_an_open_method_lets_through_the_runtime_verifies(tmp_path: Path) -> None:
    """No method is open but for a route that says Public(), or one whose ways the function's manifest names."""
    from sls_infra.plan.manifest import manifest
    from sls_infra.plan.resolve import resolve
    from sls_infra.providers.aws.capabilities import FULL

    plan = resolve(everything(tmp_path))
    known = manifest(plan, plan.functions[0], by_runtime=FULL.by_runtime)
    verified = {f"{entry['method'].lower()} {entry['path']}" for entry in known["routes"] if entry.get("ways")}
    said = {f"{entry['method'].lower()} {entry['path']}" for entry in known["routes"] if entry["auth"] == ["public"]}
    opened = {key for key, op in operations(document(everything(tmp_path))).items() if not op["security"]}
    assert {key for key in opened if not key.startswith("options ")} == verified | said
    assert verified == {"post /hook", "get /mine", "get /either"}


def test_every_refusal_of_the_gateway_is_ours(tmp_path: Path) -> None:
    assert set(KINDS) == {kind for line in ANSWERED for kind in line.split()}
    for kind, response in document(everything(tmp_path))[RESPONSES].items():
        body = json.loads(response["responseTemplates"]["application/json"])
        assert body["request_id"] == "$context.requestId"
        assert {"type", "title", "detail"} <= set(body), kind
        headers = {
            name.removeprefix("gatewayresponse.header."): v for name, v in response["responseParameters"].items()
        }
        assert headers["content-type"] == "'application/problem+json'"
        assert all(value.startswith("'") and value.endswith("'") for value in headers.values()), "static values"
        if "statusCode" in response:
            assert body["status"] == int(response["statusCode"])
        assert ("retry-after" in headers) == (response.get("statusCode") == "429")
    statuses = {kind: made.get("statusCode") for kind, made in document(everything(tmp_path))[RESPONSES].items()}
    assert statuses["ACCESS_DENIED"] == statuses["INVALID_API_KEY"] == statuses["UNAUTHORIZED"] == "401"
    assert statuses["MISSING_AUTHENTICATION_TOKEN"] == "404"
    assert statuses["THROTTLED"] == statuses["QUOTA_EXCEEDED"] == "429"


@pytest.mark.parametrize(
    ("origins", "shared"),
    [
        (["*"], "'*'"),
        (["https://a.example"], "'https://a.example'"),
        (["https://a.example", "https://b.example"], None),
    ],
)
def test_refusals_are_shared_with_an_origin_only_where_there_is_one(
    tmp_path: Path, origins: list[str], shared: str | None
) -> None:
    made = document(everything(tmp_path, cors=Cors(origins=origins)))[RESPONSES]
    found = {
        each["responseParameters"].get("gatewayresponse.header.access-control-allow-origin") for each in made.values()
    }
    assert found == {shared}
    assert "method.request" not in json.dumps(made), "the caller's origin is never repeated"


def test_no_cors_no_preflight(tmp_path: Path) -> None:
    assert not any(key.startswith("options ") for key in operations(document(everything(tmp_path, cors=None))))


def test_an_options_route_of_the_spec_stays_and_is_verified_by_the_runtime(tmp_path: Path) -> None:
    routes = [Route("OPTIONS", "/x", shop(tmp_path), operation_id="mine"), Route("GET", "/x", shop(tmp_path))]
    body = document(Api("orders", auth=TOKEN, routes=routes, cors=Cors(origins=["*"])))
    assert body["paths"]["/x"]["options"]["operationId"] == "mine"
    assert body["paths"]["/x"]["options"]["security"] == []
    assert body["paths"]["/x"]["get"]["security"] == [{"jwt": []}]


def test_what_is_no_preflight_goes_where_any_method_goes(tmp_path: Path) -> None:
    one, two = shop(tmp_path, "one"), shop(tmp_path, "two")
    routes = [Route("GET", "/x", one), Route("ANY", "/x", two), Route("GET", "/y", one)]
    found = operations(document(Api("o", auth=Public(), routes=routes, cors=Cors(origins=["*"]))))
    called = {key: op["x-amazon-apigateway-integration"]["uri"] for key, op in found.items()}
    assert "function:o-two-" in called["options /x"]
    assert "function:o-one-" in called["options /y"]


def test_each_issuer_has_an_authorizer_of_its_own(tmp_path: Path) -> None:
    other = Jwt(issuer="https://other.example.com/", audience="orders")
    routes = [Route("GET", "/a", shop(tmp_path), auth=TOKEN), Route("GET", "/b", shop(tmp_path), auth=other)]
    stack = render(Api("orders", routes=routes), REST)
    names = {each.name for each in stack.all("aws:lambda/function:Function")}
    assert names == {"shop", "jwt-authorizer", "jwt-2-authorizer"}
    told = stack.one("aws:lambda/function:Function", "jwt-2-authorizer").inputs["environment"]["variables"]
    known = {"issuer": "https://other.example.com/", "audience": ["orders"], "jwks_uri": None}
    assert json.loads(told["SLS_DEPLOYED"]) == {"ways": {"jwt-2": known}}


def test_the_number_of_resources_grows_with_limited_routes_alone(tmp_path: Path) -> None:
    def count(routes: int, limited: int) -> int:
        made = [
            Route("GET", f"/r{i}", shop(tmp_path), rate_limit=RateLimit(5) if i < limited else [], auth=TOKEN)
            for i in range(routes)
        ]
        return len(render(Api("orders", routes=made), REST).resources)

    assert count(2, 0) == count(100, 0)
    assert count(100, 7) == count(100, 0) + 7


def test_a_document_changes_its_deployment(tmp_path: Path) -> None:
    def trigger(**more: Any) -> str:
        found = render(one(tmp_path, **more), REST).one("apigateway/deployment:Deployment").inputs["triggers"]["body"]
        return str(found)

    assert trigger() == trigger()
    assert trigger() != trigger(auth=TOKEN)
    assert render(one(tmp_path, auth=[TOKEN, Public()]), REST, preview=True).one("Deployment")
