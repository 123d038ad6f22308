"""The handlers of the cases: each shows what it was given, or answers in its own way."""

from __future__ import annotations

import asyncio
import base64
import hashlib

from sls_infra.runtime import HttpError, Request, Response


def show(request: Request) -> Response:
    """Everything that a handler sees."""
    shown = {
        "method": request.method,
        "path": request.path,
        "url": request.url,
        "route": request.route,
        "path_params": request.path_params,
        "query": request.query.items(),
        "headers": [[name.lower(), value] for name, value in request.headers.items()],
        "cookies": request.cookies,
        "body": base64.b64encode(request.body).decode(),
        "claims": request.claims,
        "authenticated": request.authenticated,
        "client_ip": request.client_ip,
        "id": request.id,
    }
    # In a header too: the answer to a HEAD has no body.
    return Response.json(shown, headers={"x-route": request.route.encode("ascii", "backslashreplace").decode()})


def size(request: Request) -> dict[str, object]:
    """Length and digest of a body too large to show."""
    return {"bytes": len(request.body), "sha256": hashlib.sha256(request.body).hexdigest()}


def json(request: Request) -> object:
    """The body's JSON."""
    return {"json": request.json()}


def same(request: Request) -> Response:
    """The body, as it came."""
    return Response(request.body, content_type=request.headers.get("content-type"))


def cookies(request: Request) -> Response:
    """Two cookies and two headers of one name."""
    response = Response.json({}, headers=[("x-many", "1"), ("x-many", "2")])
    response.set_cookie("session", "abc123", max_age=60)
    response.set_cookie("theme", "dark", http_only=False, secure=False, same_site="Strict")
    return response


def binary(request: Request) -> Response:
    """Every octet there is, sixteen times: no UTF-8."""
    return Response(bytes(range(256)) * 16, content_type="image/png")


def big(request: Request) -> Response:
    """A mebibyte of text."""
    return Response("0123456789abcdef" * 65536)


def many_headers(request: Request) -> Response:
    """8 KiB of headers."""
    return Response("", headers=[(f"x-large-{number}", "v" * 1000) for number in range(8)])


def headers(request: Request) -> Response:
    """Headers that others may want to decide upon."""
    return Response(
        "late",
        status=201,
        headers={
            "etag": '"1"',
            "cache-control": "no-store",
            "content-language": "de",
            "location": "/somewhere/%C3%BC",
            "content-disposition": "attachment; filename*=UTF-8''gr%C3%BC%C3%9Fe.txt",
            "access-control-allow-origin": "https://evil.example.com",
        },
    )


def status(request: Request) -> Response:
    """Any status."""
    return Response("" if request.path_params["code"] == "204" else "said", status=int(request.path_params["code"]))


def kind(request: Request) -> object:
    """Every kind of thing that a handler may return."""
    return KINDS[request.path_params["kind"]]


KINDS: dict[str, object] = {
    "dict": {"a": 1, "ü": None},
    "list": [1, "zwei", {"drei": 3.5}],
    "str": "grüße",
    "bytes": b"\x00\xff\x01",
    "none": None,
    "number": 7,
    "response": Response("<p>hello</p>", status=202, content_type="text/html; charset=utf-8"),
    "redirect": Response.redirect("/orders/7?x=ü", 303),
    "empty": Response.empty(),
    "object": object(),
    "generator": (n for n in [1]),
}


async def later(request: Request) -> object:
    """The same, a little later."""
    await asyncio.sleep(0)
    return kind(request)


async def fails_later(request: Request) -> object:
    """A refusal, a little later."""
    await asyncio.sleep(0)
    raise HttpError(409, "it has changed meanwhile")


def fails(request: Request) -> object:
    """Every way to fail."""
    how = request.path_params["how"]
    if how == "refuses":
        raise HttpError(409, "it has changed", headers=[("etag", '"2"'), ("retry-after", "7")], errors=["x"])
    if how == "raises":
        raise RuntimeError("secret detail")
    if how == "exits":
        raise SystemExit(3)
    if how == "unsendable":
        return {1, 2}
    if how == "header":
        response = Response("x")
        response.headers.append(("x-bad", "a\r\nset-cookie: evil=1"))
        return response
    raise HttpError(404, f"no way to fail is called {how}")


def other(request: Request) -> dict[str, str]:
    """Of another function than all the rest."""
    return {"function": "second"}
