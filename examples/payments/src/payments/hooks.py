"""Where the payment provider calls. Its signature has been verified before this runs."""

from __future__ import annotations

from sls_infra.runtime import HttpError, Request, Response, links


def receive(request: Request) -> Response:
    """Keeps what was told and says thanks: providers wait some seconds at most, and send again what takes longer."""
    event = request.json()
    if not isinstance(event, dict) or not isinstance(event.get("id"), str) or not isinstance(event.get("type"), str):
        raise HttpError(400, "an event has an id and a type")
    links.queue("incoming").send(event, attributes={"type": event["type"]})
    return Response(b"", status=202)
