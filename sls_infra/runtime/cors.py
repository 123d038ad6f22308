"""Cross-origin requests (the Fetch standard's CORS protocol), answered as an API Gateway HTTP API answers them."""

from __future__ import annotations

from .fields import is_token
from .http import Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .http import Request

SAFELISTED_METHODS = ("GET", "HEAD", "POST")


class Cors:
    """Which pages of other origins may call, and what they may send and see.

    `origins` are compared exactly ("https://shop.example.com"; "null" only when listed), or "*" for all, which can't be
    combined with `credentials`. `methods` and `headers` may hold "*"; `expose` names response headers that pages may
    read; `max_age` is how long browsers keep a preflight's answer, in seconds (None: the browser's own default).
    """

    __slots__ = ("any_origin", "credentials", "expose", "headers", "max_age", "methods", "origins")

    def __init__(
        self,
        origins: Sequence[str],
        methods: Sequence[str] = SAFELISTED_METHODS,
        headers: Sequence[str] = (),
        expose: Sequence[str] = (),
        credentials: bool = False,
        max_age: int | None = None,
    ) -> None:
        self.origins = frozenset(origins)
        self.any_origin = "*" in self.origins
        if self.any_origin and credentials:
            raise ValueError('origins "*" can\'t be combined with credentials: list the origins')
        self.methods = tuple(methods)
        self.headers = tuple(headers)
        self.expose = tuple(expose)
        self.credentials = credentials
        self.max_age = max_age

    def answer(self, request: Request) -> Response | None:
        """The answer to a preflight; None for any other request."""
        asked = request.headers.get("access-control-request-method")
        origin = request.headers.get("origin")
        if request.method != "OPTIONS" or origin is None or asked is None:
            return None
        names = request.headers.get("access-control-request-headers")
        return Response.empty(headers=self.preflight(origin, asked, names))

    def shared(self, response: Response, request: Request) -> Response:
        """The response with the headers that let pages read it. A handler's own of that kind don't count, as with
        gateways. Never changes the one it is given."""
        sent = Response(status=response.status)
        sent.body = response.body
        sent.headers = [header for header in response.headers if not header[0].lower().startswith("access-control-")]
        sent.headers += self.actual(request.headers.get("origin"))
        return sent

    def allows(self, origin: str | None) -> bool:
        """Whether a page of this origin may call. `origin` is the request's Origin header, None without one."""
        return origin is not None and (self.any_origin or origin in self.origins)

    def preflight(
        self, origin: str | None, method: str | None = None, request_headers: str | None = None
    ) -> list[tuple[str, str]]:
        """Headers of the answer to an OPTIONS request with Origin and Access-Control-Request-Method; its status is 204.

        `method` and `request_headers` are Access-Control-Request-Method and -Headers. What is allowed is listed whether
        or not it covers them: the browser compares. Only under "*" the requested names are repeated, because "*" itself
        would not cover Authorization, nor anything when credentials are sent.
        """
        if not self.allows(origin):
            return self._vary()
        asked = ("Access-Control-Request-Method", "Access-Control-Request-Headers")
        answer = [*self._allow_origin(origin), *self._vary(*asked)]
        methods = [method] if "*" in self.methods and method and is_token(method) else self.methods
        if methods:
            answer.append(("access-control-allow-methods", ",".join(methods)))
        headers: Sequence[str] = self.headers
        if "*" in headers:
            names = (name.strip() for name in (request_headers or "").split(","))
            headers = [name for name in names if is_token(name)]
        if headers:
            answer.append(("access-control-allow-headers", ",".join(headers)))
        if self.max_age is not None:
            answer.append(("access-control-max-age", str(self.max_age)))
        return answer

    def actual(self, origin: str | None) -> list[tuple[str, str]]:
        """Headers to add to the answer of a request that is no preflight, errors included."""
        if not self.allows(origin):
            return self._vary()
        answer = [*self._allow_origin(origin), *self._vary()]
        if self.expose:
            answer.append(("access-control-expose-headers", ",".join(self.expose)))
        return answer

    def _allow_origin(self, origin: str | None) -> list[tuple[str, str]]:
        allowed = [("access-control-allow-origin", "*" if self.any_origin or origin is None else origin)]
        if self.credentials:
            allowed.append(("access-control-allow-credentials", "true"))
        return allowed

    def _vary(self, *others: str) -> list[tuple[str, str]]:
        # Without a list of origins every caller gets the same answer, except for names that are repeated.
        names = [*([] if self.any_origin else ["Origin"]), *(others if "*" in (*self.methods, *self.headers) else [])]
        return [("vary", ", ".join(names))] if names else []
