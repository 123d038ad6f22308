"""Requests of Google's API Gateway, as functions-framework hands them on: Flask requests over a WSGI environment.

The gateway tells which operation it matched by the path it calls, `/_sls/http/<id>/orders/7?x=1`: what the caller asked
for behind a prefix of ours. It is ESPv2, an Envoy (github.com/GoogleCloudPlatform/esp-v2), and beside that path

- it puts its own identity into Authorization, and the caller's, where there was one, into X-Forwarded-Authorization
  (src/envoy/http/backend_auth/filter.cc),
- it puts the claims of a token that it verified into X-Apigateway-Api-Userinfo, as base64url of JSON, padded or not;
  where an operation asks for no token it lets through what the caller wrote there,
- it names neither its own host nor the caller's address. Cloud Run's front end, which both the gateway and the function
  are behind, adds the address of who called it to the end of X-Forwarded-For
  (cloud.google.com/functions/docs/reference/headers): the caller's at the gateway, then the gateway's at the function.
"""

from __future__ import annotations

from .. import auth
from ..dispatch import failed
from ..errors import HttpError
from ..fields import Headers
from ..http import Request
from .flask_requests import body_of, client_ip_of, request_id, sent, target_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from ..dispatch import Dispatcher
    from .flask_requests import Answer, Environ, FlaskRequest

PREFIX = "/_sls/http/"
"""What stands before the id of a route in each path that the gateway calls."""

_AUTHORIZATION = "HTTP_X_FORWARDED_AUTHORIZATION"
_CLAIMS = "HTTP_X_APIGATEWAY_API_USERINFO"
_GATEWAYS = "HTTP_X_APIGATEWAY_"
_DROPPED = frozenset(
    ("HTTP_AUTHORIZATION", _AUTHORIZATION, "HTTP_X_SERVERLESS_AUTHORIZATION", "HTTP_FUNCTION_EXECUTION_ID")
)
"""The gateway's own identity, the caller's, which goes by its own name, and what functions-framework adds."""


class Entry:
    """Answers the gateway's requests by a dispatcher."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher
        self._closed = frozenset(
            endpoint.route for endpoint in dispatcher.endpoints if not endpoint.anonymous and endpoint.names is None
        )
        """Routes whose operation asks for a token: only there are the claims the gateway's own."""

    def answer(self, flask_request: FlaskRequest) -> Answer:
        """Body, status and headers, as Flask takes them. Never raises."""
        environ = flask_request.environ
        id, path, query = taken_apart(environ)
        route = self._dispatcher.route_of(id)
        try:
            body = body_of(flask_request)
            request = to_request(environ, path, query, body, trusted=route in self._closed)
        except Exception as error:  # a body that breaks off or breaks the protocol: each server has its own errors
            refusal = HttpError(400, "the request can't be read")
            refusal.__cause__ = error
            return sent(failed(Request("", "", id=request_id(environ)), refusal))
        return sent(self._dispatcher.handle(request, route=route))


def taken_apart(environ: Environ) -> tuple[str, str, str]:
    """The id of the route that the gateway matched, and the path and query that it was asked for, as on the wire.
    Without the gateway's prefix all are "", which no route is."""
    path, query = target_of(environ)
    if not path.startswith(PREFIX):
        return "", "", ""
    id, slash, rest = path[len(PREFIX) :].partition("/")
    return id, slash + rest, query


def to_request(environ: Environ, path: str, query: str, body: bytes, *, trusted: bool) -> Request:
    """The request that the caller sent to the gateway. `trusted`: the claims are the gateway's own."""
    url = f"https://{environ.get('HTTP_HOST', '')}{path}"
    return Request(
        environ["REQUEST_METHOD"],
        path,
        query,
        CallersHeaders(environ),
        body,
        claims=_claims(environ.get(_CLAIMS)) if trusted else None,
        client_ip=client_ip_of(environ.get("HTTP_X_FORWARDED_FOR", "")),
        id=request_id(environ),
        url=f"{url}?{query}" if query else url,
    )


class CallersHeaders(Headers):
    """What the caller sent, and what Google's front end adds. Names come in lower case; a header that came several
    times has its values joined by commas, both as the server left them."""

    __slots__ = ("_environ",)

    def __init__(self, environ: Environ) -> None:
        super().__init__(_lines(environ))
        self._environ = environ

    def _values(self, name: str) -> list[str] | None:
        # Without an index of all: most handlers look at one or two.
        value = self._environ.get(_key(name)) if "_" not in name else None
        return None if value is None else [value]


def _key(name: str) -> str:
    """Where a header that the caller sent lies; "", where nothing does, for one that is not the caller's."""
    key = name.upper().replace("-", "_")
    if key in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        return key
    key = f"HTTP_{key}"
    if key == "HTTP_AUTHORIZATION":
        return _AUTHORIZATION
    return "" if _is_googles(key) else key


def _lines(environ: Environ) -> Iterator[tuple[str, str]]:
    for key, value in environ.items():
        if key[:5] == "HTTP_":
            if key == _AUTHORIZATION:
                yield "authorization", value
            elif not _is_googles(key):
                yield key[5:].replace("_", "-").lower(), value
        elif key in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            yield key.replace("_", "-").lower(), value


def _is_googles(key: str) -> bool:
    return key in _DROPPED or key.startswith(_GATEWAYS)


def _claims(userinfo: str | None) -> dict[str, Any] | None:
    """The claims that the gateway passes on, None where they can't be read. Two headers of that name are one too many:
    the server has joined them by a comma."""
    if not userinfo or "," in userinfo:
        return None
    return auth.token_claims(f".{userinfo}.")  # it is the middle part of the token, as it was
