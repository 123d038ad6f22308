"""How the tests of ASGI apps call them: behind a dispatcher, mounted somewhere."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sls_infra.runtime import Request, Response
from sls_infra.runtime.asgi import close
from sls_infra.runtime.dispatch import Dispatcher

from .conftest import manifest

ROOT = ("/", "/{path+}")
SHOP = ("/shop", "/shop/{path+}")
HOST = "api.example.com"


@contextmanager
def mounted(app: Any, *paths: str) -> Iterator[Dispatcher]:
    """A dispatcher whose routes all lead to one app; ends with the app's loop."""
    name = "apps_of_tests"
    module = types.ModuleType(name)
    module.app = app  # type: ignore[attr-defined]
    sys.modules[name] = module
    routes = [{"method": "ANY", "path": path, "handler": f"{name}:app"} for path in paths or ROOT]
    try:
        yield Dispatcher(manifest(*routes))
    finally:
        del sys.modules[name]
        close()


def call(dispatcher: Dispatcher, method: str, target: str, *, body: bytes = b"", **headers: str) -> Response:
    """One request as a gateway would hand it on; underscores in a header's name are hyphens."""
    path, _, query = target.partition("?")
    sent = [("Host", HOST), *((name.replace("_", "-"), value) for name, value in headers.items())]
    request = Request(
        method, path, query, sent, body,
        client_ip="192.0.2.1", id="r-1", url=f"https://{HOST}{target}", claims=None,
    )  # fmt: skip
    return dispatcher.handle(request)


def header(response: Response, name: str) -> list[str]:
    """Every value of a header."""
    return [value for key, value in response.headers if key.lower() == name]


def sends(*messages: dict[str, Any]) -> Callable[..., Any]:
    """An app without a lifespan that sends these."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        for message in messages:
            await send(message)

    return app


def start(status: Any = 200, *headers: tuple[bytes, bytes]) -> dict[str, Any]:
    """The start of an answer."""
    return {"type": "http.response.start", "status": status, "headers": headers}


def part(body: bytes = b"", *, more: bool = False) -> dict[str, Any]:
    """A part of an answer, the last one unless more come."""
    return {"type": "http.response.body", "body": body, "more_body": more}
