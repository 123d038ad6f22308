"""A FastAPI app."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Header, HTTPException, Request, Response
from pydantic import BaseModel


class Order(BaseModel):
    """What is ordered."""

    name: str
    count: int = 1


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[dict[str, str]]:
    yield {"began": "yes"}


app = FastAPI(lifespan=_lifespan)


@app.get("/")
async def root(request: Request) -> dict[str, str]:
    """What the lifespan left."""
    return {"framework": "fastapi", "began": request.state.began}


@app.get("/orders/{order}")
def read(order: str, limit: int = 10, x_one: str = Header("")) -> dict[str, object]:
    """Parameters of path, query and headers; in a thread."""
    if order == "none":
        raise HTTPException(404, "no such order", headers={"x-why": "none"})
    return {"order": order, "limit": limit, "one": x_one}


@app.post("/orders", status_code=201)
async def create(order: Order, response: Response) -> Order:
    """A body, checked."""
    response.set_cookie("last", order.name)
    return order
