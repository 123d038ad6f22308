"""The gateway's own pages, below /_sls: a Starlette application beside the routes that are served."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .keys import is_loopback

PREFIX = "/_sls"
"""Paths that no route of an API starts with."""

IDENTITY = f"{PREFIX}/gateway"
"""Tells callers on this machine whose gateway this is: for the message when its port is wanted by another."""


def console(identity: Mapping[str, str]) -> Starlette:
    """The application; `identity` is read at each request."""

    async def about(request: Request) -> Response:
        if request.client is None or not is_loopback(request.client.host):
            raise HTTPException(404)
        return JSONResponse(dict(identity))

    return Starlette(
        routes=[Route(IDENTITY, about, methods=["GET"])],
        exception_handlers={404: _nothing_there, 405: _nothing_there},
    )


async def _nothing_there(request: Request, error: Exception) -> Response:
    content = {"type": "about:blank", "title": "Not Found", "status": 404, "detail": "there is nothing at this path"}
    return JSONResponse(content, status_code=404, media_type="application/problem+json")
