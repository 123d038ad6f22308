"""One request over a connection of its own, exactly as it is said."""

from __future__ import annotations

from collections.abc import Iterable
from http.client import HTTPConnection

from .model import Answer


def send(
    port: int,
    method: str,
    target: str,
    headers: Iterable[tuple[str, str]],
    body: bytes,
    *,
    source: str = "127.0.0.1",
    timeout: float = 30.0,
) -> Answer:
    """What a server on this machine answers. `headers` should hold Host; Content-Length is added where there is a body
    or the method has one by custom; `source` is the loopback address to call from."""
    connection = HTTPConnection("127.0.0.1", port, timeout=timeout, source_address=(source, 0))
    try:
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in headers:
            connection.putheader(name, value)
        if body or method in ("POST", "PUT", "PATCH"):
            connection.putheader("content-length", str(len(body)))
        connection.endheaders(body or None)
        response = connection.getresponse()
        content = response.read()
        return Answer(response.status, tuple((name.lower(), value) for name, value in response.getheaders()), content)
    finally:
        connection.close()
