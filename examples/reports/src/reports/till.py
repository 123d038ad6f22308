"""Sales as they are made, and the reports as they are asked for."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from sls_infra.runtime import HttpError, Request, Response, links

from .days import day_of


def sell(request: Request) -> Response:
    """Enters a sale, under the day that it is in the shop."""
    now = datetime.now(UTC)
    sale = {**request.json(), "day": day_of(now), "id": f"{now:%H%M%S}-{uuid4().hex}"}
    links.table("sales").put(sale)
    return Response.json(sale, status=201)


def report(request: Request) -> Response:
    """The report of a day: 404 until it is written."""
    content = links.bucket("reports").get(f"{request.path_params['day']}.csv")
    if content is None:
        raise HttpError(404, "there is no report of that day")
    return Response(content, headers={"content-type": "text/csv; charset=utf-8"})
