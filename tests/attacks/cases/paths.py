"""Paths that are one thing to whoever asks for a credential and another to whoever answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..model import WIRE, Attack, Control, Shot
from ..world import World, bearer

FAMILY = "paths"
SECRET = "GET /vault/{id}"
TRICKS: dict[str, str] = {
    "up from an open route": "/open/../vault/7",
    "up from an open route, twice": "/open/a/../../vault/7",
    "up, dots encoded": "/open/%2e%2e/vault/7",
    "up, dots encoded in upper case": "/open/%2E%2E/vault/7",
    "up, one dot encoded": "/open/.%2e/vault/7",
    "up, the slash encoded": "/open/..%2fvault/7",
    "up, everything encoded": "/open%2f%2e%2e%2fvault%2f7",
    "up, encoded twice": "/open/%252e%252e/vault/7",
    "up, encoded thrice": "/open/%25252e%25252e/vault/7",
    "up by backslashes": "/open\\..\\vault\\7",
    "up by encoded backslashes": "/open%5c..%5cvault%5c7",
    "up after a parameter": "/open/..;/vault/7",
    "up with a parameter": "/open/..;x=1/vault/7",
    "up, overlong dots": "/open/%c0%ae%c0%ae/vault/7",
    "up, an overlong slash": "/open/..%c0%afvault/7",
    "up, full-width dots": "/open/%ef%bc%8e%ef%bc%8e/vault/7",
    "up, full-width slash": "/open/..%ef%bc%8fvault/7",
    "up, by %u": "/open/%u002e%u002e/vault/7",
    "a dot segment": "/./vault/7",
    "a dot segment within": "/vault/./7",
    "an encoded dot segment": "/%2e/vault/7",
    "two slashes before": "//vault/7",
    "three slashes before": "///vault/7",
    "two slashes within": "/vault//7",
    "a slash after": "/vault/7/",
    "two slashes after": "/vault/7//",
    "an encoded slash within": "/vault%2f7",
    "an encoded slash within, upper case": "/vault%2F7",
    "an encoded slash, twice": "/vault%252f7",
    "an encoded backslash": "/vault%5c7",
    "a backslash": "/vault\\7",
    "upper case": "/VAULT/7",
    "mixed case": "/Vault/7",
    "an encoded letter": "/%76ault/7",
    "an encoded letter, twice": "/%2576ault/7",
    "a dotless letter (U+0131)": "/vault\u0131/7",
    "a full-width letter": "/%ef%bd%96ault/7",
    "a long s (U+017F)": "/%c5%bfcoped",
    "a parameter": "/vault;x=1/7",
    "a parameter at the end": "/vault/7;x=1",
    "an empty parameter": "/vault;/7",
    "a session id": "/vault/7;jsessionid=1",
    "a trailing dot": "/vault./7",
    "a suffix": "/vault/7.json",
    "a trailing space": "/vault%20/7",
    "a trailing tab": "/vault%09/7",
    "a NUL": "/vault/7%00",
    "a NUL and an open path": "/vault/7%00/../../open",
    "a line break": "/vault/7%0d%0ax-evil:%201",
    "a question mark, encoded": "/vault/7%3f",
    "a fragment, encoded": "/vault/7%23/../open",
    "an open path in the query": "/vault/7?/../../open",
    "an open path's parameter": "/vault/7?path=/open",
    "a broken escape": "/vault/%zz",
    "half an escape": "/vault/7%",
    "a byte that is no UTF-8": "/vault/%ff",
    "a soft hyphen": "/va%c2%adult/7",
    "a zero-width space": "/vault%e2%80%8b/7",
    "right to left": "/vault/%e2%80%ae7",
    "the greedy route's deep end": "/vault/7/deep/../..",
    "the greedy route, up to an open one": "/vault/7/deep/../../../open",
    "the route's own template": "/vault/{id}",
    "the greedy template": "/vault/7/deep/{path+}",
    "a star": "/vault/*",
}
OWN = ("/_sls", "/_sls/", "/_sls/authorize/custom", "/_sls/authorize/jwt", "/_sls/http/x/open", "/_sls/events/x",
       "/_SLS/authorize/custom", "/_sls%2fauthorize%2fcustom", "/%5fsls/authorize/custom", "//_sls/authorize/custom",
       "/open/../_sls/authorize/custom", "/_sls/openapi", "/_sls/secrets", "/_sls/../open")  # fmt: skip
"""Paths that belong to the runtime and the gateway themselves."""
METHODS = ("HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND", "get", "Get", "GETX", "ANY",
           "DEBUG", "TRACK")  # fmt: skip
FORMS: dict[str, bytes] = {
    "absolute form": b"GET http://HOST/vault/7 HTTP/1.1",
    "absolute form of another host": b"GET http://internal/vault/7 HTTP/1.1",
    "absolute form with a user": b"GET http://open@HOST/vault/7 HTTP/1.1",
    "absolute form whose host is an open path": b"GET http:///open/../vault/7 HTTP/1.1",
    "a scheme of its own": b"GET file:///vault/7 HTTP/1.1",
    "no slash": b"GET vault/7 HTTP/1.1",
    "a query alone": b"GET ?/vault/7 HTTP/1.1",
    "a fragment": b"GET /vault/7#/open HTTP/1.1",
    "an open path before a fragment": b"GET /vault/7#/../../open HTTP/1.1",
    "a star": b"OPTIONS * HTTP/1.1",
    "a host and port": b"CONNECT /vault/7 HTTP/1.1",
    "two spaces": b"GET  /vault/7 HTTP/1.1",
    "two paths": b"GET /open /vault/7 HTTP/1.1",
    "a tab": b"GET\t/vault/7 HTTP/1.1",
    "octets of 8 bits": b"GET /vault/\xff7 HTTP/1.1",
    "HTTP/1.0": b"GET /vault/7 HTTP/1.0",
    "HTTP/0.9": b"GET /vault/7",
    "HTTP/2.0": b"GET /vault/7 HTTP/2.0",
}


def attacks() -> Iterator[Attack]:
    """Every attack of this family."""
    for name, path in TRICKS.items():
        yield Attack(FAMILY, name, _at(path), (200, 400, 401, 404), ("GET /open", "GET /open/{path+}"))
    for path in OWN:
        yield Attack(FAMILY, f"of the runtime's own: {path}", _own(path), status=(400, 401, 404, 405))
    for method in METHODS:
        status = (400, 401, 404, 405, 501)
        yield Attack(FAMILY, f"by {method}", _by(method), status, not_on=_unsendable(method))
    yield Attack(FAMILY, "by HEAD of a route of any method", _any("HEAD"))
    yield Attack(FAMILY, "by OPTIONS of a route of any method", _any("OPTIONS"), (204, 401))
    yield Attack(FAMILY, "by OPTIONS of a route of any method, as a preflight's half", _half_a_preflight, (204, 401))
    for name, line in FORMS.items():
        yield Attack(FAMILY, f"target: {name}", _line(line), (0, 400, 401, 404, 405), not_on={"entries": WIRE})


def controls() -> Iterator[Control]:
    """The paths themselves, with a token."""
    yield Control(FAMILY, "the plain path", lambda w: Shot("/vault/7", bearer(w.token())))
    yield Control(FAMILY, "the greedy path", lambda w: Shot("/vault/7/deep/a/b", bearer(w.token())))
    yield Control(FAMILY, "any method", lambda w: Shot("/any/7", bearer(w.token()), "DELETE"))


def _at(path: str) -> Callable[[World], Shot]:
    return lambda w: Shot(path, route=SECRET)


def _own(path: str) -> Callable[[World], Shot]:
    body = b'{"way": "custom", "request": {"method": "GET", "path": "/", "query": "", "headers": [["x-pass", "good"]]}}'
    return lambda w: Shot(path, [("x-pass", "good"), ("content-type", "application/json")], "POST", body, route=SECRET)


def _by(method: str) -> Callable[[World], Shot]:
    return lambda w: Shot("/vault/7", method=method, route=SECRET)


def _any(method: str) -> Callable[[World], Shot]:
    return lambda w: Shot("/any/7", method=method)


def _half_a_preflight(world: World) -> Shot:
    return Shot("/any/7", [("access-control-request-method", "GET")], "OPTIONS")


def _unsendable(method: str) -> dict[str, str]:
    if method in ("get", "Get", "GETX", "ANY", "DEBUG", "TRACK", "CONNECT", "TRACE", "PROPFIND"):
        return {"azure": "the function is registered for seven methods: the host answers others itself"}
    return {}


def _line(line: bytes) -> Callable[[World], Shot]:
    return lambda w: Shot(raw=line + b"\r\nHost: HOST\r\nConnection: close\r\n\r\n")
