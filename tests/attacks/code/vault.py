"""What must not be reached: each handler notes that it ran, and an authorizer that can be told how to fail."""

from __future__ import annotations

import os

from sls_infra.runtime import HttpError, Request, Response


def show(request: Request) -> Response:
    """Who calls, as the handler sees it."""
    _note(request)
    shown = {
        "inside": True,
        "route": request.route,
        "claims": request.claims,
        "authenticated": request.authenticated,
        "client_ip": request.client_ip,
        "id": request.id,
        "url": request.url,
        "path_params": request.path_params,
        "headers": [[name.lower(), value] for name, value in request.headers.items()],
        "body": request.body.decode("latin-1"),
    }
    return Response.json(shown)


async def later(request: Request) -> Response:
    """The same, on a loop."""
    return show(request)


def _note(request: Request) -> None:
    """One line a run. A file tells of runs in processes of any kind."""
    fd = os.open(os.environ["ATTACKS_RUNS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(fd, f"{request.method} {request.path} {request.route}\n".encode("ascii", "backslashreplace"))
    finally:
        os.close(fd)


def judge(request: Request) -> object:
    """Lets in who says "good", but not below /custom/denied; answers anybody else in an odd way."""
    word = request.headers.get("x-pass", "")
    if word == "good" and "denied" not in request.path:
        return {"sub": "ann", "path": request.path}
    if word == "raises":
        raise RuntimeError("the authorizer's own secret detail")
    if word == "refuses":
        raise HttpError(403, "not you")
    if word == "exits":
        raise SystemExit(0)
    return JUNK.get(word)


JUNK: dict[str, object] = {
    "true": True,
    "text": "good",
    "number": 1,
    "list": ["sub", "ann"],
    "pairs": [["sub", "ann"]],
    "response": Response.json({"sub": "ann"}),
    "object": object(),
    "unsendable": {"sub": object()},
    "keys": {1: "ann"},
    "set": {"sub"},
    "bytes": b'{"sub": "ann"}',
}
