"""From a manifest and a request to a handler: routes, callers, bodies, and handlers that are not there."""

from __future__ import annotations

import json
import types
from typing import Any

import pytest

from sls_infra.runtime import Request, dispatch
from sls_infra.runtime.dispatch import Dispatcher
from sls_infra.runtime.errors import HandlerError, ManifestError
from sls_infra.runtime.fields import Headers

from .conftest import Serve, logged, manifest, problem_of

# The way to a handler


def test_a_request_reaches_its_handler(serve: Serve) -> None:
    def read(request: Request) -> dict[str, object]:
        return {"id": request.path_params["id"], "route": request.route, "who": request.claims.get("sub")}

    response = serve(read, path="/orders/{id}").handle(Request("GET", "/orders/a%20b"))
    assert response.status == 200
    assert json.loads(response.body) == {"id": "a b", "route": "GET /orders/{id}", "who": None}


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/orders/7"), ("GET", "/orders"), ("GET", "/orders/7/"), ("", "")]
)
def test_what_matches_nothing_is_404(serve: Serve, method: str, path: str) -> None:
    response = serve(lambda request: "found", path="/orders/{id}").handle(Request(method, path, id="r-1"))
    assert response.status == 404
    assert problem_of(response)["request_id"] == "r-1"


def test_a_route_that_the_gateway_matched_otherwise_is_404(serve: Serve) -> None:
    dispatcher = serve(lambda request: "found", path="/orders/{id}")
    assert dispatcher.handle(Request("GET", "/orders/7"), route="GET /orders/{id}").status == 200
    assert dispatcher.handle(Request("GET", "/orders/7"), route="GET /orders").status == 404
    assert dispatcher.handle(Request("GET", "/orders/7"), route="ANY /orders/{id}").status == 404


@pytest.mark.parametrize("auth", [["jwt"], ["oauth2"], ["something new"], [], None])
def test_a_route_that_is_not_public_needs_a_caller(serve: Serve, auth: list[str] | None) -> None:
    dispatcher = serve(lambda request: request.claims, auth=auth)
    response = dispatcher.handle(Request("GET", "/"))
    assert response.status == 401
    assert Headers(response.headers)["www-authenticate"] == "Bearer"
    assert problem_of(response)["title"] == "Unauthorized"
    assert json.loads(dispatcher.handle(Request("GET", "/", claims={"sub": "u"})).body) == {"sub": "u"}
    assert dispatcher.handle(Request("GET", "/", claims={})).status == 200


def test_claims_that_nobody_verified_are_no_claims(serve: Serve) -> None:
    protected = serve(lambda request: "secret", auth=["jwt"])
    assert protected.handle(Request("GET", "/", claims={"sub": "u"}), verified=False).status == 401
    either = serve(lambda request: [request.claims, request.authenticated], auth=["jwt", "public"])
    assert json.loads(either.handle(Request("GET", "/", claims={"sub": "u"}), verified=False).body) == [{}, False]


def test_a_public_route_knows_nobody(serve: Serve) -> None:
    dispatcher = serve(lambda request: [request.claims, request.authenticated])
    assert json.loads(dispatcher.handle(Request("GET", "/", claims={"sub": "u"})).body) == [{}, False]


def test_one_of_several_ways_in_suffices(serve: Serve) -> None:
    dispatcher = serve(lambda request: request.claims, auth=["jwt", "public"])
    assert json.loads(dispatcher.handle(Request("GET", "/")).body) == {}
    assert json.loads(dispatcher.handle(Request("GET", "/", claims={"sub": "u"})).body) == {"sub": "u"}


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({"scope": "orders:read orders:write"}, 200),
        ({"scope": "x orders:write y orders:read"}, 200),
        ({"scope": ["orders:read", "orders:write"]}, 200),
        ({"scp": "orders:read orders:write"}, 200),
        ({"scp": ["orders:read", "orders:write", 7]}, 200),
        ({"scope": "orders:read"}, 403),
        ({"scope": "orders:readorders:write"}, 403),
        ({"scope": "orders:read,orders:write"}, 403),
        ({"scope": "ORDERS:READ ORDERS:WRITE"}, 403),
        ({"scope": "", "scp": ["orders:read", "orders:write"]}, 403),
        ({"scope": {"orders:read": 1, "orders:write": 1}}, 403),
        ({"scope": 7}, 403),
        ({"scope": [["orders:read", "orders:write"]]}, 403),
        ({}, 403),
        (None, 401),
    ],
)
def test_all_scopes_are_needed(serve: Serve, claims: dict[str, Any] | None, status: int) -> None:
    for auth in (["jwt"], ["jwt", "public"]):
        dispatcher = serve(lambda request: "in", auth=auth, scopes=["orders:read", "orders:write"])
        response = dispatcher.handle(Request("GET", "/", claims=claims))
        assert response.status == status
        if status == 403:
            expected = 'Bearer error="insufficient_scope", scope="orders:read orders:write"'
            assert Headers(response.headers)["www-authenticate"] == expected
            assert problem_of(response)["title"] == "Forbidden"


