"""The function as it is registered: what the worker finds, where handlers run, and who is let in."""

from __future__ import annotations

import asyncio
import base64
import inspect
import json
import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import azure.functions as func
import pytest

import sls_infra.runtime
from sls_infra.plan.names import route_id
from sls_infra.runtime import Request
from sls_infra.runtime.entry import azure
from sls_infra.runtime.errors import ManifestError

from ..azure_host import Received, received, sent
from . import azure_calls
from .azure_calls import answered, rpc, serve, trigger
from .conftest import echo


@pytest.fixture
def handlers() -> Iterator[ModuleType]:
    module = ModuleType(azure_calls.MODULE)
    module.echo = echo  # type: ignore[attr-defined]
    yield module
    sys.modules.pop(azure_calls.MODULE, None)


def token(claims: dict[str, Any]) -> str:
    return f"Bearer e30.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.c2ln"


# Claims

CALLER = {"sub": "ann", "scope": "orders:read"}
READ = route_id("GET", "/orders")


def test_claims_are_those_of_the_token_that_the_gateway_has_verified(handlers: ModuleType) -> None:
    dispatcher = serve(handlers, "GET /orders", auth="jwt")
    answer = answered(dispatcher, sent("GET", "/orders", [("Authorization", token(CALLER))], route=READ))
    seen = json.loads(answer.body)
    assert (seen["claims"], seen["authenticated"]) == (CALLER, True)
    assert ["authorization", token(CALLER)] in seen["headers"]


def test_no_claims_where_no_token_is_asked_for(handlers: ModuleType) -> None:
    dispatcher = serve(handlers, "GET /orders")
    answer = answered(dispatcher, sent("GET", "/orders", [("Authorization", token(CALLER))], route=READ))
    assert (json.loads(answer.body)["claims"], json.loads(answer.body)["authenticated"]) == ({}, False)


@pytest.mark.parametrize("id", ["-", "", "r1", route_id("GET", "/health")])
def test_a_token_counts_for_nothing_where_the_gateway_did_not_vouch_for_that_route(
    handlers: ModuleType, id: str
) -> None:
    dispatcher = serve(handlers, "GET /orders", "GET /health", auth="jwt")
    answer = answered(dispatcher, sent("GET", "/orders", [("Authorization", token(CALLER))], route=id))
    assert answer.status == 404


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer x", "Basic YTpi", "Bearer e30.bm9qc29u.c2ln", "Bearer ..."]
)
def test_without_a_readable_token_nobody_is_let_in(handlers: ModuleType, header: str | None) -> None:
    dispatcher = serve(handlers, "GET /orders", auth="jwt")
    headers = [] if header is None else [("Authorization", header)]
    assert answered(dispatcher, sent("GET", "/orders", headers, route=READ)).status == 401


def test_scopes_are_checked_here(handlers: ModuleType) -> None:
    needed = {"GET /orders": {"scopes": ["orders:read", "orders:all"]}}
    dispatcher = serve(handlers, "GET /orders", auth="jwt", **needed)
    answer = answered(dispatcher, sent("GET", "/orders", [("Authorization", token(CALLER))], route=READ))
    assert answer.status == 403
    assert "insufficient_scope" in answer.all("www-authenticate")[0]


# Where handlers run


def context() -> Any:
    return SimpleNamespace(invocation_id="i-1", thread_local_storage=threading.local())


def run(function: Any, *calls: dict[str, Any]) -> list[Received]:
    """What an async function answers to calls made at once."""

    async def both() -> list[Any]:
        return await asyncio.wait_for(asyncio.gather(*(function(trigger(call), context()) for call in calls)), 20)

    return [received(rpc(answer)) for answer in asyncio.run(both())]


def test_without_async_handlers_the_worker_gets_a_plain_function(handlers: ModuleType) -> None:
    function = azure.function_of(serve(handlers, "GET /orders"), func)
    assert not inspect.iscoroutinefunction(function)
    assert list(inspect.signature(function).parameters) == ["req"]


