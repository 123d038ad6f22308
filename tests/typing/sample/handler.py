"""The contract's handler."""

from __future__ import annotations

from sls_infra.runtime import HttpError, Request, Response, links


def read(request: Request) -> Response:
    order = links.table("orders").get(request.path_params["id"])
    if order is None:
        raise HttpError(404, "no such order")
    return Response.json(order)
