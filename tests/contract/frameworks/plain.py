"""A Starlette app."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Mount, Route


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[dict[str, str]]:
    yield {"began": "yes"}


async def root(request: Request) -> JSONResponse:
    """What the lifespan left."""
    return JSONResponse({"framework": "starlette", "began": request.state.began})


async def read(request: Request) -> JSONResponse:
    """Parameters of path, query and headers."""
    if request.path_params["order"] == "none":
        raise HTTPException(404, "no such order", headers={"x-why": "none"})
    one, limit = request.headers.get("x-one", ""), int(request.query_params.get("limit", "10"))
    return JSONResponse({"order": request.path_params["order"], "limit": limit, "one": one})


async def create(request: Request) -> StreamingResponse:
    """A body, streamed back."""
    order = await request.json()

    async def parts() -> AsyncIterator[str]:
        for part in (f'{{"name": "{order["name"]}", ', f'"count": {order.get("count", 1)}}}'):
            yield part

    response = StreamingResponse(parts(), 201, media_type="application/json")
    response.set_cookie("last", order["name"])
    return response


orders = [Route("/{order}", read), Route("/", create, methods=["POST"])]
app = Starlette(
    routes=[Route("/", root), Route("/orders", create, methods=["POST"]), Mount("/orders", routes=orders)],
    lifespan=_lifespan,
)