def test_async_handlers_share_the_workers_loop(handlers: ModuleType) -> None:
    waiting: list[asyncio.Event] = []

    async def wait(request: Request) -> dict[str, Any]:
        if not waiting:
            waiting.append(asyncio.Event())
            await waiting[0].wait()
        else:
            waiting[0].set()  # of the same loop: of another, it would wake nobody
        return {"loop": id(asyncio.get_running_loop()), "thread": threading.get_ident()}

    handlers.wait = wait  # type: ignore[attr-defined]
    function = azure.function_of(serve(handlers, "GET /wait wait"), func)
    assert inspect.iscoroutinefunction(function)
    call = sent("GET", "/wait", route=route_id("GET", "/wait"))
    first, second = (json.loads(answer.body) for answer in run(function, call, call))
    assert first == second
    assert first["thread"] == threading.get_ident()


def test_a_handler_that_blocks_does_not_hold_up_the_loop(handlers: ModuleType) -> None:
    released = threading.Event()

    def block(request: Request) -> dict[str, Any]:
        return {"released": released.wait(10), "thread": threading.get_ident()}

    async def release(request: Request) -> dict[str, Any]:
        released.set()
        return {"thread": threading.get_ident()}

    handlers.block, handlers.release = block, release  # type: ignore[attr-defined]
    function = azure.function_of(serve(handlers, "GET /block block", "GET /release release"), func)
    calls = [sent("GET", f"/{name}", route=route_id("GET", f"/{name}")) for name in ("block", "release")]
    blocked, other = (json.loads(answer.body) for answer in run(function, *calls))
    assert blocked["released"]
    assert other["thread"] == threading.get_ident() != blocked["thread"]


def test_a_thread_tells_the_worker_whose_lines_it_logs(handlers: ModuleType) -> None:
    told = threading.local()
    seen = []

    async def idle(request: Request) -> None:
        pass

    def read(request: Request) -> None:
        seen.append(told.invocation_id)

    handlers.idle, handlers.read = idle, read  # type: ignore[attr-defined]
    function = azure.function_of(serve(handlers, "GET /idle idle", "GET /read read"), func)
    call = trigger(sent("GET", "/read", route=route_id("GET", "/read")))
    asyncio.run(function(call, SimpleNamespace(invocation_id="i-7", thread_local_storage=told)))
    assert seen == ["i-7"]


@pytest.mark.parametrize("id", ["-", route_id("GET", "/idle")])
def test_an_async_function_refuses_the_same(handlers: ModuleType, id: str) -> None:
    async def idle(request: Request) -> None:
        pass

    handlers.idle = idle  # type: ignore[attr-defined]
    function = azure.function_of(serve(handlers, "GET /idle idle"), func)
    bare = {"method": "GET", "headers": {"x-sls-id": "x"}}
    assert [answer.status for answer in run(function, sent("GET", "/other", route=id), bare)] == [404, 400]


# Registered


@pytest.fixture
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bundle's root, with a handler that works and one that can't be imported."""
    shutil.copytree(Path(sls_infra.runtime.__file__).parent, tmp_path / "sls_infra" / "runtime")
    (tmp_path / "azure_shop.py").write_text("def read(request):\n    return {'ok': True}\n")
    routes = [
        {"id": f"r{name}", "method": "GET", "path": f"/{name}", "handler": f"{module}:read", "auth": ["public"]}
        for name, module in (("read", "azure_shop"), ("broken", "azure_not_there"))
    ]
    manifest = {"version": 1, "api": "orders", "function": "shop", "routes": routes}
    (tmp_path / "sls_manifest.json").write_text(json.dumps(manifest))
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_registered_is_one_function_for_every_path_and_method(bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
    azure.register(app, func, str(bundle))
    (made,) = app.get_functions()
    first, second = (binding.get_dict_repr() for binding in made.get_bindings())
    assert made.get_function_name() == azure.NAME
    assert (first["route"], first["authLevel"]) == ("{*path}", func.AuthLevel.FUNCTION)
    assert {getattr(method, "value", method) for method in first["methods"]} == set(azure.METHODS)
    assert second["name"] == "$return"
    logged = json.loads(capsys.readouterr().err)
    assert "azure_not_there" in logged["error"]
    statuses = []
    for name in ("read", "broken"):
        answer = made.get_user_function()(trigger(sent("GET", f"/{name}", route=f"r{name}")))
        statuses.append(answer.status_code)
    assert statuses == [200, 500]


def test_outside_a_bundle_there_is_nothing_to_register(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="no manifest can be read"):
        azure.register(func.FunctionApp(), func, str(tmp_path))


def test_the_root_is_the_folder_that_holds_the_runtime() -> None:
    assert Path(azure.ROOT) / "sls_infra" / "runtime" == Path(sls_infra.runtime.__file__).parent
