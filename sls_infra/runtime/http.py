"""What handlers take and return: Request and Response."""

from __future__ import annotations

from . import encoding
from .errors import PHRASES
from .fields import Headers, Query, check_header, format_cookie, parse_cookies
from .paths import split

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any, TypeAlias

    HeadersLike: TypeAlias = Mapping[str, str] | Iterable[tuple[str, str]]

NO_BODY = frozenset((204, 205, 304))
"""Statuses whose answers have no body."""

_FRAMING = frozenset(("content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "trailer", "te"))
_UNSET: Any = object()
_CONTENT_TYPES = {
    value: ("content-type", value)
    for value in (
        "application/json",
        "application/octet-stream",
        "application/problem+json",
        "text/html; charset=utf-8",
        "text/plain; charset=utf-8",
    )
}
_CHECKED = frozenset(_CONTENT_TYPES.values())
"""Headers of our own making, which nearly every response has: known to be fine."""


class Request:
    """One HTTP request, the same on every cloud.

    `raw_path` and `raw_query` are as on the wire; `path_params` the decoded parameters of the route; `claims` those of
    the caller's verified token, {} for an anonymous one (`authenticated` tells the two apart); `client_ip` the address
    the call came from, as the gateway saw it; `id` the gateway's id of the request; `url` the address as the caller
    wrote it; `route` the route that was matched ("GET /orders/{id}").
    """

    __slots__ = (
        "_cookies", "_json", "_query", "authenticated", "body", "claims", "client_ip", "headers", "id", "method",
        "path_params", "raw_path", "raw_query", "route", "url",
    )  # fmt: skip

    def __init__(
        self,
        method: str,
        raw_path: str,
        raw_query: str = "",
        headers: Headers | Iterable[tuple[str, str]] = (),
        body: bytes = b"",
        *,
        path_params: dict[str, str] | None = None,
        claims: dict[str, Any] | None = None,
        client_ip: str = "",
        id: str = "",
        url: str = "",
        route: str = "",
    ) -> None:
        self.method = method
        self.raw_path = raw_path
        self.raw_query = raw_query
        self.headers = headers if isinstance(headers, Headers) else Headers(headers)
        self.body = body
        self.path_params: dict[str, str] = {} if path_params is None else path_params
        self.authenticated = claims is not None
        self.claims: dict[str, Any] = {} if claims is None else claims
        self.client_ip = client_ip
        self.id = id
        self.url = url
        self.route = route
        self._query: Query | None = None
        self._cookies: dict[str, str] | None = None
        self._json: Any = _UNSET

    @property
    def path(self) -> str:
        """The path, percent-decoded."""
        segments = split(self.raw_path)
        return self.raw_path if segments is None else "/" + "/".join(segments)

    @property
    def query(self) -> Query:
        """The query's parameters, decoded; each may have several values."""
        if self._query is None:
            self._query = Query.parse(self.raw_query)
        return self._query

    @property
    def cookies(self) -> dict[str, str]:
        """Cookies by name, values as sent."""
        if self._cookies is None:
            self._cookies = parse_cookies(self.headers.get_all("cookie"))
        return self._cookies

    @property
    def text(self) -> str:
        """The body as text. What is not UTF-8 becomes U+FFFD."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body's JSON, parsed once. Raises HttpError 400, which names line and column, where it is none."""
        if self._json is _UNSET:
            self._json = encoding.decode(self.body)
        return self._json

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.raw_path}>"


class Response:
    """The answer to a request.

    `headers` is a list of (name, value) pairs, where a name may come several times. Raises ValueError for headers that
    HTTP can't carry (line breaks, controls, what is not ASCII) and for a status outside 200 to 599. Headers that frame
    the message (Content-Length, Transfer-Encoding, Connection) are the server's own and left out when it is sent.
    """

    __slots__ = ("body", "headers", "status")

    def __init__(
        self,
        body: str | bytes = b"",
        *,
        status: int = 200,
        headers: HeadersLike | None = None,
        content_type: str | None = None,
    ) -> None:
        if not isinstance(status, int) or not 200 <= status <= 599:
            raise ValueError(f"a response's status is from 200 to 599, not {status!r}")
        self.status = int(status)
        self.headers: list[tuple[str, str]] = []
        if headers is not None:
            items: Any = headers.items() if hasattr(headers, "items") else headers
            for name, value in items:
                self.add_header(name, value)
        if isinstance(body, str):
            content_type = content_type or "text/plain; charset=utf-8"
            body = body.encode("utf-8")
        elif body.__class__ is not bytes:
            if not isinstance(body, (bytes, bytearray, memoryview)):
                raise TypeError(f"a response's body is str or bytes, not {type(body).__qualname__}: see Response.json")
            body = bytes(body)
        self.body: bytes = body
        if content_type is None and body:
            content_type = "application/octet-stream"
        if content_type is not None and not (self.headers and "content-type" in [n.lower() for n, _ in self.headers]):
            header = _CONTENT_TYPES.get(content_type) or ("content-type", content_type)
            if header not in _CHECKED:
                check_header(*header)
            self.headers.append(header)

    @classmethod
    def json(cls, value: object, *, status: int = 200, headers: HeadersLike | None = None) -> Response:
        """The value as JSON; see `encoding.encode` for what it takes beyond JSON's own types."""
        return cls(encoding.encode(value), status=status, headers=headers, content_type="application/json")

    @classmethod
    def text(cls, value: str, *, status: int = 200, headers: HeadersLike | None = None) -> Response:
        """Plain text, in UTF-8."""
        return cls(value, status=status, headers=headers)

    @classmethod
    def html(cls, value: str, *, status: int = 200, headers: HeadersLike | None = None) -> Response:
        """A page, in UTF-8. Escaping what it shows is up to the handler."""
        return cls(value, status=status, headers=headers, content_type="text/html; charset=utf-8")

    @classmethod
    def redirect(cls, url: str, status: int = 307, *, headers: HeadersLike | None = None) -> Response:
        """To another address: 307 keeps method and body, 303 makes it a GET, 308 and 301 are permanent.
        What is not ASCII in it is percent-encoded."""
        from urllib.parse import quote

        response = cls(status=status, headers=headers)
        # Line breaks are left as they are, for add_header to refuse.
        response.add_header("location", quote(url, safe="!#$%&'()*+,/:;=?@[]~\r\n\0"))
        return response

    @classmethod
    def empty(cls, status: int = 204, *, headers: HeadersLike | None = None) -> Response:
        """No body."""
        return cls(status=status, headers=headers)

    def add_header(self, name: str, value: str) -> None:
        """Adds a header beside those of the same name. Raises ValueError where HTTP can't carry it."""
        check_header(name, value)
        self.headers.append((name, value))

    def set_cookie(
        self,
        name: str,
        value: str,
        *,
        max_age: int | None = None,
        path: str | None = "/",
        domain: str | None = None,
        secure: bool = True,
        http_only: bool = True,
        same_site: str | None = "Lax",
    ) -> None:
        """Adds a cookie. `max_age` is in seconds: None ends it with the browser's session, 0 deletes it.
        `same_site` is "Lax", "Strict" or "None". Raises ValueError for what a cookie can't hold."""
        cookie = format_cookie(name, value, max_age, path, domain, secure, http_only, same_site)
        self.add_header("set-cookie", cookie)

    def __repr__(self) -> str:
        return f"<Response {self.status}, {len(self.body)} bytes>"


def one_value_a_name(response: Response) -> tuple[dict[str, str], list[str]]:
    """Headers by name in lower case, with the values of repeated ones joined, and the cookies that are set, which can't
    be: for platforms that keep one value a name."""
    headers: dict[str, str] = {}
    cookies: list[str] = []
    for name, value in response.headers:
        name = name.lower()
        if name == "set-cookie":
            cookies.append(value)
        else:
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers, cookies


def problem(
    status: int, detail: str = "", *, request_id: str = "", headers: HeadersLike | None = None, **members: object
) -> Response:
    """An error as application/problem+json (RFC 9457), with the request's id so that it can be found in the log."""
    content = {
        "type": "about:blank",
        "title": PHRASES.get(status, "Error"),
        "status": status,
        "detail": detail,
        "request_id": request_id,
        **members,
    }
    return Response(encoding.encode(content), status=status, headers=headers, content_type="application/problem+json")


def to_response(value: object) -> Response:
    """What a handler returned, as a Response. Raises TypeError for what it can't return."""
    if isinstance(value, Response):
        return value
    if value is None:
        return Response.empty()
    if isinstance(value, str):
        return Response(value)
    if isinstance(value, (dict, list, int, float)):
        return Response.json(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return Response(bytes(value))
    kind = type(value).__qualname__
    hint = "collect it in a list" if hasattr(value, "__next__") or hasattr(value, "__anext__") else "Response.json(…)"
    if callable(value):
        hint = "a handler that is an ASGI 2 application has to be made one of ASGI 3"
    raise TypeError(f"a handler returns Response, dict, list, str, bytes, a number or None, not {kind}: {hint}")


def sendable(response: Response, method: str) -> Response:
    """The response as it may go out: headers checked once more (they are a plain list that anyone can add to), without
    framing headers, and without a body where the method or status has none. Never changes the one it is given, which a
    handler may keep and return again."""
    framed = False
    for header in response.headers:
        if header not in _CHECKED:
            check_header(*header)
            framed = framed or header[0].lower() in _FRAMING
    body = response.body
    if not isinstance(body, bytes):
        raise TypeError(f"a response's body is bytes, not {type(body).__qualname__}")
    bodiless = method == "HEAD" or response.status in NO_BODY
    if not framed and not (bodiless and body):
        return response
    sent = Response(status=response.status)
    sent.headers = [header for header in response.headers if header[0].lower() not in _FRAMING]
    sent.body = b"" if bodiless else body
    return sent
