"""What the shop does, in the memory of one process."""

from __future__ import annotations

from typing import Any

from sls_infra.runtime import HttpError, Request, Response


def create(request: Request) -> Response:
    return Response.json({**request.json(), "id": "o-1", "by": request.claims["sub"]}, status=201)


def read(request: Request) -> dict[str, Any]:
    if request.path_params["id"] != "o-1":
        raise HttpError(404, "there is no such order")
    return {"id": "o-1", "by": "ann", "lines": [{"sku": "TEA", "quantity": 2}]}


def browse(request: Request) -> dict[str, Any]:
    return {"orders": [], "limit": int(request.query.get("limit") or 0)}


def limited(request: Request) -> None: ...


def stock(request: Request) -> dict[str, Any]:
    return {"client": request.claims["sub"]}
