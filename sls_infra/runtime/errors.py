"""What the runtime raises on purpose, and the standard phrases of HTTP errors.

    HttpError      a handler (or the runtime) answers with an error status
    NotLinked      a handler reaches for a resource that its function is not linked to
    NotFound       a link: there is no such item, object or resource
    Conflict       a link: what is there is not what the caller said it must be
    Throttled      a link: the platform takes no more just now, after retries
    TooLarge       a link: over a limit that holds on every platform
    HandlerError   a handler could not be imported
    SecretsMissing a secret of the function's environment could not be had
    ManifestError  the bundle's manifest is not one that this runtime can read
    ServiceError   the platform did not give what it was asked for: a secret, an authorizer's answer

Their messages are read in logs, except HttpError's, which callers see.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PHRASES = {
    400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden", 404: "Not Found",
    405: "Method Not Allowed", 406: "Not Acceptable", 407: "Proxy Authentication Required", 408: "Request Timeout",
    409: "Conflict", 410: "Gone", 411: "Length Required", 412: "Precondition Failed", 413: "Content Too Large",
    414: "URI Too Long", 415: "Unsupported Media Type", 416: "Range Not Satisfiable", 417: "Expectation Failed",
    421: "Misdirected Request", 422: "Unprocessable Content", 423: "Locked", 424: "Failed Dependency", 425: "Too Early",
    426: "Upgrade Required", 428: "Precondition Required", 429: "Too Many Requests",
    431: "Request Header Fields Too Large", 451: "Unavailable For Legal Reasons", 500: "Internal Server Error",
    501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
    505: "HTTP Version Not Supported", 507: "Insufficient Storage", 508: "Loop Detected",
    511: "Network Authentication Required",
}  # fmt: skip
"""IANA's registry of status codes; here because the standard library's phrases differ between Python versions."""


class HttpError(Exception):
    """Raise it in a handler to answer with an error, as application/problem+json (RFC 9457).

    `status` is 400 to 599; `detail` tells the caller what is wrong; `members` are added to the JSON object ("type",
    "title" and "instance" replace the standard members; "status", "detail" and "request_id" can't be replaced).
    """

    def __init__(
        self,
        status: int,
        detail: str = "",
        *,
        headers: Mapping[str, str] | Iterable[tuple[str, str]] | None = None,
        **members: object,
    ) -> None:
        if not isinstance(status, int) or not 400 <= status <= 599:
            raise ValueError(f"HttpError takes a status from 400 to 599, not {status!r}: return a Response for others")
        if "request_id" in members:
            raise ValueError("HttpError sets request_id itself: name the member otherwise")
        super().__init__(status, detail)
        self.status = int(status)
        self.detail = detail
        self.headers = headers
        self.members = members

    def __str__(self) -> str:
        return f"{self.status} {self.detail}".rstrip()


class NotLinked(LookupError):
    """A handler reached for a resource that its function has no link to. The message says which link to add."""


class NotFound(LookupError):
    """There is no such item or object, or the resource itself is not there."""


class Conflict(RuntimeError):
    """What is there is not what `if_absent` or `if_version` said it must be: read it again, and decide anew."""


class Throttled(RuntimeError):
    """The platform takes no more just now, although it was asked again: try later."""


class TooLarge(ValueError):
    """An item, message or key is over a limit that holds on every platform. Nothing was written."""


class HandlerError(ImportError):
    """One or more handlers could not be imported. The message names each handler and its cause."""


class SecretsMissing(HandlerError):
    """A secret that an environment variable is filled from could not be had, so that no handler was imported."""


class ManifestError(ValueError):
    """The manifest in a bundle is missing or not one that this runtime can read."""


class ServiceError(RuntimeError):
    """The platform did not give what it was asked for. The message says what, and why; it never holds a secret."""
