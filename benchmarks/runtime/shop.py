"""The handler that every subject of benchmarks.runtime_cost is given in its own form."""

from sls_infra.runtime import Request, Response


def read(request: Request) -> Response:
    """One order."""
    return Response.json({"id": request.path_params["id"], "by": request.claims["sub"]})
