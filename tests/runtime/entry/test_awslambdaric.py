"""The AWS entry point on AWS's own runtime client: what a deployed function does, from its first import on."""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

import sls_infra.runtime
from tests.runtime.runtime_api import Failed, InitError, run_on_awslambdaric

EVENTS = Path(__file__).parents[2] / "events" / "aws"

API = """
import asyncio, os, sys
from sls_infra.runtime import HttpError, Request, Response, links

started = []

def read(request: Request) -> Response:
    if request.path_params["id"] == "404":
        raise HttpError(404, "no such order")
    order, sub = request.path_params["id"], request.claims["sub"]
    response = Response.json({"id": order, "sub": sub, "q": request.query.get_all("q")})
    response.set_cookie("seen", "1")
    return response

async def create(request: Request) -> dict:
    await asyncio.sleep(0)
    return {"got": request.json()}

def picture(request: Request) -> Response:
    return Response(bytes(range(256)), content_type="image/png", headers=[("x-a", "1"), ("x-a", "2")])

def crash(request: Request) -> None:
    raise RuntimeError("the password is hunter2")

def leave(request: Request) -> None:
    sys.exit(3)

def linked(request: Request) -> None:
    links.table("orders").get("7")

def environment(request: Request) -> dict:
    return {"modules": sorted(name for name in ("pydantic", "pulumi", "starlette", "jwt") if importable(name))}

def importable(name: str) -> bool:
    try:
        __import__(name)
    except ImportError:
        return False
    return True
"""
ROUTES = [
    {"method": "GET", "path": "/orders/{id}", "handler": "shop.api:read", "auth": ["jwt"], "scopes": ["orders:read"]},
    {
        "method": "POST",
        "path": "/orders",
        "handler": "shop.api:create",
        "auth": ["public"],
        "request": {"required": ["qty"]},
    },
    {"method": "ANY", "path": "/picture", "handler": "shop.api:picture", "auth": ["public"]},
    {"method": "GET", "path": "/crash", "handler": "shop.api:crash", "auth": ["public"]},
    {"method": "GET", "path": "/leave", "handler": "shop.api:leave", "auth": ["public"]},
    {"method": "GET", "path": "/linked", "handler": "shop.api:linked", "auth": ["public"]},
    {"method": "GET", "path": "/environment", "handler": "shop.api:environment", "auth": ["public"]},
    {"method": "GET", "path": "/broken", "handler": "shop.broken:read", "auth": ["public"]},
]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle as it is deployed: the user's package, the runtime and the manifest side by side."""
    root = tmp_path_factory.mktemp("bundle")
    runtime = Path(sls_infra.runtime.__file__).parent
    shutil.copytree(runtime, root / "sls_infra" / "runtime", ignore=shutil.ignore_patterns("__pycache__"))
    (root / "sls_infra" / "__init__.py").touch()
    (root / "shop").mkdir()
    (root / "shop" / "__init__.py").touch()
    (root / "shop" / "api.py").write_text(API)
    (root / "shop" / "broken.py").write_text("import not_in_the_bundle\n")
    manifest = {"version": 1, "api": "orders", "function": "shop", "routes": ROUTES}
    (root / "sls_manifest.json").write_text(json.dumps(manifest))
    return root


def call(method: str, path: str, *, route: str | None = None, **changes: Any) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((EVENTS / "http-api-no-authorizer.json").read_text("utf-8"))
    event["rawPath"], event["routeKey"] = path, route or f"{method} {path}"
    event["requestContext"]["http"]["method"] = method
    claims = changes.pop("claims", None)
    if claims:
        event["requestContext"]["authorizer"] = {"jwt": {"claims": claims, "scopes": None}}
    return {**event, **changes}


