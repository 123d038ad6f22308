"""What other services tell. Only what they signed gets here."""

from sls_infra.runtime import Request, Response

SEEN: set[str] = set()


def paid(request: Request) -> Response:
    """A payment came in. A service may tell the same thing twice, by another call: the event's id tells."""
    event = request.json()
    new = event["id"] not in SEEN
    SEEN.add(event["id"])
    return Response.json({"new": new}, status=201 if new else 200)
