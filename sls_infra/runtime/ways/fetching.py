"""Documents of an issuer, over the wire: https, bounded in size and time, from where they are said to be."""

from __future__ import annotations

from .way import Misconfigured

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TIMEOUT = 5.0
"""Seconds for one document, from the first byte sent to the last one received."""

MAX_DOCUMENT = 1 << 20
"""Bytes."""

_CHUNK = 1 << 16


def is_loopback(uri: str) -> bool:
    """Whether it names this machine."""
    from urllib.parse import urlsplit

    host = urlsplit(uri).hostname or ""
    return host in ("localhost", "::1") or (host.startswith("127.") and host.replace(".", "").isdigit())


def check_uri(uri: str, *, loopback: bool) -> None:
    """Raises ValueError for what is neither https nor, where `loopback` allows it, http on this machine."""
    from urllib.parse import urlsplit

    parts = urlsplit(uri)
    if parts.scheme == "https" and parts.hostname:
        return
    if not (loopback and parts.scheme == "http" and is_loopback(uri)):
        raise ValueError(f"{uri!r} is not https: signing keys can't be fetched from there")


def check_issuer(issuer: str, jwks_uri: str | None) -> bool:
    """Whether keys may come over http from this machine itself: those of an issuer that is on it. Raises Misconfigured
    for an issuer, or a place of keys, that can't be trusted over the wire."""
    try:
        check_uri(issuer, loopback=True)
        here = is_loopback(issuer)
        if jwks_uri is not None:
            check_uri(jwks_uri, loopback=here)
    except ValueError as error:
        raise Misconfigured(str(error)) from None
    return here


def get_json(uri: str, *, loopback: bool) -> dict[str, Any]:
    """Fetches a JSON object. Redirects are not followed: keys come from where the issuer says, over the scheme it
    says, or not at all. Raises OSError or ValueError."""
    import urllib.request
    from time import monotonic

    from .segments import json_object

    class NoRedirects(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: object, **__: object) -> None:
            return None

    check_uri(uri, loopback=loopback)
    handlers: list[urllib.request.BaseHandler] = [NoRedirects()]
    if is_loopback(uri):
        handlers.append(urllib.request.ProxyHandler({}))
    until = monotonic() + TIMEOUT
    request = urllib.request.Request(uri, headers={"accept": "application/json"})  # noqa: S310  # the scheme was checked
    parts, size = [], 0
    with urllib.request.build_opener(*handlers).open(request, timeout=TIMEOUT) as response:
        while part := response.read1(_CHUNK):
            parts.append(part)
            size += len(part)
            if size > MAX_DOCUMENT:
                raise ValueError(f"{uri!r} is longer than {MAX_DOCUMENT} bytes")
            if monotonic() > until:
                raise TimeoutError(f"{uri!r} did not come within {TIMEOUT:.0f} s")
    return json_object(b"".join(parts).decode("utf-8-sig"))
