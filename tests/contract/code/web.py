"""An ASGI app without a framework: it shows its scope, streams, and tells what its lifespan did."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
TEXT = [(b"content-type", b"text/plain")]


async def app(scope: Message, receive: Receive, send: Send) -> None:
    """The app."""
    if scope["type"] == "lifespan":
        await _lifespan(scope, receive, send)
        return
    path = scope["path"].removeprefix(scope["root_path"])
    if path.startswith("/raises"):
        raise RuntimeError("secret detail")
    if path == "/streams":
        await send({"type": "http.response.start", "status": 201, "headers": [*TEXT, (b"set-cookie", b"a=1")]})
        for number in range(5):
            await send({"type": "http.response.body", "body": b"part %d\n" % number, "more_body": True})
        await send({"type": "http.response.body"})
        return
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    request = scope["sls.request"]
    shown = {
        "method": scope["method"],
        "path": scope["path"],
        "raw_path": scope["raw_path"].decode(),
        "root_path": scope["root_path"],
        "query": scope["query_string"].decode(),
        "headers": [[name.decode(), value.decode()] for name, value in scope["headers"]],
        "client": scope["client"],
        "scheme": scope["scheme"],
        "body": body.decode(),
        "started": scope["state"]["started"],
        "claims": request.claims,
    }
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": json.dumps(shown).encode()})


async def _lifespan(scope: Message, receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            scope["state"]["started"] = scope["state"].get("started", 0) + 1
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
