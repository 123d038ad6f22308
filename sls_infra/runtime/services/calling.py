"""One HTTP call to a platform's service: bounded in time and size, one retry, no redirects, no proxies.

By `http.client`: what follows redirects would take a token along to wherever a server points.
"""

from __future__ import annotations

from time import sleep

from ..errors import ServiceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from ssl import SSLContext
    from typing import Any

CONNECT = 3.0
"""Seconds to connect."""
READ = 5.0
"""Seconds without a byte of the answer."""
AUTHORIZER = 20.0
"""The same, where it is an authorizer that answers: it may be starting just then."""
MAX_BODY = 1 << 20
"""Bytes of an answer. (A secret has at most 64 KiB on every cloud.)"""
PAUSE = 0.2
"""Seconds before the one retry."""
MAX_TOLD = 300
"""Characters of a service's own words that go into an error."""


class Answer:
    """Status, headers (names in lower case) and body."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    def json(self, what: str) -> dict[str, Any]:
        """The body's JSON object. Raises ServiceError, without any of it, where it holds something else."""
        from json import loads

        try:
            value = loads(self.body)
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise ServiceError(f"{what}: the answer is no JSON object")
        return value


def call(
    what: str,
    method: str,
    url: str,
    headers: Mapping[str, str] | Callable[[], Mapping[str, str]],
    body: bytes = b"",
    *,
    read: float = READ,
    context: SSLContext | None = None,
    is_throttled: Callable[[Answer], bool] = lambda answer: False,
) -> Answer:
    """The answer, whatever its status. Raises ServiceError where there is none.

    A call that is lost, throttled (429, or by `is_throttled`) or failed by the service (5xx) is sent once more.
    `what` names it in errors. `headers`: where they are signed, a function that makes them anew for each time.
    `context`: of TLS; default: the system's certificates.
    """
    for is_last in (False, True):
        try:
            answer = _send(method, url, headers() if callable(headers) else headers, body, read, context)
        except ServiceError as error:
            raise ServiceError(f"{what}: {error}") from None
        except (OSError, ValueError, _protocol_error()) as error:
            if is_last:
                raise ServiceError(f"{what}: {type(error).__name__} while talking to {_origin(url)}") from None
        else:
            if is_last or not (answer.status == 429 or answer.status >= 500 or is_throttled(answer)):
                return answer
        sleep(PAUSE)
    raise AssertionError("unreachable")


def refused(what: str, answer: Answer, code: object = "", words: object = "") -> ServiceError:
    """The error of an answer that is no success, with the service's own code and words, where they are text."""
    told = ": ".join(text for text in (code, words) if isinstance(text, str) and text)[:MAX_TOLD]
    return ServiceError(f"{what}: status {answer.status}{f', {told}' if told else ''}")


def split(url: str) -> tuple[str, str, str]:
    """Scheme, host with port, and the rest. Raises ServiceError for what is no http or https URL."""
    scheme, separator, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    if scheme not in ("http", "https") or not separator or not host or "@" in host or "?" in host or not _plain(url):
        raise ServiceError("not an http or https URL")
    return scheme, host, slash + path


def secure(url: str) -> str:
    """The URL, which is https. Raises ServiceError for another: what is sent there is a credential."""
    if not url.startswith("https://"):
        raise ServiceError("not an https URL")
    return url


def _plain(url: str) -> bool:
    return url.isascii() and url.isprintable() and " " not in url


def _origin(url: str) -> str:
    scheme, host, _ = split(url)
    return f"{scheme}://{host}"


def _protocol_error() -> type[Exception]:
    from http.client import HTTPException

    return HTTPException


def _send(
    method: str, url: str, headers: Mapping[str, str], body: bytes, read: float, context: SSLContext | None
) -> Answer:
    from http.client import HTTPConnection, HTTPSConnection

    scheme, host, path = split(url)
    connection = (
        HTTPSConnection(host, timeout=CONNECT, context=context)
        if scheme == "https"
        else HTTPConnection(host, timeout=CONNECT)
    )
    try:
        connection.connect()
        if connection.sock is not None:
            connection.sock.settimeout(read)
        connection.request(method, path or "/", body=body or None, headers=dict(headers))
        response = connection.getresponse()
        content = response.read(MAX_BODY + 1)
        if len(content) > MAX_BODY:
            raise ServiceError("the answer is too long")
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, content)
    finally:
        connection.close()
