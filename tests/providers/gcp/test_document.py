"""The OpenAPI 2.0 document: judged by openapi-spec-validator, and by what API Gateway's documentation asks of one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pulumi
import pytest
from openapi_spec_validator import OpenAPIV2SpecValidator

from sls_infra import Api, Cors, Function, Jwt, Public, Route

from ...plan.specs import code
from .specs import METHODS, api_with, document_of, operations, small, told

ANYBODY = Cors(origins=["*"])


def every(folder: Path) -> list[Api]:
    """Specs of all shapes that a document may have."""
    return [
        small(folder),
        small(folder, cors=ANYBODY),
        api_with(folder, ("ANY", "/{rest+}"), cors=ANYBODY),
        api_with(folder, ("GET", "/"), ("ANY", "/"), ("HEAD", "/a/b:c"), ("OPTIONS", "/grüße/{x}")),
    ]


def test_the_document_is_valid_openapi(tmp_path: Path) -> None:
    for api in every(tmp_path):
        # A double wildcard is `{path=**}` in the path and `path` among the parameters: Google's own way.
        text = json.dumps(document_of(api)).replace("=**}", "}")
        assert list(OpenAPIV2SpecValidator(json.loads(text)).iter_errors()) == []
        broken = text.replace('"required": true', '"required": false').replace('"responses"', '"answers"')
        assert list(OpenAPIV2SpecValidator(json.loads(broken)).iter_errors()), "the judge finds what is wrong"


def test_every_operation_says_all_of_its_backend(tmp_path: Path) -> None:
    for api in every(tmp_path):
        body = document_of(api)
        assert "x-google-backend" not in body, "one for all paths would hide one that is missing"
        for _, _, operation in operations(body):
            backend = operation["x-google-backend"]
            assert set(backend) == {"address", "path_translation", "jwt_audience", "deadline"}
            assert backend["path_translation"] == "APPEND_PATH_TO_ADDRESS"
            assert backend["address"].startswith(backend["jwt_audience"] + "/_sls/http/")
            assert backend["jwt_audience"].endswith(".run.app"), "who may call is checked against the bare address"
            assert isinstance(backend["deadline"], float)


def test_a_deadline_is_the_functions_timeout(tmp_path: Path) -> None:
    deadlines = {path: op["x-google-backend"]["deadline"] for path, _, op in operations(document_of(small(tmp_path)))}
    assert deadlines["/health"] == 21.0, "rounded up, as the function's own"


def test_securities_exist_and_only_a_route_said_to_be_public_is_open(tmp_path: Path) -> None:
    body = document_of(small(tmp_path))
    opened = []
    for path, method, operation in operations(body):
        for requirement in operation["security"]:
            assert set(requirement) <= set(body["securityDefinitions"])
        if not operation["security"] and told(operation) != "-":
            opened.append((method, path))
    assert opened == [("get", "/health")]
    assert "security" not in body


def test_definitions_name_issuer_audiences_keys_and_where_a_token_is(tmp_path: Path) -> None:
    definitions = document_of(small(tmp_path))["securityDefinitions"]
    assert [made["x-google-issuer"] for made in definitions.values()] == [
        "https://id.example.com/",
        "https://other.example.com",
    ]
    assert [made["x-google-audiences"] for made in definitions.values()] == ["orders", "files,more"]
    assert [made.get("x-google-jwks_uri") for made in definitions.values()] == [None, "https://keys.example.com/"]
    for made in definitions.values():
        assert made["type"] == "oauth2"
        # Left out, the gateway takes a token from the query too.
        assert made["x-google-jwt-locations"] == [{"header": "Authorization", "value_prefix": "Bearer "}]


def test_a_scheme_of_ones_own_is_the_prefix_of_the_token(tmp_path: Path) -> None:
    shop = Function("shop", code=code(tmp_path), handler="app:read")
    token = Jwt(issuer="https://id.example.com/", audience="orders", scheme="Token")
    body = document_of(Api("orders", auth=token, routes=[Route("GET", "/", shop)]))
    (made,) = body["securityDefinitions"].values()
    assert made["x-google-jwt-locations"] == [{"header": "Authorization", "value_prefix": "Token "}]


def test_any_is_an_operation_a_method_that_no_other_route_has(tmp_path: Path) -> None:
    body = document_of(api_with(tmp_path, ("ANY", "/a"), ("GET", "/a"), ("POST", "/a")))
    item = body["paths"]["/a"]
    assert set(item) == set(METHODS)
    ids = {method: told(operation) for method, operation in item.items()}
    assert len({ids["get"], ids["post"], ids["put"]}) == 3
    assert {ids[method] for method in ("head", "put", "patch", "delete", "options")} == {ids["put"]}


def test_what_no_route_takes_goes_to_the_runtime_as_no_route(tmp_path: Path) -> None:
    body = document_of(small(tmp_path))
    item = body["paths"]["/{rest=**}"]
    assert set(item) - {"parameters"} == set(METHODS)
    for method in METHODS:
        assert told(item[method]) == "-"
        assert item[method]["security"] == []


def test_a_greedy_path_at_the_root_is_completed(tmp_path: Path) -> None:
    body = document_of(api_with(tmp_path, ("GET", "/{path+}")))
    assert list(body["paths"]) == ["/{path=**}"], "another of that shape would be the same path twice"
    item = body["paths"]["/{path=**}"]
    assert told(item["get"]) != "-"
    assert item["get"]["security"] == [{"jwt": []}]
    assert {told(item[method]) for method in METHODS if method != "get"} == {"-"}


@pytest.mark.parametrize("routes", [[("ANY", "/a")], [("OPTIONS", "/a")]])
def test_a_preflight_meets_no_token(tmp_path: Path, routes: list[tuple[str, str]]) -> None:
    without = document_of(api_with(tmp_path, *routes))["paths"]["/a"]["options"]
    assert without["security"] == [{"jwt": []}]
    options = document_of(api_with(tmp_path, *routes, cors=ANYBODY))["paths"]["/a"]["options"]
    assert options["security"] == []
    assert told(options) == "-", "open, and so vouching for no route"


def test_an_open_options_route_stays_one_with_cors(tmp_path: Path) -> None:
    shop = Function("shop", code=code(tmp_path), handler="app:read")
    api = Api("orders", auth=Public(), cors=ANYBODY, routes=[Route("OPTIONS", "/a", shop)])
    assert told(document_of(api)["paths"]["/a"]["options"]) == api_route_id("OPTIONS", "/a")


def api_route_id(method: str, path: str) -> str:
    from sls_infra.plan.names import route_id

    return route_id(method, path)


def test_ids_of_operations_are_unique_and_in_the_letters_that_service_names_take(tmp_path: Path) -> None:
    routes = [("GET", f"/a{index}") for index in range(300)] + [("ANY", "/b-c/{d}"), ("ANY", "/b_c/{d}")]
    ids = [operation["operationId"] for _, _, operation in operations(document_of(api_with(tmp_path, *routes)))]
    assert len(set(ids)) == len(ids) == 300 + 14 + 7
    assert all(name.replace("_", "").isalnum() and name.isascii() and len(name) <= 63 for name in ids)


def test_literal_segments_are_as_on_the_wire(tmp_path: Path) -> None:
    body = document_of(api_with(tmp_path, ("GET", "/grüße/{id}"), ("GET", "/a,b;c=d@e(f)!$&'+~"), ("GET", "/a/b:c")))
    assert set(body["paths"]) == {
        "/gr%C3%BC%C3%9Fe/{id}",
        "/a,b;c=d@e(f)!$&'+~",
        "/a/b:c",
        "/{rest=**}",
    }


@pytest.mark.usefixtures("current_loop")
def test_an_issuer_known_only_to_the_deployment_is_resolved_in_the_document(tmp_path: Path) -> None:
    shop = Function("shop", code=code(tmp_path), handler="app:read")
    issuer = pulumi.Output.from_input("https://made.example.com/")
    api = Api("orders", auth=Jwt(issuer=issuer, audience=["a", issuer]), routes=[Route("GET", "/a", shop)])
    definition: dict[str, Any] = document_of(api)["securityDefinitions"]["jwt"]
    assert definition["x-google-issuer"] == "https://made.example.com/"
    assert definition["x-google-audiences"] == "a,https://made.example.com/"


@pytest.mark.usefixtures("current_loop")
def test_two_tokens_of_one_issuer_are_refused_when_only_the_deployment_knows_it(tmp_path: Path) -> None:
    shop = Function("shop", code=code(tmp_path), handler="app:read")
    tokens = [Jwt(issuer=pulumi.Output.from_input("https://x.example.com"), audience=name) for name in ("a", "b")]
    routes = [Route("GET", f"/{index}", shop, auth=token) for index, token in enumerate(tokens)]
    with pytest.raises(Exception, match="API Gateway takes one an issuer"):
        document_of(Api("orders", routes=routes))


@pytest.mark.usefixtures("current_loop")
def test_an_audience_with_a_comma_is_refused_when_only_the_deployment_knows_it(tmp_path: Path) -> None:
    shop = Function("shop", code=code(tmp_path), handler="app:read")
    audience = pulumi.Output.from_input("a,b")
    api = Api("orders", auth=Jwt(issuer="https://x.example.com", audience=audience), routes=[Route("GET", "/a", shop)])
    with pytest.raises(Exception, match="has a comma"):
        document_of(api)
