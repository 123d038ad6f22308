"""The very zip that would be deployed, unpacked, on AWS's own runtime client, called as the HTTP API would."""

from __future__ import annotations

import base64
import json
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from examples.orders.infra import api
from sls_infra.bundle import build
from sls_infra.plan import check
from sls_infra.providers.aws.capabilities import CAPABILITIES
from sls_infra.providers.aws.package import bundle_spec

from ...runtime.runtime_api import run_on_awslambdaric


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("deployed")
    planned = check.plan(api(), CAPABILITIES)
    bundle = build(bundle_spec(planned, planned.functions[0], CAPABILITIES), cache=folder / "cache")
    with zipfile.ZipFile(bundle.path) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


def event(
    route: str, path: str, *, claims: dict[str, Any] | None = None, body: Any = None, **headers: str
) -> dict[str, Any]:
    """What an HTTP API sends (payload 2.0), with a token that its authorizer has verified."""
    method = route.split(" ")[0]
    raw_path, _, query = path.partition("?")
    made: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route,
        "rawPath": raw_path,
        "rawQueryString": query,
        "headers": {"host": "api.example.com", "x-forwarded-proto": "https", **headers},
        "requestContext": {
            "http": {
                "method": method,
                "path": raw_path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "t",
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": route,
            "stage": "$default",
            "timeEpoch": int(time.time() * 1000),
        },
        "isBase64Encoded": False,
    }
    if claims is not None:
        payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
        made["headers"]["authorization"] = f"Bearer e30.{payload}.c2ln"
        made["requestContext"]["authorizer"] = {
            "jwt": {"claims": {k: str(v) for k, v in claims.items()}, "scopes": None}
        }
    if body is not None:
        made["body"] = json.dumps(body)
        made["headers"]["content-type"] = "application/json"
    return made


def test_the_orders_example_answers_on_lambda(unpacked: Path, tmp_path: Path) -> None:
    writer = {"sub": "ann", "scope": "orders:read orders:write", "exp": int(time.time()) + 60}
    events = [
        event("GET /health", "/health"),
        event("GET /orders", "/orders"),
        event("GET /orders", "/orders", claims={"sub": "ann", "scope": "orders:write"}),
        event("POST /orders", "/orders", claims=writer, body={"nonsense": 1}),
        event("GET /orders", "/orders?limit=2", claims=writer),
        event("GET /orders/{id}", "/orders/none", claims=writer),
        event("GET /health", "/orders", claims=writer),
    ]
    answers = run_on_awslambdaric(unpacked, events, env={"ORDERS_DB": str(tmp_path / "orders.db")})
    assert [answer["statusCode"] for answer in answers] == [200, 401, 403, 400, 200, 404, 404]
    scopes = answers[2]["headers"]
    assert scopes["www-authenticate"].startswith('Bearer error="insufficient_scope"')
    assert json.loads(answers[3]["body"])["errors"]


def test_the_zip_holds_what_runs_and_nothing_else(unpacked: Path) -> None:
    files = {str(file.relative_to(unpacked)) for file in unpacked.rglob("*") if file.is_file()}
    assert "sls_manifest.json" in files
    assert "sls_infra/runtime/entry/aws.py" in files
    assert "sls_infra/runtime/entry/local.py" not in files
    assert not [file for file in files if file.startswith(("sls_infra/spec", "sls_infra/plan", "pulumi", "pydantic"))]
    assert not [file for file in files if file.endswith(".pyc")]
