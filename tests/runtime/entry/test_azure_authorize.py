"""Questions to an authorizer, as its app's worker gets them from a function that asks."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import azure.functions as func
import pytest

from sls_infra.runtime import Request
from sls_infra.runtime.entry.azure import function_of

from ..azure_host import Received, received, sent, to_worker
from . import azure_calls
from .azure_calls import answered, rpc, serve, trigger
from .conftest import echo

URL = "https://orders-gate.azurewebsites.net/_sls/authorize/custom"
KNOWN = {"custom": {"handler": f"{azure_calls.MODULE}:decide", "ttl": 0}}


def decide(request: Request) -> dict[str, Any] | None:
    name = request.headers.get("x-name")
    return {"sub": name, "path": request.path} if name else None


async def decide_later(request: Request) -> dict[str, Any] | None:
    await asyncio.sleep(0)
    return decide(request)


async def later(request: Request) -> str:
    return request.path


@pytest.fixture
def handlers() -> Iterator[ModuleType]:
    module = ModuleType(azure_calls.MODULE)
    module.__dict__.update(echo=echo, decide=decide, decide_later=decide_later, later=later)
    yield module
    sys.modules.pop(azure_calls.MODULE, None)


def question(name: str | None = "ann", way: str = "custom") -> bytes:
    headers = [["x-name", name]] if name else []
    shown = {"method": "GET", "path": "/orders", "query": "", "headers": headers, "client_ip": "192.0.2.1"}
    return json.dumps(
        {"way": way, "request": {**shown, "id": "1", "url": "https://orders.example.com/orders"}}
    ).encode()


def asked(body: bytes, method: str = "POST", url: str = URL, **headers: str) -> dict[str, Any]:
    pairs = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return to_worker(method, url, [("x-functions-key", "host-key"), *pairs], body)


def test_it_is_answered_by_the_authorizer(handlers: ModuleType) -> None:
    dispatcher = serve(handlers, authorizers=KNOWN)
    answer = answered(dispatcher, asked(question()))
    assert (answer.status, dict(answer.headers)["content-type"]) == (200, "application/json")
    assert json.loads(answer.body) == {"claims": {"sub": "ann", "path": "/orders"}}
    assert json.loads(answered(dispatcher, asked(question(None))).body) == {"claims": None}


@pytest.mark.parametrize("decides", ["decide", "decide_later"])
def test_beside_async_handlers_too(handlers: ModuleType, decides: str) -> None:
    known = {"custom": {"handler": f"{azure_calls.MODULE}:{decides}", "ttl": 0}}
    dispatcher = serve(handlers, "GET /orders later", authorizers=known)
    context: Any = SimpleNamespace(invocation_id="1", thread_local_storage=SimpleNamespace())
    call = trigger(asked(question()))
    found: Received = received(rpc(asyncio.run(function_of(dispatcher, func)(call, context))), "POST")
    assert json.loads(found.body)["claims"]["sub"] == "ann"


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"\xff", question(way="other"), b'{"way": "custom"}'])
def test_what_is_no_question_lets_nobody_in(handlers: ModuleType, body: bytes) -> None:
    answer = answered(serve(handlers, authorizers=KNOWN), asked(body))
    assert json.loads(answer.body)["claims"] is None


def test_a_function_without_authorizers_knows_nobody(handlers: ModuleType) -> None:
    answer = answered(serve(handlers, "GET /orders"), asked(question()))
    assert json.loads(answer.body)["claims"] is None


@pytest.mark.parametrize(
    "call",
    [
        asked(question(), x_sls_route="-"),
        asked(question(), x_sls_route=""),
        asked(question(), X_Sls_Route="r0a1b2c3d4e5"),
        sent("POST", "/authorize/custom", [("content-type", "application/json")], question()),
    ],
)
def test_what_the_gateway_sends_is_none(handlers: ModuleType, call: dict[str, Any]) -> None:
    """It marks every request, whatever the path."""
    answer = answered(serve(handlers, "POST /authorize/{way}", authorizers=KNOWN), call)
    assert b"ann" not in answer.body or b'"claims": {"sub"' not in answer.body
    assert answer.status in (200, 404)
    assert json.loads(answer.body).get("claims") in (None, {})


@pytest.mark.parametrize(("method", "url"), [("GET", URL), ("PUT", URL), ("POST", URL.replace("authorize", "orders"))])
def test_other_calls_past_the_gateway_are_refused(handlers: ModuleType, method: str, url: str) -> None:
    assert answered(serve(handlers, authorizers=KNOWN), asked(question(), method, url)).status == 400


def test_the_client_of_a_key_is_who_the_gateway_says(handlers: ModuleType) -> None:
    from sls_infra.plan.names import route_id

    dispatcher = serve(handlers, "GET /orders", "GET /open", auth="api_key", **{"GET /open": {"auth": ["public"]}})
    headers = [("x-sls-client", "mobile"), ("authorization", "Bearer e30.eyJzdWIiOiAicm9vdCJ9.c2ln")]
    seen = json.loads(answered(dispatcher, sent("GET", "/orders", headers, route=route_id("GET", "/orders"))).body)
    assert (seen["claims"], seen["authenticated"]) == ({"sub": "mobile", "client_id": "mobile"}, True)
    assert "x-sls-client" not in dict(seen["headers"]), "it is not for handlers"
    seen = json.loads(answered(dispatcher, sent("GET", "/open", headers, route=route_id("GET", "/open"))).body)
    assert (seen["claims"], seen["authenticated"]) == ({}, False)


@pytest.mark.parametrize(
    ("way", "headers"),
    [
        ("api_key", {"authorization": "Bearer e30.eyJzdWIiOiAicm9vdCJ9.c2ln"}),
        ("jwt", {"x-sls-client": "mobile"}),
    ],
)
def test_a_gateway_that_verified_something_else_vouches_for_nobody(
    handlers: ModuleType, way: str, headers: dict[str, str]
) -> None:
    """While one of the two is being changed: new code behind an older policy."""
    from sls_infra.plan.names import route_id

    dispatcher = serve(handlers, "GET /orders", auth=way)
    answer = answered(dispatcher, sent("GET", "/orders", list(headers.items()), route=route_id("GET", "/orders")))
    assert answer.status == 401
