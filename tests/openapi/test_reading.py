"""Descriptions, read: what becomes of each thing in them, and that nothing is dropped in silence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from sls_infra import SlsError
from sls_infra.openapi.reading.description import description
from sls_infra.openapi.reading.model import Description, ReadRoute

from .documents import OLDER, PLAIN, SWAGGER


def read(folder: Path, text: str) -> Description:
    """The description that a text is, whose schemas all are schemas."""
    (folder / "api.yaml").write_text(text)
    found = description(str(folder / "api.yaml"), "pets")
    for schema in found.schemas.values():
        jsonschema.Draft202012Validator.check_schema(schema)
    return found


def whole(found: Description, name: str) -> dict[str, Any]:
    """A schema with all of the others beside it."""
    return {**found.schemas[name], "$defs": found.schemas}


def by_key(found: Description) -> dict[str, ReadRoute]:
    """`GET /a` → the route."""
    return {f"{route.method} {route.path}": route for route in found.routes}


def test_paths_and_operations(tmp_path: Path) -> None:
    found = read(tmp_path, PLAIN)
    assert (found.title, found.version, found.text) == ('Pets & "more"', "2.1", "Pets")
    assert found.operations == 10
    assert list(by_key(found)) == [
        "GET /v2/pets/{pet_id}",
        "PUT /v2/pets/{pet_id}",
        "DELETE /v2/pets/{pet_id}",
        "POST /v2/pets/{pet_id}",
        "GET /v2/search",
        "GET /v2/_sls/x",
        "POST /v2/lists",
    ]
    route = by_key(found)["GET /v2/pets/{pet_id}"]
    assert (route.operation_id, route.group, route.response) == ("pets_get", "Pets", "Pet")
    assert route.notes == ("headers: trace", "cookies: session")
    assert route.query is not None
    fields = {"type": "array", "items": {"type": "string"}, "description": "Which"}
    assert found.schemas[route.query] == {"type": "object", "properties": {"fields": fields}, "required": ["fields"]}


def test_ways_in(tmp_path: Path) -> None:
    found = read(tmp_path, PLAIN)
    routes = by_key(found)
    ways = {route: (each.ways, each.scopes) for route, each in routes.items()}
    assert ways == {
        "GET /v2/pets/{pet_id}": (("login",), ("read",)),
        "PUT /v2/pets/{pet_id}": (("login", "key"), ("write",)),
        "DELETE /v2/pets/{pet_id}": (("Public()",), ()),
        "POST /v2/pets/{pet_id}": (("custom",), ()),
        "GET /v2/search": (("custom", "key", "Public()"), ()),
        "GET /v2/_sls/x": (("login",), ("read",)),
        "POST /v2/lists": (("hook",), ()),
    }
    made = {way.variable: dict(way.arguments) for way in found.ways}
    assert {way.variable: way.kind for way in found.ways} == {
        "login": "OAuth2",
        "key": "ApiKey",
        "hook": "Webhook",
        "custom": "Custom",
    }
    assert made["login"]["scopes"] == {"read": "See pets", "write": ""}
    assert made["login"]["token_url"] == "https://id.example.com/token"
    assert made["key"] == {"clients": {"key-client": ()}, "header": "X-Pet-Key"}
    assert made["hook"] == {"": "hook-secret", "scheme": "github"}


def test_nothing_is_dropped_in_silence(tmp_path: Path) -> None:
    found = read(tmp_path, PLAIN).remarks
    split = "the segment {id}.{format} is one parameter {id_format}: split its value in the handler"
    told = {
        "TRACE /pets/{pet-id}": "left out: there are no routes for TRACE",
        "GET /pets/{id}.{format}": split,
        "GET /search?deep=1": "left out: routes are told by their path alone, not by a query or fragment in it",
        "POST /lists/": "the path's slash at the end is left out: no route ends in one",
        "DELETE /pets/{pet-id}": "is deprecated: a route has no word for that",
        "webhooks": "is not carried over",
        "schema Pet": "the format 'pet-name' is not checked",
    }
    for where, what in told.items():
        assert what in found.at(where)
    assert "left out: to the path grammar it is GET /pets/{pet-id} again" in found.at("GET /pets/{id}.{format}")
    assert any("callbacks" in what for what in found.at("PUT /pets/{pet-id}"))
    assert any("text/csv is refused" in what for what in found.at("PUT /pets/{pet-id}"))
    assert any("multipart/form-data is not checked" in what for what in found.at("POST /pets/{any}"))
    assert any("authorizer stands in" in what for what in found.at("POST /pets/{any}"))
    assert any("the path parameter 'pet-id' is called 'pet_id'" in what for what in found.at("GET /pets/{pet-id}"))
    assert any("read-only" in what for what in found.at("schema Pet"))
    assert any("unevaluatedProperties" in what for what in found.at("schema Pet"))
    assert any("is none of Python's" in what for what in found.at("schema Pet"))
    assert any("other.yaml#/A leads out" in what for what in found.at("POST /lists/"))
    assert any("one with a key" in what for what in found.at("PUT /pets/{pet-id}"))
    assert any("audience" in what for what in found.at("security scheme login"))


def test_schemas_of_3_0_mean_what_they_meant(tmp_path: Path) -> None:
    found = read(tmp_path, OLDER)
    [route] = found.routes
    assert route.ways == ("custom",)
    assert route.request is not None
    check = jsonschema.Draft202012Validator(whole(found, route.request))
    fit: list[dict[str, Any]] = [{"size": 1, "note": None, "part": None}, {"note": "x", "part": {}, "old": {}}]
    misfit: list[dict[str, Any]] = [{"size": 0}, {"note": "z"}, {"part": 1}, {"old": None}]
    for value in fit:
        check.validate(value)
    for value in misfit:
        assert not check.is_valid(value), value
    assert found.schemas["Part"]["discriminator"]["mapping"] == {"a": "#/$defs/Part"}


def test_swagger_2(tmp_path: Path) -> None:
    found = read(tmp_path, SWAGGER)
    routes = by_key(found)
    assert list(routes) == ["GET /base/things", "POST /base/things", "POST /base/uploads"]
    assert routes["POST /base/things"].request == "Thing"
    assert routes["GET /base/things"].ways == ("petstore",)
    assert routes["GET /base/things"].scopes == ("read",)
    query = routes["GET /base/things"].query
    assert query is not None
    assert found.schemas[query]["properties"] == {"page": {"type": "integer", "minimum": 1}}
    response = routes["GET /base/things"].response
    assert response is not None
    assert found.schemas[response] == {"type": "array", "items": {"$ref": "#/$defs/Thing"}}
    assert routes["POST /base/uploads"].notes == ("body: multipart/form-data",)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "api.yaml:1: Expecting property name"),
        ("a: [", "it is no YAML"),
        ("- a", "holds list, not an OpenAPI document"),
        ("a: 1", "neither `openapi` nor `swagger`"),
        ("openapi: 4.0.0", "version '4.0.0'"),
        ("openapi: &a [*a]", "nested too deeply, or holds itself"),
    ],
)
def test_what_is_no_description_is_told(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(SlsError) as caught:
        read(tmp_path, text)
    assert told in str(caught.value)


def test_files_that_are_not_there_and_urls(tmp_path: Path) -> None:
    for name, told in ((str(tmp_path / "no.json"), "can't be read"), ("https://example.com/a.json", "download it")):
        with pytest.raises(SlsError, match=told):
            description(name, "x")


JUNK: list[Any] = [None, 5, "x", [], [None, 5], {}, {"$ref": 5}, {"$ref": "#/paths"}, {"$ref": "#/nowhere"}, True]


@pytest.mark.parametrize("junk", JUNK, ids=repr)
def test_junk_anywhere_is_no_traceback(tmp_path: Path, junk: Any) -> None:
    sound = yaml.safe_load(PLAIN.replace("2020-01-01", "'2020-01-01'"))
    for place in _places(sound)[JUNK.index(junk) % 3 :: 3]:
        broken = json.loads(json.dumps(sound))
        node = broken
        for step in place[:-1]:
            node = node[step if isinstance(node, list) else str(step)]
        node[place[-1] if isinstance(node, list) else str(place[-1])] = junk
        if place != ("openapi",):
            read(tmp_path, json.dumps(broken))


def _places(node: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [place for key, value in items for place in ((*here, key), *_places(value, (*here, key)))]
