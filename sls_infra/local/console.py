"""The gateway's own pages, below /_sls: a Starlette application beside the routes that are served."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .keys import is_loopback
from .objects import PATH, Objects

PREFIX = "/_sls"
"""Paths that no route of an API starts with."""

IDENTITY = f"{PREFIX}/gateway"
"""Tells callers on this machine whose gateway this is: for the message when its port is wanted by another."""


def console(identity: Mapping[str, str], objects: Objects) -> Starlette:
    """The application; `identity` is read at each request, and the buckets of `objects`."""

    async def stored(request: Request) -> Response:
        return await objects(request)

    async def about(request: Request) -> Response:
        if request.client is None or not is_loopback(request.client.host):
            raise HTTPException(404)
        return JSONResponse(dict(identity))

    return Starlette(
        routes=[
            Route(IDENTITY, about, methods=["GET"]),
            Route(f"{PATH}{{rest:path}}", stored, methods=["GET", "HEAD", "PUT"]),
        ],
        exception_handlers={404: _nothing_there, 405: _nothing_there, HTTPException: _refused},
    )


async def _nothing_there(request: Request, error: Exception) -> Response:
    said = error.detail if isinstance(error, HTTPException) and request.url.path.startswith(PATH) else None
    detail = said or "there is nothing at this path"
    content = {"type": "about:blank", "title": "Not Found", "status": 404, "detail": detail}
    return JSONResponse(content, status_code=404, media_type="application/problem+json")


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    title = HTTPStatus(error.status_code).phrase
    content = {"type": "about:blank", "title": title, "status": error.status_code, "detail": error.detail}
    return JSONResponse(content, status_code=error.status_code, media_type="application/problem+json")
