"""Settings of the runtime's tests, and what they share."""

from __future__ import annotations

import json
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import settings

from sls_infra.runtime import Response, dispatch
from sls_infra.runtime.dispatch import Dispatcher
from sls_infra.runtime.fields import Headers

Serve = Callable[..., Dispatcher]

# The same cases on every run, and no verdict on how fast a busy machine is.
settings.register_profile("runtime", derandomize=True, deadline=None)
settings.load_profile("runtime")


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """An empty module of handlers."""
    module = types.ModuleType("shop_handlers")
    monkeypatch.setitem(sys.modules, "shop_handlers", module)
    return module


@pytest.fixture
def serve(module: types.ModuleType) -> Iterator[Serve]:
    """A dispatcher with one route, for one handler."""

    def serve(handler: Any, method: str = "GET", path: str = "/", **route: Any) -> Dispatcher:
        module.handler = handler  # type: ignore[attr-defined]
        return Dispatcher(manifest({"method": method, "path": path, "handler": "shop_handlers:handler", **route}))

    yield serve
    dispatch.close()


def manifest(*routes: dict[str, Any]) -> dict[str, Any]:
    filled = [{"auth": ["public"], "scopes": [], "request": None, **route} for route in routes]
    return {"version": 1, "api": "orders", "function": "shop", "routes": filled}


def problem_of(response: Response) -> dict[str, Any]:
    assert Headers(response.headers)["content-type"] == "application/problem+json"
    content = json.loads(response.body)
    assert content["status"] == response.status
    assert content.keys() >= {"type", "title", "detail", "request_id"}
    return dict(content)


def logged(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]