def test_a_deployed_function_on_awss_own_client(bundle: Path) -> None:
    reader = {"sub": "u", "scope": "orders:read"}
    order = "GET /orders/{id}"
    cases: list[tuple[dict[str, Any], int]] = [
        (call("GET", "/orders/7", route=order, claims=reader, rawQueryString="q=1&q=2"), 200),
        (call("GET", "/orders/404", route=order, claims=reader), 404),
        (call("GET", "/orders/7", route=order, claims={"sub": "u"}), 403),
        (call("GET", "/orders/7", route=order), 401),
        (call("GET", "/orders/7", route="GET /orders/{other}", claims=reader), 404),
        (call("POST", "/orders", body='{"qty": 1}'), 200),
        (call("POST", "/orders", body=base64.b64encode(b'{"qty": 2}').decode(), isBase64Encoded=True), 200),
        (call("POST", "/orders", body='{"qty": '), 400),
        (call("POST", "/orders", body="{}"), 400),
        (call("GET", "/picture", route="ANY /picture"), 200),
        (call("HEAD", "/picture", route="ANY /picture"), 200),
        (call("GET", "/crash"), 500),
        (call("GET", "/leave"), 500),
        (call("GET", "/linked"), 500),
        (call("GET", "/broken"), 500),
        (call("GET", "/environment"), 200),
    ]
    log: list[str] = []
    responses = run_on_awslambdaric(bundle, [event for event, _ in cases], log=log)
    assert [response["statusCode"] for response in responses] == [status for _, status in cases]

    read, missing, forbidden, _, _, created, created_binary, malformed, unfit, picture, head, *crashes, environment = (
        responses
    )
    assert json.loads(read["body"]) == {"id": "7", "sub": "u", "q": ["1", "2"]}
    assert read["cookies"] == ["seen=1; Path=/; SameSite=Lax; Secure; HttpOnly"]
    assert json.loads(missing["body"])["detail"] == "no such order"
    assert "insufficient_scope" in forbidden["headers"]["www-authenticate"]
    assert [json.loads(response["body"]) for response in (created, created_binary)] == [
        {"got": {"qty": 1}},
        {"got": {"qty": 2}},
    ]
    assert "line 1" in json.loads(malformed["body"])["detail"]
    assert json.loads(unfit["body"])["errors"] == [{"pointer": "/qty", "message": "is missing"}]
    assert picture["isBase64Encoded"]
    assert base64.b64decode(picture["body"]) == bytes(range(256))
    assert picture["headers"] == {"content-type": "image/png", "x-a": "1, 2"}
    assert head["body"] == ""
    assert all(json.loads(response["body"])["request_id"] == "LV7fzho-PHcEJPw=" for response in crashes)
    assert "hunter2" not in json.dumps(responses)
    assert json.loads(environment["body"]) == {"modules": []}

    lines = [json.loads(line) for line in log if line.startswith("{")]
    refused = [(line["route"], line["status"], line["rule"]) for line in lines if line.get("audit") == "refused"]
    assert {(status, rule) for _, status, rule in refused} >= {(401, "auth"), (400, "request")}
    errors = [line for line in lines if "audit" not in line]
    assert [error["route"] for error in errors] == ["", "GET /crash", "GET /leave", "GET /linked", "GET /broken"]
    assert "not_in_the_bundle" in errors[0]["error"]  # told when the function starts
    assert errors[1]["error"] == "RuntimeError: the password is hunter2"
    assert 'Function("shop"' in errors[3]["error"]


def test_an_event_of_something_else_fails_its_call_and_no_other(bundle: Path) -> None:
    failed, answered = run_on_awslambdaric(bundle, [{"Records": []}, call("GET", "/picture", route="ANY /picture")])
    assert isinstance(failed, Failed)
    assert failed.error["errorType"] == "EventError"
    assert "HTTP API" in failed.error["errorMessage"]
    assert answered["statusCode"] == 200


def test_a_bundle_without_its_manifest_does_not_start(bundle: Path, tmp_path: Path) -> None:
    shutil.copytree(bundle / "sls_infra", tmp_path / "sls_infra")
    with pytest.raises(InitError, match="no manifest can be read"):
        run_on_awslambdaric(tmp_path, [call("GET", "/picture")])
