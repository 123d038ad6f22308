"""The exported document, judged by openapi-spec-validator and jsonschema, for specs of every kind."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pulumi
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import BaseModel, Field

from examples.notes.infra import api as notes
from examples.orders.infra import api as orders
from sls_infra import (
    Api,
    ApiKey,
    Custom,
    Domain,
    Function,
    Jwt,
    OAuth2,
    Public,
    Quota,
    RateLimit,
    Route,
    Secret,
    SpecError,
    Webhook,
)
from sls_infra.openapi.export.document import document
from sls_infra.openapi.export.writing import as_text
from sls_infra.plan.check import look

CODE = "def read(request): ...\ndef who(request): ...\n"
ISSUER = "https://id.example.com/"


class Part(BaseModel):
    sku: str = Field(pattern="^[A-Z]{3}-[0-9]+$", examples=["TEA-1"])
    parts: list[Part] = []


class Tree(BaseModel):
    name: str
    children: list[Tree] = []


def _other_part() -> type[BaseModel]:
    class Part(BaseModel):
        weight: float = Field(gt=0)

    return Part


class Machine(BaseModel):
    part: Part
    count: int = Field(ge=3)


@pytest.fixture
def app(tmp_path: Path) -> Function:
    (tmp_path / "app.py").write_text(CODE)
    return Function("app", code=tmp_path, handler="app:read")


def described(api: Api, *servers: str) -> dict[str, Any]:
    """The document, which is valid, and whose examples fit their schemas."""
    planned, problems = look(api)
    assert problems == []
    made = document(planned, servers)
    assert [error.message for error in OpenAPIV31SpecValidator(made).iter_errors()] == []
    for media in _media(made):
        if "example" in media:
            jsonschema.Draft202012Validator({**media["schema"], "components": made["components"]}).validate(
                media["example"]
            )
    assert made == json.loads(as_text(made, "json"))
    return made


def _media(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        for content in (node["content"],) if "content" in node else ():
            yield from content.values()
        for value in node.values():
            yield from _media(value)


def test_the_examples_are_described() -> None:
    made = described(orders(), "https://api.example.com")
    assert made["servers"] == [{"url": "https://api.example.com"}]
    assert sorted(made["paths"]["/orders/{id}"]) == ["delete", "get", "parameters", "put"]
    assert made["components"]["schemas"].keys() == {"Item", "NewOrder", "OrderChange", "Problem"}
    whole = described(notes())
    assert sorted(whole["paths"]) == ["/", "/{path}"]
    assert sorted(whole["paths"]["/{path}"]) == [
        "delete",
        "get",
        "head",
        "options",
        "parameters",
        "patch",
        "post",
        "put",
    ]
    assert whole["paths"]["/{path}"]["parameters"][0]["x-sls-greedy"] is True


def test_any_is_seven_methods_less_those_with_a_route(app: Function) -> None:
    routes = [
        Route("ANY", "/a", app, operation_id="a"),
        Route("GET", "/a", app, operation_id="aPost"),
        Route("GET", "/b", app, operation_id="read"),
    ]
    paths = described(Api("x", auth=Public(), routes=routes))["paths"]
    assert {method: each["operationId"] for method, each in paths["/a"].items()} == {
        "get": "aPost",
        "head": "aHead",
        "post": "aPost2",
        "put": "aPut",
        "patch": "aPatch",
        "delete": "aDelete",
        "options": "aOptions",
    }


def test_a_greedy_path_beside_a_plain_one(app: Function) -> None:
    routes = [Route("GET", "/f/{id}", app), Route("ANY", "/f/{path+}", app), Route("GET", "/grüße", app)]
    paths = described(Api("x", auth=Public(), routes=routes))["paths"]
    assert list(paths) == ["/f/{id}", "/gr%C3%BC%C3%9Fe"]
    beside = paths["/f/{id}"]["x-sls-greedy"]
    assert beside["path"] == "/f/{path+}"
    assert beside["operations"].keys() == {"get", "head", "post", "put", "patch", "delete", "options"}
    assert [each["name"] for each in paths["/f/{id}"]["parameters"]] == ["id"]


def test_models_become_components_once_and_apart(app: Function) -> None:
    routes = [
        Route("POST", "/machines", app, request=Machine, response=Machine),
        Route("POST", "/parts", app, request=Part),
        Route("POST", "/weights", app, request=_other_part()),
        Route("PUT", "/trees", app, request=Tree, response={"type": "array", "items": {"type": "string"}}),
        Route("PUT", "/own", app, request={"properties": {"a": {"$ref": "#/properties/b"}, "b": {"type": "integer"}}}),
    ]
    made = described(Api("x", auth=Public(), routes=routes))
    schemas = made["components"]["schemas"]
    assert list(schemas) == ["Machine", "Part", "Part2", "Problem", "PutOwnRequest", "Tree"]
    assert schemas["Machine"]["properties"]["part"] == {"$ref": "#/components/schemas/Part"}
    assert schemas["Part"]["properties"]["parts"]["items"] == {"$ref": "#/components/schemas/Part"}
    assert "weight" in schemas["Part2"]["properties"]
    assert schemas["PutOwnRequest"]["properties"]["a"] == {"$ref": "#/components/schemas/PutOwnRequest/properties/b"}
    body = made["paths"]["/machines"]["post"]["requestBody"]["content"]["application/json"]
    assert body == {
        "schema": {"$ref": "#/components/schemas/Machine"},
        "example": {"part": {"sku": "TEA-1", "parts": []}, "count": 3},
    }
    answer = made["paths"]["/trees"]["put"]["responses"]["2XX"]["content"]["application/json"]
    assert answer["schema"] == {"type": "array", "items": {"type": "string"}}


def test_every_way_in(app: Function) -> None:
    token = Jwt(issuer=ISSUER, audience="a")
    by_uri = Jwt(issuer=ISSUER, audience="a", jwks_uri="https://id.example.com/keys", scheme="Token")
    flow = OAuth2(
        issuer=ISSUER,
        audience="b",
        scopes={"read": "See"},
        authorization_url=f"{ISSUER}auth",
        token_url=f"{ISSUER}token",
    )
    machine = OAuth2(issuer=ISSUER, audience="c", token_url=f"{ISSUER}token")
    words = OAuth2(issuer=ISSUER, audience="d", scopes={"read": "See"})
    key = ApiKey(clients={"mobile": [RateLimit(5, per="minute"), Quota(100)], "web": []}, header="X-Key")
    signed = [Webhook(Secret(f"hook-{scheme}"), scheme=scheme) for scheme in ("github", "stripe", "slack", "standard")]
    own = Custom(app, handler="app:who")
    routes = [
        Route("GET", "/token", app, auth=token, scopes=["x"]),
        Route("GET", "/several", app, auth=[token, key, Public()]),
        Route("GET", "/scoped", app, auth=[token, key], scopes=["x", "y"]),
        Route("GET", "/uri", app, auth=by_uri),
        Route("GET", "/flow", app, auth=flow, scopes=["read"]),
        Route("GET", "/machine", app, auth=machine, scopes=["write"]),
        Route("GET", "/words", app, auth=words),
        Route("GET", "/key", app, auth=key),
        Route("GET", "/own", app, auth=own),
        Route("GET", "/open", app, auth=Public()),
        *(Route("POST", f"/{each.scheme}", app, auth=each) for each in signed),
    ]
    made = described(Api("x", routes=routes, domain=Domain("api.example.com")))
    schemes = made["components"]["securitySchemes"]
    assert schemes["jwt"]["openIdConnectUrl"] == f"{ISSUER}.well-known/openid-configuration"
    assert (schemes["jwt-2"]["type"], schemes["jwt-2"]["scheme"]) == ("http", "token")
    assert schemes["jwt-3"]["flows"] == {
        "authorizationCode": {
            "authorizationUrl": f"{ISSUER}auth",
            "tokenUrl": f"{ISSUER}token",
            "scopes": {"read": "See"},
        }
    }
    assert schemes["jwt-4"]["flows"] == {"clientCredentials": {"tokenUrl": f"{ISSUER}token", "scopes": {"write": ""}}}
    assert (schemes["jwt-5"]["type"], schemes["jwt-5"]["x-sls-scopes"]) == ("openIdConnect", {"read": "See"})
    assert (schemes["api-key"]["in"], schemes["api-key"]["name"]) == ("header", "x-key")
    assert schemes["api-key"]["x-sls-clients"] == [
        {
            "x-sls-rate-limit": [{"requests": 5, "per": "minute", "burst": 5, "by": "client"}],
            "x-sls-quota": [{"requests": 100, "per": "month"}],
        },
        {},
    ]
    assert "mobile" not in json.dumps(made)
    assert [schemes[name]["x-sls-webhook"] for name in ("webhook", "webhook-2")] == ["github", "stripe"]
    assert schemes["custom"]["x-sls-custom"] is True
    asked = {path: item.get("get", item.get("post"))["security"] for path, item in made["paths"].items()}
    assert asked["/several"] == [{"jwt": []}, {"api-key": []}, {}]
    assert asked["/scoped"] == [{"jwt": ["x", "y"]}], "a key has no scopes"
    assert asked["/open"] == []
    assert asked["/own"] == [{"custom": []}]
    assert made["servers"] == [{"url": "https://api.example.com"}]


def test_each_route_tells_the_refusals_that_it_can_give(app: Function) -> None:
    token = Jwt(issuer=ISSUER, audience="a")
    key = ApiKey(clients={"mobile": [Quota(100)]})
    routes = [
        Route("GET", "/open", app),
        Route("GET", "/one/{id}", app, auth=token, scopes=["x"]),
        Route("POST", "/body", app, request=Tree, rate_limit=RateLimit(5)),
        Route("GET", "/key", app, auth=key),
    ]
    made = described(Api("x", auth=Public(), routes=routes))
    told = {
        path: sorted(next(iter(item.values()))["responses"]) for path, item in made["paths"].items() if "{" not in path
    }
    assert told == {
        "/open": ["2XX", "4XX", "500", "5XX"],
        "/body": ["2XX", "400", "429", "4XX", "500", "5XX"],
        "/key": ["2XX", "401", "429", "4XX", "500", "5XX"],
    }
    assert sorted(made["paths"]["/one/{id}"]["get"]["responses"]) == ["2XX", "401", "403", "404", "4XX", "500", "5XX"]
    assert "Retry-After" in made["components"]["responses"]["TooManyRequests"]["headers"]
    assert made["paths"]["/body"]["post"]["x-sls-rate-limit"] == [
        {"requests": 5, "per": "second", "burst": 5, "by": "route"}
    ]


def test_a_query_is_parameters(app: Function) -> None:
    class Search(BaseModel):
        text: str = Field(description="Words")
        part: Part | None = None
        limit: int = Field(default=10, le=100, deprecated=True)

    routes = [Route("GET", "/a", app, query=Search), Route("GET", "/b", app, query={"minProperties": 1})]
    made = described(Api("x", auth=Public(), routes=routes))
    parameters = made["paths"]["/a"]["get"]["parameters"]
    assert [(each["name"], each["required"], each.get("deprecated")) for each in parameters] == [
        ("text", True, None),
        ("part", False, None),
        ("limit", False, True),
    ]
    assert parameters[0]["description"] == "Words"
    assert made["paths"]["/b"]["get"]["x-sls-query"] == {"minProperties": 1}


def test_what_only_a_deployment_knows_has_a_placeholder(app: Function) -> None:
    issuer = pulumi.Output.from_input(ISSUER)
    routes = [
        Route("GET", "/a", app, auth=Jwt(issuer=issuer, audience=[issuer, "a"])),
        Route("GET", "/b", app, auth=OAuth2(issuer=ISSUER, audience="b", token_url=issuer)),
    ]
    schemes = described(Api("x", routes=routes))["components"]["securitySchemes"]
    assert schemes["jwt"]["openIdConnectUrl"] == "https://issuer.invalid/.well-known/openid-configuration"
    assert schemes["jwt"]["x-sls-known-to-the-deployment"] == ["issuer"]
    assert schemes["jwt"]["x-sls-audience"] == ["a"]
    assert "Only a deployment knows the issuer" in schemes["jwt"]["description"]
    assert schemes["jwt-2"]["flows"]["clientCredentials"]["tokenUrl"] == "https://issuer.invalid/"


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ({"type": 5}, "type: 5 (at #)"),
        ({"properties": {"a": {"allOf": {}}}}, "allOf: {} (at #/properties/a)"),
        ({"items": {"$ref": "#/nowhere"}}, "points at nothing"),
        ({"$ref": "https://example.com/schema.json"}, "points at nothing within"),
        ({"items": {"$ref": "#/items"}}, "leads to itself"),
        ({"default": object()}, "is no JSON"),
        ({"maximum": float("nan")}, "is no JSON"),
        ({"items": {"$anchor": "a"}}, "$anchor can't be carried"),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, "another dialect"),
    ],
)
def test_a_schema_that_is_none_is_a_problem(app: Function, schema: dict[str, Any], told: str) -> None:
    planned, _ = look(Api("x", auth=Public(), routes=[Route("GET", "/", app, response=schema)]))
    with pytest.raises(SpecError) as caught:
        document(planned)
    assert [problem.path for problem in caught.value.problems] == ["api.routes[0].response"]
    assert told in str(caught.value)


def test_the_same_spec_is_the_same_document() -> None:
    assert as_text(described(orders()), "yaml") == as_text(described(orders()), "yaml")
