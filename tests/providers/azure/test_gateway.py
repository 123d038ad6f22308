"""API Management: the document judged by openapi-spec-validator, and by what its import does to one."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator

from sls_infra import Api, Cors, Function, Jwt, Public, Route
from sls_infra.plan.names import route_id

from ...plan.specs import code
from .specs import api_with, document, operations, rendered, small

CORS = Cors(origins=["https://shop.example.com"])


def normalized(id: str) -> str:
    """What an import makes of an operation's id (API Management: "API import restrictions")."""
    return re.sub(r"[^a-z0-9]+", "-", id.lower()).strip("-")[:76]


def test_the_document_is_valid_openapi(tmp_path: Path) -> None:
    odd = api_with(tmp_path, ("GET", "/{Id}/{id}"), ("ANY", "/{rest+}"), ("POST", "/"), cors=Cors(origins=["*"]))
    for api in (small(tmp_path), small(tmp_path, cors=CORS), odd):
        body = document(rendered(api))
        assert body["openapi"] == "3.0.1"
        assert list(OpenAPIV30SpecValidator(body).iter_errors()) == []


def test_an_import_leaves_operation_ids_as_they_are(tmp_path: Path) -> None:
    shop = Function("Shop_" + "x" * 50, code=code(tmp_path), handler="app:read")
    auth = Jwt(issuer="https://id.example.com/", audience="a")
    routes = [Route("ANY", f"/{'long/' * 30}{i}/{{id}}", shop, operation_id=f"Get_Order.{i}") for i in range(20)]
    ids = list(operations(rendered(Api("orders", auth=auth, routes=routes, cors=CORS))).values())
    assert [normalized(id) for id in ids] == ids
    assert len(set(ids)) == len(ids) == 7 * 20 + 2


def test_an_operation_tells_way_function_and_route(tmp_path: Path) -> None:
    found = {key: id.split("-") for key, id in operations(rendered(small(tmp_path))).items()}
    assert found["GET", "/health"][0] == "open"
    assert [key for key, id in found.items() if id[0] == "open"] == [("GET", "/health")], "said to be public, alone"
    assert found["GET", "/orders/{p1}"][2] == route_id("GET", "/orders/{id}")
    methods = {method for method, path in found if path == "/files/*"}
    assert methods == {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
    assert {found[method, "/files/*"][2] for method in methods} == {route_id("ANY", "/files/{path+}")}
    assert found["GET", "/health"][1] == found["GET", "/orders/{p1}"][1] != found["GET", "/files/*"][1]


def test_a_route_of_its_own_stands_before_any(tmp_path: Path) -> None:
    shop = Function("shop", code=code(tmp_path), handler="app:read")
    auth = Jwt(issuer="https://id.example.com/", audience="a")
    routes = [Route("ANY", "/a", shop, auth=auth), Route("GET", "/a", shop, auth=Public())]
    found = operations(rendered(Api("orders", routes=routes)))
    assert found["GET", "/a"].startswith("open-")
    assert found["POST", "/a"].startswith("t")


def test_only_with_cors_is_there_an_open_options_for_what_is_left(tmp_path: Path) -> None:
    plain = operations(rendered(api_with(tmp_path, ("GET", "/a"))))
    assert list(plain) == [("GET", "/a")]
    found = operations(rendered(api_with(tmp_path, ("GET", "/a"), cors=CORS)))
    assert set(found) == {("GET", "/a"), ("OPTIONS", "/"), ("OPTIONS", "/*")}
    assert found["OPTIONS", "/*"].startswith("cors-")
    own = operations(rendered(api_with(tmp_path, ("ANY", "/{rest+}"), cors=CORS)))
    assert own["OPTIONS", "/*"].startswith("t"), "the route's own, which needs its token"


def test_the_number_of_resources_does_not_depend_on_the_number_of_routes(tmp_path: Path) -> None:
    def count(routes: int) -> int:
        return len(rendered(api_with(tmp_path, *(("ANY", f"/r{i}/{{id}}") for i in range(routes)))).resources)

    assert count(1) == count(300)


def test_the_policy_grows_with_neither_routes_nor_functions(tmp_path: Path) -> None:
    auth = Jwt(issuer="https://id.example.com/", audience="a")
    functions = [Function(f"f{i}", code=code(tmp_path), handler="app:read") for i in range(20)]
    many = [Route("GET", f"/r{i}", functions[i % 20]) for i in range(300)]
    sizes = [
        len(rendered(Api("orders", auth=auth, cors=CORS, routes=routes)).one("ApiPolicy").inputs["value"])
        for routes in (many[:1], many)
    ]
    assert sizes[0] == sizes[1] < 16 * 1024


def test_a_function_is_called_with_its_key_alone(tmp_path: Path) -> None:
    stack = rendered(small(tmp_path))
    used = {id.split("-")[1] for id in operations(stack).values()}
    assert {backend.inputs["backendId"] for backend in stack.all("Backend")} == used
    for name in ("shop", "files"):
        backend, key = stack.one("Backend", name=name), stack.one("NamedValue", name=name)
        assert backend.inputs["url"] == f"https://orders-{name}0123abcd.azurewebsites.net/_sls"
        assert backend.inputs["credentials"] == {
            "header": {"x-functions-key": [f"{{{{{key.inputs['displayName']}}}}}"]}
        }
        assert key.urn in backend.depends_on, "a named value that is not there yet is refused"
        assert stack.one("azure-native:apimanagement:Api").depends_on.count(backend.urn) == 1


def test_the_api_is_at_the_root_for_everybody(tmp_path: Path) -> None:
    stack = rendered(api_with(tmp_path, ("GET", "/a")))
    assert len(stack.all("Backend")) == 1
    api = stack.one("azure-native:apimanagement:Api").inputs
    assert api["path"] == ""
    assert api["subscriptionRequired"] is False
    assert api["protocols"] == ["https"]
    assert api["translateRequiredQueryParametersConduct"] == "query"


def test_the_service_is_the_consumption_tier_and_its_logs_hold_no_bodies(tmp_path: Path) -> None:
    stack = rendered(small(tmp_path))
    assert stack.one("ApiManagementService").inputs["sku"] == {"name": "Consumption", "capacity": 0}
    logger = stack.one("Logger").inputs
    assert logger["credentials"]["identityClientId"] == "SystemAssigned"
    diagnostic = stack.one("Diagnostic").inputs
    assert diagnostic["alwaysLog"] == "allErrors"
    assert not {"frontend", "backend"} & set(diagnostic)
    assert stack.outputs["url"] == "https://orders0123abcd.azure-api.net"


def test_words_of_the_spec_can_not_leave_the_document(tmp_path: Path) -> None:
    words = '"}}], "x": {{key}} @(context.Request) </description>'
    body = document(rendered(api_with(tmp_path, description=words, version=words)))
    assert body["info"] == {"title": "orders", "version": words, "description": words}
    assert json.dumps(body["paths"]) == json.dumps(document(rendered(api_with(tmp_path)))["paths"])


@pytest.mark.parametrize("preview", [False, True])
def test_an_api_is_one_service(tmp_path: Path, preview: bool) -> None:
    stack = rendered(small(tmp_path), preview=preview)
    for kind in ("ApiManagementService", "azure-native:apimanagement:Api", "ApiPolicy", "Logger", "ResourceGroup"):
        assert len(stack.all(kind)) == 1
