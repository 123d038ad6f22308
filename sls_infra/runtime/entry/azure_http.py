"""Requests of an Azure Functions HTTP trigger behind API Management.

What the Functions host (GrpcMessageConversionExtensions.cs in azure-functions-host) hands its Python worker:

- `url`: scheme, Host header, path, and the query as it was sent. The host's server has decoded the path once, all but
  %2F, and the host encodes it again, so that "%41" arrives as "A", and "%2541" as "%41": where it holds an escape, the
  caller's own URL, which the gateway sends along, tells the two apart.
- header names in lower case, repeated ones joined by commas; a body as bytes, whatever its type.
- no body where the request has no Content-Length: such a one is refused with 411, not answered as if it were empty.

The gateway adds what it knows as headers, and replaces what a caller may have sent under their names: `x-sls-route`
(the id of the route that it matched, "-" where that is none), `x-sls-url`, `x-sls-ip`, `x-sls-id`, `x-functions-key`,
and `x-sls-client` (the client whose key it has looked up, on routes where it does, and on no others). They are not for
the handler; nor is the Functions app's own address, which it sends as `host`.
"""

from __future__ import annotations

from .. import auth
from ..errors import HttpError
from ..fields import is_token
from ..http import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..dispatch import Dispatcher

PREFIX = "/_sls"
"""`routePrefix` in host.json: the host keeps routes that start with "admin" for itself, but not below a prefix."""

_HEX = frozenset("0123456789abcdefABCDEF")
_UNESCAPED = "/!$&'()*+,;=:@"


def to_request(call: Any, dispatcher: Dispatcher) -> tuple[Request, str]:
    """The request that an `azure.functions.HttpRequest` carries, and the route that the gateway matched, "GET /orders",
    "" for none. Raises HttpError: 400 for what is no request of the gateway's, 411 for a body that the host lost."""
    try:
        known = getattr(call.headers, "__http_headers__", None)  # the library's own copy; its mapping is slow to walk
        headers: dict[str, str] = dict(call.headers if known is None else known)
        "".join(headers.values())  # a TypeError for what is no text
        method: str = call.method
        path, query = _split(call.url)
        body = call.get_body() or b""
        if not is_token(method) or body.__class__ is not bytes:
            raise ValueError("no method, or a body that is no bytes")
        id = headers.pop("x-sls-route")
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise HttpError(400, "this is no request as the API's gateway sends it") from error
    pop = headers.pop
    pop("x-functions-key", None)
    url, client_ip, request_id = pop("x-sls-url", ""), pop("x-sls-ip", ""), pop("x-sls-id", "")
    client = pop("x-sls-client", None)
    if not body and "transfer-encoding" in headers and "content-length" not in headers:
        raise HttpError(411, "the body got lost, as the request has no Content-Length: send it with one")
    host, original = _parts(url)
    if host:
        headers["host"] = host
    if "%" in path:
        path = _as_sent(path, original)
    if ":" in client_ip:
        client_ip = _without_port(client_ip)
    route = dispatcher.route_of(id)
    # Nothing here is verified; where the gateway matched a route of ours, it has looked up the key, or verified the
    # token, that the route asks for, and on the others the dispatcher takes no claims.
    claims: dict[str, Any] | None = None
    if route in dispatcher.keyed:
        claims = None if client is None else {"sub": client, "client_id": client}
    elif route and "authorization" in headers:
        claims = auth.token_claims(headers["authorization"])
    request = Request(
        method,
        path,
        query,
        headers.items(),
        body,
        claims=claims,
        client_ip=client_ip,
        id=request_id,
        url=url or call.url,
    )
    return request, route


def request_id(call: Any) -> str:
    """The gateway's id of a request that can't be read otherwise; "" where that can't be read either."""
    try:
        id = call.headers["x-sls-id"]
    except Exception:
        return ""
    return id if isinstance(id, str) else ""


def _split(url: str) -> tuple[str, str]:
    """The path below the prefix, and the query. The path is "", which nothing matches, where it is not below it."""
    address, _, query = url.partition("?")
    _, separator, rest = address.partition("://")
    if not separator:
        raise ValueError("no URL")
    start = rest.find("/")
    path = rest[start:] if start >= 0 else ""
    if path.startswith(f"{PREFIX}/"):
        return path[len(PREFIX) :], query
    return "/" if path == PREFIX else "", query


def _parts(url: str) -> tuple[str, str]:
    """Host and path of the caller's own URL; "" for what it does not have."""
    _, separator, rest = url.partition("?")[0].partition("://")
    if not separator:
        return "", ""
    host, slash, path = rest.partition("/")
    return host, slash + path


def _as_sent(path: str, original: str) -> str:
    """The path as the caller wrote it, if it is what the host made this one of; else this one."""
    if original == path or "%" not in original or not original.isascii():
        return path
    return original if _recoded(original) == path else path


def _recoded(path: str) -> str:
    """What the host makes of a path: decoded once, all but %2F, and what no path may hold encoded again. Escapes that
    the decoding has brought to light are taken for such (ASP.NET Core's PathString.ToUriComponent)."""
    from urllib.parse import quote, unquote_to_bytes

    try:
        decoded = unquote_to_bytes(path.replace("%2F", "%252F").replace("%2f", "%252f")).decode("utf-8")
    except UnicodeDecodeError:
        return path
    head, *escapes = decoded.split("%")
    text = quote(head, safe=_UNESCAPED)
    for escape in escapes:
        whole = len(escape) >= 2 and _HEX.issuperset(escape[:2])
        text += ("%" if whole else "%25") + quote(escape, safe=_UNESCAPED)
    return text


def _without_port(address: str) -> str:
    """ "192.0.2.1" of "192.0.2.1:443" and "2001:db8::1" of "[2001:db8::1]:443"; an address without a port as it is."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address if address.count(":") > 1 else address.partition(":")[0]
