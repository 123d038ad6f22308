"""What functions-framework hands on: Flask requests over a WSGI environment, as Google's front ends send them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Protocol, TypeAlias

    from ..http import Response

    Environ: TypeAlias = Mapping[str, Any]
    Answer: TypeAlias = tuple[bytes, int, list[tuple[str, str]]]

    class FlaskRequest(Protocol):
        """What is used of a flask.Request."""

        environ: dict[str, Any]

        def get_data(self) -> bytes:
            """The body as it was sent."""


_MAX_ID = 64


def sent(response: Response) -> Answer:
    """An answer as Flask takes it: body, status and headers."""
    return response.body, response.status, response.headers


def target_of(environ: Environ) -> tuple[str, str]:
    """Path and query of a request, as on the wire."""
    # PATH_INFO is decoded: %2F could not be told from a slash. Gunicorn, which functions-framework runs, and Werkzeug,
    # which it falls back to, both keep the request's target in RAW_URI.
    target = environ.get("RAW_URI") or environ.get("REQUEST_URI") or ""
    path, _, query = target.partition("?")
    return path if path[:1] == "/" else _without_authority(path), query


def _without_authority(target: str) -> str:
    """The path of a target in absolute form (RFC 9112, 3.2.2)."""
    scheme, colon, rest = target.partition("://")
    if not colon or scheme.lower() not in ("http", "https"):
        return ""
    _, slash, path = rest.partition("/")
    return slash + path


def body_of(flask_request: FlaskRequest) -> bytes:
    """The whole body. Raises ValueError for one that broke off, which Gunicorn hands on."""
    environ = flask_request.environ
    length = environ.get("CONTENT_LENGTH")
    if not length and "HTTP_TRANSFER_ENCODING" not in environ:
        return b""
    body = flask_request.get_data()
    if length and int(length) != len(body):
        raise ValueError(f"{len(body)} of {length} bytes came")
    return body


def client_ip_of(forwarded_for: str) -> str:
    """Who called the gateway or the load balancer, the last address but one: each of Google's front ends puts an
    address at the end, and what stands before the last two is whatever the caller sent."""
    addresses = forwarded_for.rsplit(",", 2)[-2:]
    return addresses[0].strip()


def request_id(environ: Environ) -> str:
    """The id by which the request's log entries are found: that of its trace
    (cloud.google.com/trace/docs/trace-context), else the one that functions-framework gives it."""
    trace: str = environ.get("HTTP_X_CLOUD_TRACE_CONTEXT", "").partition("/")[0]
    if not trace:
        parts = environ.get("HTTP_TRACEPARENT", "").split("-")
        trace = parts[1] if len(parts) > 3 else ""
    if not (trace.isascii() and trace.isalnum() and len(trace) <= _MAX_ID):
        trace = str(environ.get("HTTP_FUNCTION_EXECUTION_ID", ""))[:_MAX_ID]
    return trace
