"""Requests of Google's external load balancer, as functions-framework hands them on.

They come as the caller sent them: to the caller's own path, with the caller's own Authorization. The load balancer
verifies nothing, so the runtime verifies every way in. What it adds (Google, "External Application Load Balancer
overview", target proxies): the caller's address and its own at the end of X-Forwarded-For, and X-Cloud-Trace-Context.

Limits are counted before that, by the path on the wire. A path that the runtime would take for a route, and that is
written in another way than the counting knows, is therefore no route: 404.
"""

from __future__ import annotations

from ..dispatch import failed
from ..errors import HttpError
from ..fields import Headers
from ..http import Request
from .flask_requests import body_of, client_ip_of, request_id, sent, target_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..dispatch import Dispatcher
    from .flask_requests import Answer, Environ, FlaskRequest

NO_ROUTE = ""
"""What the dispatcher is told to find nothing."""
_NOT_THE_CALLERS = ("HTTP_X_APIGATEWAY_", "HTTP_FUNCTION_EXECUTION_ID")
"""Starts of what is the word of a gateway that is not there, and of what functions-framework adds."""


class Entry:
    """Answers the load balancer's requests by a dispatcher."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher
        self._literals = {endpoint.route: literals(endpoint.route) for endpoint in dispatcher.endpoints}

    def answer(self, flask_request: FlaskRequest) -> Answer:
        """Body, status and headers, as Flask takes them. Never raises."""
        environ = flask_request.environ
        path, query = target_of(environ)
        try:
            request = to_request(environ, path, query, body_of(flask_request))
        except Exception as error:  # a body that breaks off or breaks the protocol: each server has its own errors
            refusal = HttpError(400, "the request can't be read")
            refusal.__cause__ = error
            return sent(failed(Request("", "", id=request_id(environ)), refusal))
        route = None if self._is_written_plainly(request.method, path) else NO_ROUTE
        return sent(self._dispatcher.handle(request, route=route, verified=False))

    def _is_written_plainly(self, method: str, path: str) -> bool:
        """Whether the literal segments of a path are written as they are counted by."""
        found = self._dispatcher.match(method, path)
        if found is None:
            return True
        segments = path.split("/")
        return all(segments[at] == literal for at, literal in self._literals[found[0].route])


def literals(route: str) -> list[tuple[int, str]]:
    """The literal segments of a route, as clients send them, with their places: what is not ASCII is percent-encoded,
    in capitals, and nothing else is."""
    from urllib.parse import quote  # Werkzeug has loaded it long since

    segments = route.partition(" ")[2].split("/")
    return [(at, quote(text, "-._~!$&'()*+,;=:@")) for at, text in enumerate(segments) if not text.startswith("{")]


def to_request(environ: Environ, path: str, query: str, body: bytes) -> Request:
    """The request that the caller sent."""
    url = f"https://{environ.get('HTTP_HOST', '')}{path}"
    return Request(
        environ["REQUEST_METHOD"],
        path,
        query,
        Headers(_lines(environ)),
        body,
        client_ip=client_ip_of(environ.get("HTTP_X_FORWARDED_FOR", "")),
        id=request_id(environ),
        url=f"{url}?{query}" if query else url,
    )


def _lines(environ: Environ) -> Iterator[tuple[str, str]]:
    for key, value in environ.items():
        if key[:5] == "HTTP_":
            if not key.startswith(_NOT_THE_CALLERS):
                yield key[5:].replace("_", "-").lower(), value
        elif key in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            yield key.replace("_", "-").lower(), value
