"""The very zip that would be deployed behind a load balancer, unpacked, on Google's functions-framework."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sls_infra import Api, Cors, Custom, Domain, Function, Public, Route
from sls_infra.plan import check
from sls_infra.providers.gcp.capabilities import FRONTS

from ...runtime.entry.test_gcp import event
from ...runtime.functions_framework import FunctionsFramework
from .gateway import unpack

CODE = """
def judge(request):
    token = request.headers.get("authorization", "")
    return {"sub": token.removeprefix("Bearer ")} if token.startswith("Bearer of-") else None

def echo(request):
    return {"path": request.raw_path, "query": request.raw_query, "url": request.url, "claims": request.claims,
            "ip": request.client_ip, "id": request.id, "body": request.text, "params": request.path_params}
"""
SENT = [tuple(header) for header in event("load-balancer-documented")["headers"]]


def api(folder: Path) -> Api:
    (folder / "app.py").write_text(CODE)
    shop = Function("shop", code=folder, handler="app:echo")
    return Api(
        "orders",
        auth=Custom(shop, handler="app:judge"),
        domain=Domain("api.example.com"),
        cors=Cors(origins=["https://shop.example.com"]),
        routes=[
            Route("ANY", "/orders/{id}", shop),
            Route("GET", "/files/{path+}", shop, auth=Public()),
            Route("GET", "/maybe", shop, auth=[Custom(shop, handler="app:judge"), Public()]),
        ],
    )


ENV = {"SLS_DEPLOYED": json.dumps({"front": "load-balancer"})}


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("balanced")
    (folder / "code").mkdir()
    planned, front = check.fitting(api(folder / "code"), FRONTS)
    return unpack(planned, folder, front)


@pytest.fixture(scope="module")
def function(unpacked: Path) -> Iterator[FunctionsFramework]:
    with FunctionsFramework(unpacked, env=ENV) as running:
        yield running


def call(function: FunctionsFramework, target: str, *more: Any, method: str = "GET", body: Any = None) -> Any:
    status, headers, answer = function.call(method, target, [*SENT, *more], body)
    return status, {name.lower(): value for name, value in headers}, json.loads(answer) if answer else None


def test_calls_are_answered_by_the_callers_own_path(function: FunctionsFramework) -> None:
    status, _, found = call(function, "/orders/a%20b?x=%2F", method="POST", body=b"hello")
    assert status == 200, found
    assert found == {
        "path": "/orders/a%20b",
        "query": "x=%2F",
        "url": "https://api.example.com/orders/a%20b?x=%2F",
        "claims": {"sub": "of-the-caller"},
        "ip": "203.0.113.7",
        "id": "105445aa7843bc8bf206b12000100000",
        "body": "hello",
        "params": {"id": "a b"},
    }
    assert call(function, "/files/a/b/")[2]["params"] == {"path": "a/b/"}


def test_the_runtime_decides_who_may_call(function: FunctionsFramework) -> None:
    forged = [tuple(header) for header in event("load-balancer-forged")["headers"]]
    for target, status in (("/orders/7", 401), ("/files/x", 200), ("/maybe", 200)):
        answered, _, body = function.call("GET", target, forged)
        assert answered == status, body
        if status == 200:
            assert json.loads(body)["claims"] == {}


def test_a_refusal_is_one_line_of_the_log(unpacked: Path) -> None:
    forged = [tuple(header) for header in event("load-balancer-forged")["headers"]]
    with FunctionsFramework(unpacked, env=ENV) as running:
        assert running.call("GET", "/orders/7?x=secret", forged)[0] == 401
    (line,) = [line for line in running.log.splitlines() if '"audit"' in line]
    told = json.loads(line)
    assert (told["status"], told["rule"], told["path"]) == (401, "auth:custom", "/orders/7")
    assert told["client_ip"] == "203.0.113.7"
    assert "e30" not in running.log


@pytest.mark.parametrize(
    "target",
    [
        "/_sls/http/x/orders/7",
        "/_sls/authorize/custom",
        "/orders",
        "/%6Frders/7",
        "//orders/7",
        "/orders/7/",
        "/x/../files/a",
    ],
)
def test_anything_else_is_not_found(function: FunctionsFramework, target: str) -> None:
    status, headers, body = call(function, target, ("Origin", "https://shop.example.com"), method="POST", body=b"{}")
    assert (status, body["status"]) == (404, 404)
    assert headers["content-type"] == "application/problem+json"
    assert headers["access-control-allow-origin"] == "https://shop.example.com"


def test_preflights_are_answered(function: FunctionsFramework) -> None:
    asked = [("Origin", "https://shop.example.com"), ("Access-Control-Request-Method", "POST")]
    status, headers, _ = call(function, "/orders/7", *asked, method="OPTIONS")
    assert status == 204
    assert headers["access-control-allow-origin"] == "https://shop.example.com"
