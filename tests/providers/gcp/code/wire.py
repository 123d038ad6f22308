"""Handlers that show what reaches them and answer in every way that HTTP has."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import threading
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from sls_infra.runtime import HttpError, Request, Response


def echo(request: Request) -> Response:
    """All of the request."""
    return Response.json(
        {
            "method": request.method,
            "raw_path": request.raw_path,
            "raw_query": request.raw_query,
            "params": request.path_params,
            "headers": request.headers.items(),
            "cookies": request.cookies,
            "body": base64.b64encode(request.body).decode(),
            "claims": request.claims,
            "client_ip": request.client_ip,
            "id": request.id,
            "url": request.url,
        }
    )


def binary(request: Request) -> bytes:
    """The body, as it came."""
    return request.body


def answer(request: Request) -> Response:
    """An answer of the status that the path names, with two cookies, no content type and whatever else is delicate."""
    response = Response.empty(int(request.path_params["status"]))
    response.set_cookie("a", "1")
    response.set_cookie("b", "2", path="/x")
    response.add_header("Last-Modified", "Mon, 23 Nov 2026 09:00:00 GMT")
    response.add_header("Location", "/a%2Fb?c=%C3%A9")
    response.add_header("X-Many", "1")
    response.add_header("X-Many", "2")
    return response


def fail(request: Request) -> Response:
    """Fails in the way that the path names."""
    match request.path_params["how"]:
        case "exit":
            raise SystemExit(3)
        case "http":
            raise HttpError(409, "not now", headers=[("retry-after", "1")])
        case _:
            raise RuntimeError("a secret of the server")


async def waiting(request: Request) -> str:
    """Sleeps on the thread's own loop."""
    await asyncio.sleep(0.3)
    return threading.current_thread().name


def slow(request: Request) -> str:
    """Sleeps."""
    time.sleep(0.3)
    return threading.current_thread().name


_started: list[int] = []


async def app(
    scope: MutableMapping[str, Any],
    receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
    send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
) -> None:
    """An ASGI application with a lifespan: says in which process it began, and in which it answers."""
    if scope["type"] == "lifespan":
        await receive()
        _started.append(os.getpid())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    body = (await receive())["body"]
    answer = json.dumps([_started, os.getpid(), scope["root_path"], scope["path"], body.decode()]).encode()
    await send({"type": "http.response.start", "status": 201, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": answer[:5], "more_body": True})
    await send({"type": "http.response.body", "body": answer[5:]})