def test_scopes_on_a_public_route_let_nobody_in(serve: Serve) -> None:
    dispatcher = serve(lambda request: "in", scopes=["orders:read"])
    assert dispatcher.handle(Request("GET", "/", claims={"scope": "orders:read"})).status == 401


SCHEMA = {
    "type": "object",
    "properties": {
        "items": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "properties": {"qty": {"type": "integer", "minimum": 1}},
                "required": ["qty"],
            },
        }
    },
    "required": ["items"],
}


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        (b'{"items": [{"qty": 0}]}', [{"pointer": "/items/0/qty", "message": "must be at least 1"}]),
        (b'{"items": [{"qty": 1}, {}]}', [{"pointer": "/items/1/qty", "message": "is missing"}]),
        (b"{}", [{"pointer": "/items", "message": "is missing"}]),
        (b"7", [{"pointer": "", "message": "must be an object"}]),
    ],
)
def test_a_body_that_does_not_fit_is_400_and_names_the_places(
    serve: Serve, body: bytes, errors: list[dict[str, str]]
) -> None:
    response = serve(lambda request: "in", "POST", request=SCHEMA).handle(Request("POST", "/", body=body))
    assert response.status == 400
    assert problem_of(response)["errors"] == errors


def test_a_malformed_body_is_400_and_names_the_place(serve: Serve) -> None:
    response = serve(lambda request: "in", "POST", request=SCHEMA).handle(Request("POST", "/", body=b'{"items": ]'))
    assert response.status == 400
    assert "line 1, column 11" in problem_of(response)["detail"]


def test_a_body_that_fits_reaches_the_handler(serve: Serve) -> None:
    dispatcher = serve(lambda request: request.json()["items"], "POST", request=SCHEMA)
    assert dispatcher.handle(Request("POST", "/", body=b'{"items": [{"qty": 2}]}')).body == b'[{"qty":2}]'


def test_a_hundred_thousand_mistakes_are_a_short_answer(serve: Serve) -> None:
    body = json.dumps({"items": [{"qty": 0}] * 100_000}).encode()
    response = serve(lambda request: "in", "POST", request=SCHEMA).handle(Request("POST", "/", body=body))
    assert response.status == 400
    assert len(problem_of(response)["errors"]) == dispatch.MAX_ERRORS


def test_who_may_not_call_learns_nothing_of_the_body(serve: Serve) -> None:
    dispatcher = serve(lambda request: "in", "POST", request=SCHEMA, auth=["jwt"], scopes=["a"])
    assert dispatcher.handle(Request("POST", "/", body=b"{")).status == 401
    assert dispatcher.handle(Request("POST", "/", body=b"{", claims={})).status == 403


# Manifests, and handlers that are not there


