"""What API Management and the Functions host make of a request on its way to the worker, and of the answer.

Written after the host's sources (Azure/azure-functions-host: GrpcMessageConversionExtensions.cs, RawScriptResult.cs,
GrpcMessageExtensionUtilities.cs) and those of ASP.NET Core that they call (PathString.ToUriComponent,
ResponseCookies.Append). What API Management itself does is what our policy asks of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

APP = "orders-shop.azurewebsites.net"
API = "orders.azure-api.net"
REQUEST_ID = "0e7bbd08-5d0c-4d9b-9b8f-1f3f3a7a1c55"

Pairs = Iterable[tuple[str, str]]


def sent(
    method: str, target: str, headers: Pairs = (), body: bytes = b"", *, route: str = "-", ip: str = "192.0.2.1"
) -> dict[str, Any]:
    """The RpcHttp that the worker gets for a caller's `GET /orders?x=1`, which the gateway matched as that route."""
    own = {
        "x-sls-route": route,
        "x-sls-url": f"https://{API}{target}",
        "x-sls-ip": ip,
        "x-sls-id": REQUEST_ID,
        "x-functions-key": "host-key",
        "host": APP,
    }
    passed = [(name, value) for name, value in headers if name.lower() not in own]
    return to_worker(method, f"https://{APP}/_sls{target}", [*passed, *own.items()], body)


def to_worker(method: str, url: str, headers: Pairs, body: bytes = b"", *, chunked: bool = False) -> dict[str, Any]:
    """The RpcHttp that the host makes of a request."""
    address, question, query = url.partition("?")
    scheme, _, rest = address.partition("://")
    host, slash, path = rest.partition("/")
    lines = [*headers]
    if body and not chunked:
        lines.append(("content-length", str(len(body))))
    if chunked:
        lines.append(("transfer-encoding", "chunked"))
    combined: dict[str, str] = {}
    for name, value in lines:
        name = name.lower()
        combined[name] = f"{combined[name]},{value}" if name in combined else value
    http: dict[str, Any] = {
        "method": method,
        "url": f"{scheme}://{host}{recoded(slash + path)}{question}{query}",
        "headers": combined,
        "params": {"path": path.partition("/")[2]} if path.partition("/")[2] else {},
    }
    if body and not chunked:  # the host reads bodies of known length alone
        http["body"] = body
    return http


def recoded(path: str) -> str:
    """A path, decoded by the server and encoded by the host."""
    decoded = re.sub(r"(?:%(?!2[Ff])[0-9A-Fa-f]{2})+", _decoded, path)
    return re.sub(r"%[0-9A-Fa-f]{2}|[A-Za-z0-9!$&'()*+,./:;=@_~-]+|.", _encoded, decoded, flags=re.DOTALL)


def _decoded(escapes: re.Match[str]) -> str:
    octets = bytes.fromhex(escapes[0].replace("%", ""))
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return escapes[0]


def _encoded(text: re.Match[str]) -> str:
    kept = len(text[0]) > 1 or re.fullmatch(r"[A-Za-z0-9!$&'()*+,./:;=@_~-]", text[0])
    return text[0] if kept else quote(text[0], safe="")


@dataclass(frozen=True)
class Received:
    """What the caller gets."""

    status: int
    body: bytes
    headers: list[tuple[str, str]] = field(default_factory=list)

    def all(self, name: str) -> list[str]:
        """The values of the headers of that name."""
        return [value for key, value in self.headers if key.lower() == name]


def received(http: Mapping[str, Any], method: str = "GET") -> Received:
    """What the host answers with, given the worker's RpcHttp."""
    headers: dict[str, tuple[str, str]] = {}
    for name, value in http["headers"].items():
        if name.lower() != "content-type" or value:
            headers.setdefault(name.lower(), (name, value))  # a second one of the name is dropped
    lines = [*headers.values(), *(("set-cookie", _cookie(cookie)) for cookie in http["cookies"])]
    return Received(int(http["status_code"]), b"" if method == "HEAD" else http["body"], lines)


def _cookie(cookie: Mapping[str, Any]) -> str:
    text = f"{cookie['name']}={quote(cookie['value'], safe='')}"
    if cookie["expires"] is not None:
        when = datetime.fromtimestamp(cookie["expires"], UTC)
        text += f"; expires={when:%a, %d %b %Y %H:%M:%S} GMT"
    if cookie["max_age"] is not None:
        text += f"; max-age={cookie['max_age']:.0f}"
    if cookie["domain"] is not None:
        text += f"; domain={cookie['domain']}"
    text += f"; path={'/' if cookie['path'] is None else cookie['path']}"
    if cookie["secure"]:
        text += "; secure"
    if cookie["same_site"]:
        text += f"; samesite={['', 'lax', 'strict', 'none'][cookie['same_site']]}"
    return text + "; httponly" if cookie["http_only"] else text
