"""Any spec is described by a valid document, or refused with Problems; and reading that gives the routes back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openapi_spec_validator import OpenAPIV31SpecValidator

from sls_infra import (
    Api,
    ApiKey,
    Function,
    Jwt,
    OAuth2,
    Public,
    RateLimit,
    Route,
    Secret,
    SpecError,
    Webhook,
)
from sls_infra.openapi.export import wellformed
from sls_infra.openapi.export.document import document
from sls_infra.openapi.reading.description import description
from sls_infra.plan.check import look
from sls_infra.plan.model import Plan, WayPlan
from sls_infra.runtime import paths as paths_grammar
from sls_infra.spec.values import as_tuple

ISSUER = "https://id.example.com/"
names = st.sampled_from(["a", "b", "Item", "item id", "$ref", "é", "type"])
leaves: st.SearchStrategy[Any] = st.sampled_from(
    [
        True,
        {},
        {"type": "string", "minLength": 2},
        {"type": ["integer", "null"], "minimum": 3},
        {"$ref": "#"},
        {"$ref": "#/$defs/Item"},
        {"$ref": "#/$defs/Other"},
        {"enum": [1, "x", None]},
        {"const": {"$ref": "#/nowhere"}},
        {"type": "array", "items": {"type": "number"}, "minItems": 2},
    ]
)
bad: st.SearchStrategy[Any] = st.dictionaries(
    st.sampled_from(["type", "$ref", "required", "allOf", "title", "x"]), st.text(max_size=3)
)


def objects(part: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Schemas of objects made of these parts."""
    return st.fixed_dictionaries(
        {
            "properties": st.dictionaries(names, part, max_size=3),
            "$defs": st.fixed_dictionaries({"Item": part, "Other": leaves}),
        },
        optional={"title": names, "anyOf": st.lists(part, min_size=1, max_size=2)},
    )


good: st.SearchStrategy[Any] = st.none() | st.one_of(objects(leaves), objects(st.one_of(leaves, objects(leaves))))
schemas: st.SearchStrategy[Any] = st.one_of(good, good, good, objects(st.one_of(leaves, bad)))
paths = st.lists(
    st.sampled_from(["orders", "{id}", "{name}", "grüße", "a.b", "v1", "(a)"]), max_size=3, unique=True
).flatmap(lambda parts: st.sampled_from(["/" + "/".join(parts), "/" + "/".join([*parts, "{rest+}"])]))
token = Jwt(issuer=ISSUER, audience="a")
other = OAuth2(issuer=ISSUER, audience="b", token_url=f"{ISSUER}token", scopes={"read": "See", "write": "Change"})
key = ApiKey(clients={"mobile": [RateLimit(5)]})
ways: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from([token, other, key, Public(), Webhook(Secret("hook"), scheme="github")]),
    st.lists(st.sampled_from([token, other, key, Public()]), min_size=1, max_size=3, unique_by=type),
)


@st.composite
def apis(draw: st.DrawFn, folder: Path) -> Api:
    app = Function("app", code=folder, handler="app:read")
    made = st.tuples(st.sampled_from(["GET", "POST", "PUT", "ANY", "OPTIONS"]), paths)
    routes: list[Route] = []
    for method, path in draw(st.lists(made, min_size=1, max_size=4, unique_by=lambda one: (one[0], shape(one[1])))):
        auth = draw(ways)
        scoped = token in as_tuple(auth) and Public() not in as_tuple(auth)
        routes.append(
            Route(
                cast("Any", method),
                path,
                app,
                auth=auth,
                scopes=draw(st.sampled_from([(), ("read",), ("read", "write")])) if scoped else (),
                rate_limit=draw(st.none() | st.just(RateLimit(7, per="minute", by="ip"))),
                request=draw(good) if method in ("POST", "PUT", "ANY") else None,
                response=draw(schemas),
                query=draw(schemas),
                summary=draw(st.none() | st.text(max_size=20)),
                operation_id=draw(st.none() | st.sampled_from(["read", "readGet", "a.b"])) if not routes else None,
            )
        )
    return Api("shop", routes=routes, description=draw(st.text(max_size=20)))


def shape(path: str) -> str:
    """What the grammar takes for the same path, whatever its parameters are called."""
    return paths_grammar.parse(path).shape


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("code")
    (made / "app.py").write_text("def read(request): ...\n")
    return made


@settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_spec_is_described_or_refused(folder: Path, data: st.DataObject) -> None:
    planned, problems = look(data.draw(apis(folder)))
    if problems:
        return
    found = list(wellformed.problems(planned))
    assert all(each.path.endswith((".request", ".response", ".query")) and each.fix for each in found)
    if found:
        with pytest.raises(SpecError):
            document(planned)
        return
    made = document(planned)
    errors = [error.message for error in OpenAPIV31SpecValidator(json.loads(json.dumps(made))).iter_errors()]
    assert errors == []
    ids = [operation["operationId"] for operation in _operations(made)]
    assert len(ids) == len(set(ids))


def _operations(node: Any) -> list[dict[str, Any]]:
    if isinstance(node, list):
        return [found for each in node for found in _operations(each)]
    if not isinstance(node, dict):
        return []
    own = [node] if "operationId" in node and "responses" in node else []
    return own + [found for each in node.values() for found in _operations(each)]


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_reading_it_gives_the_routes_back(folder: Path, tmp_path: Path, data: st.DataObject) -> None:
    planned, problems = look(data.draw(apis(folder)))
    if problems:
        return
    try:
        made = document(planned)
    except SpecError:
        return
    if "x-sls-greedy" in [member for item in made["paths"].values() for member in item]:
        return  # what OpenAPI can't hold
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(made))
    read = description(str(file), "shop")
    back = {(route.method, route.path): route for route in read.routes}
    assert back.keys() == _expanded(planned)
    kinds = {way.variable: way.kind.lower() for way in read.ways}
    for route in planned.routes:
        if route.method == "ANY":
            continue
        found = back[route.method, route.path]
        usable = [way for way in route.ways if not route.scopes or way.kind == "jwt"]
        expected = [*map(_kind, usable), *(["public"] if route.public else [])]
        assert [kinds.get(way, "public") for way in found.ways] == expected
        assert found.scopes == route.scopes
        assert found.limits == tuple((each.requests, "minute", each.burst, each.by) for each in route.limits)
        assert found.operation_id == route.operation_id


def _kind(way: WayPlan) -> str:
    described = way.kind == "jwt" and way.described_scopes is not None
    return "oauth2" if described else way.kind.replace("_", "")


def _expanded(planned: Plan) -> set[tuple[str, str]]:
    every = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
    return {(m, route.path) for route in planned.routes for m in (every if route.method == "ANY" else (route.method,))}