def test_warming_names_every_handler_that_is_not_there(
    module: types.ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    module.fine = lambda request: "fine"  # type: ignore[attr-defined]
    module.number = 7  # type: ignore[attr-defined]
    dispatcher = Dispatcher(
        manifest(
            {"method": "GET", "path": "/fine", "handler": "shop_handlers:fine"},
            {"method": "GET", "path": "/gone", "handler": "shop_handlers:gone"},
            {"method": "GET", "path": "/number", "handler": "shop_handlers:number"},
            {"method": "GET", "path": "/nowhere", "handler": "no_such_module.api:read"},
            {"method": "GET", "path": "/odd", "handler": "shop_handlers:fine", "request": {"unevaluatedItems": False}},
        )
    )
    with pytest.raises(HandlerError) as caught:
        dispatcher.warm()
    message = str(caught.value)
    assert "'shop_handlers:gone' of GET /gone can't be imported: AttributeError" in message
    assert "'shop_handlers:number' of GET /number can't be called: it is 7" in message
    assert "'no_such_module.api:read' of GET /nowhere can't be imported: ModuleNotFoundError" in message
    assert "the request schema of GET /odd can't be used" in message
    assert "fine' of GET /fine" not in message
    assert capsys.readouterr().err == ""

    statuses = [
        dispatcher.handle(Request("GET", path)).status for path in ("/fine", "/gone", "/number", "/nowhere", "/odd")
    ]
    assert statuses == [200, 500, 500, 500, 500]
    assert len(logged(capsys)) == 4


def test_a_module_that_exits_when_imported_takes_nothing_with_it(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, module: types.ModuleType
) -> None:
    (tmp_path / "exiting_handlers.py").write_text("import sys; sys.exit('no configuration')")
    monkeypatch.syspath_prepend(tmp_path)
    module.fine = lambda request: "fine"  # type: ignore[attr-defined]
    dispatcher = Dispatcher(
        manifest(
            {"method": "GET", "path": "/exiting", "handler": "exiting_handlers:read"},
            {"method": "GET", "path": "/fine", "handler": "shop_handlers:fine"},
        )
    )
    with pytest.raises(HandlerError, match="SystemExit: no configuration"):
        dispatcher.warm()
    assert dispatcher.handle(Request("GET", "/fine")).body == b"fine"


def test_a_handler_that_could_not_be_imported_is_tried_again(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a module needs when imported may be away for a moment."""
    (tmp_path / "flaky_handlers.py").write_text(
        "import os\nos.environ['SHOP_SETTING']\ndef read(request): return 'read'\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delenv("SHOP_SETTING", raising=False)
    dispatcher = Dispatcher(manifest({"method": "GET", "path": "/", "handler": "flaky_handlers:read"}))
    assert dispatcher.handle(Request("GET", "/")).status == 500
    monkeypatch.setenv("SHOP_SETTING", "1")
    assert dispatcher.handle(Request("GET", "/")).body == b"read"


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({}, "version"),
        ({"version": 2, "routes": []}, "version 2"),
        ({"version": 1}, "routes"),
        ({"version": 1, "routes": [{}]}, "KeyError"),
        ({"version": 1, "routes": [{"method": "GET", "path": "/a/", "handler": "a:b"}]}, "ends in a slash"),
        ({"version": 1, "routes": [{"method": "GET", "path": "/a", "handler": "a:b"}] * 2}, "routed twice"),
        ({"version": 1, "routes": 7}, "TypeError"),
        ([], "TypeError"),
    ],
)
def test_manifests_that_cannot_be_read(bad: Any, message: str) -> None:
    with pytest.raises(ManifestError, match=message):
        Dispatcher(bad)


def test_a_bundle_without_a_manifest(tmp_path: Any) -> None:
    with pytest.raises(ManifestError, match="no manifest can be read"):
        Dispatcher.of_bundle(str(tmp_path))
    (tmp_path / dispatch.MANIFEST_NAME).write_text("{")
    with pytest.raises(ManifestError, match="no manifest can be read"):
        Dispatcher.of_bundle(str(tmp_path))


def test_a_route_without_a_handler_answers_204() -> None:
    route = {
        "method": "OPTIONS",
        "path": "/a/{rest+}",
        "handler": None,
        "auth": ["public"],
        "scopes": [],
        "request": None,
    }
    dispatcher = Dispatcher({"version": 1, "api": "a", "function": "f", "routes": [route]})
    dispatcher.warm()
    answer = dispatcher.handle(Request("OPTIONS", "/a/b/c"), route="OPTIONS /a/{rest+}")
    assert (answer.status, answer.body) == (204, b"")
    assert dispatcher.handle(Request("GET", "/a/b/c")).status == 404
