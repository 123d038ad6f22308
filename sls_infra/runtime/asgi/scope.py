"""The scope of a request: what an app is told of it before its body."""

from __future__ import annotations

from ..paths import split

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..http import Request

    Pairs = list[tuple[bytes, bytes]]

VERSIONS = {"version": "3.0", "spec_version": "2.4"}
"""Of ASGI, and of its HTTP part."""

_PORTS = {"http": 80, "https": 443}
_FRAMING = frozenset((b"content-length", b"transfer-encoding", b"host"))


def http_scope(request: Request, depth: int, state: dict[str, Any]) -> dict[str, Any]:
    """The scope of an HTTP request to an app that the first `depth` segments of its path are the mount of.

    Host, scheme and server are those of the address that the caller wrote, whatever the gateway calls the function;
    Content-Length is that of the body that was collected. `client` has port 0: no gateway tells the caller's. `state`
    is the lifespan's, copied, as the protocol says.
    """
    scheme, authority = _origin(request)
    root_path, path, raw_path = _paths(request, depth)
    return {
        "type": "http",
        "asgi": dict(VERSIONS),
        "http_version": "1.1",
        "method": request.method.upper(),
        "scheme": scheme,
        "path": path,
        "raw_path": raw_path.encode("ascii", "replace"),
        "query_string": _encoded(request.raw_query),
        "root_path": root_path,
        "headers": _headers(request, authority),
        "client": (request.client_ip, 0) if request.client_ip else None,
        "server": _server(authority, scheme),
        "state": state.copy(),
        "extensions": {},
        "sls.request": request,
    }


def _origin(request: Request) -> tuple[str, str]:
    """Scheme, and host with the port if one was written."""
    scheme, separator, rest = request.url.partition("://")
    if not separator:
        return "http", request.headers.get("host", "")
    for end in "/?#":
        rest = rest.partition(end)[0]
    return scheme.lower(), rest or request.headers.get("host", "")


def _server(authority: str, scheme: str) -> tuple[str, int] | None:
    host, colon, port = authority.rpartition(":")
    if colon and port.isascii() and port.isdigit():
        return host, int(port)
    return (authority, _PORTS.get(scheme, 80)) if authority else None


def _paths(request: Request, depth: int) -> tuple[str, str, str]:
    """Mount, path and raw path. The mount itself, without a slash, is the app's "/"."""
    segments = split(request.raw_path)
    if segments is None:
        return "", request.raw_path, request.raw_path
    root_path = "".join(f"/{segment}" for segment in segments[:depth])
    slash = "/" if len(segments) == depth else ""
    path = "/" + "/".join(segments)
    if depth and slash:
        return root_path, path + slash, request.raw_path + slash
    return root_path, path, request.raw_path


def _headers(request: Request, authority: str) -> Pairs:
    headers = [(_encoded(name.lower()), _encoded(value)) for name, value in request.headers.items()]
    framed = [name for name, _ in headers if name in _FRAMING]
    rest = [header for header in headers if header[0] not in _FRAMING] if framed else headers
    if request.body or any(name != b"host" for name in framed):
        rest.append((b"content-length", b"%d" % len(request.body)))
    if authority:
        rest.insert(0, (b"host", _encoded(authority)))
    return rest


def _encoded(text: str) -> bytes:
    """As on the wire, which has bytes; a gateway that has decoded them as UTF-8 has characters beyond Latin-1."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
