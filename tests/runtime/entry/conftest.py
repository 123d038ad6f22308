"""What the tests of an HTTP API's events share: documented events, and handlers that echo them."""

from __future__ import annotations

import base64
import json
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from sls_infra.runtime import Request
from sls_infra.runtime.dispatch import Dispatcher
from sls_infra.runtime.entry.http_api import answer

EVENTS = Path(__file__).parents[2] / "events" / "aws"


def event(name: str, **changes: Any) -> dict[str, Any]:
    """A documented event, with some of its fields replaced; "http.method" is one of requestContext."""
    loaded: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text("utf-8"))
    for field, value in changes.items():
        target, path = loaded, field.split("__")
        if path[0] == "context":
            target, path = loaded["requestContext"], path[1:]
        for key in path[:-1]:
            target = target[key]
        target[path[-1]] = value
    return loaded


def echo(request: Request) -> dict[str, Any]:
    return {
        "method": request.method,
        "path": request.path,
        "raw_path": request.raw_path,
        "params": request.path_params,
        "query": request.query.items(),
        "headers": request.headers.items(),
        "cookies": request.cookies,
        "body": base64.b64encode(request.body).decode(),
        "claims": request.claims,
        "authenticated": request.authenticated,
        "client_ip": request.client_ip,
        "id": request.id,
        "url": request.url,
        "route": request.route,
    }


@pytest.fixture
def handlers(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """The module that routes name their handlers in."""
    module = types.ModuleType("echo_handlers")
    module.echo = echo  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "echo_handlers", module)
    return module


def serve(*routes: str, auth: str = "public", **more: Any) -> Dispatcher:
    pairs = [route.split(" ") for route in routes]
    entries = [
        {"method": method, "path": path, "handler": "echo_handlers:echo", "auth": [auth], **more}
        for method, path in pairs
    ]
    return Dispatcher({"version": 1, "api": "orders", "function": "shop", "routes": entries})


def seen(dispatcher: Dispatcher, event: dict[str, Any]) -> dict[str, Any]:
    """What the handler saw."""
    answered = answer(dispatcher, event)
    assert answered["statusCode"] == 200, answered
    content: dict[str, Any] = json.loads(answered["body"])
    return content
