"""AWS Signature Version 4, by headers.

docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

from time import gmtime, strftime

from .calling import split

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

ALGORITHM = "AWS4-HMAC-SHA256"


class Credentials:
    """A key, its secret and the token of the session it belongs to ("" for none)."""

    __slots__ = ("key", "secret", "token")

    def __init__(self, key: str, secret: str, token: str = "") -> None:
        self.key = key
        self.secret = secret
        self.token = token


def signed(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    credentials: Credentials,
    region: str,
    service: str,
    now: float | None = None,
) -> dict[str, str]:
    """The headers with host, date, token and signature added; their names in lower case.

    `url` as it goes on the wire; a query in it must be sorted, and encoded as AWS does. For services other than S3,
    which signs the path otherwise. `now`: seconds since the epoch; default: the clock's.
    """
    from hashlib import sha256

    _, host, target = split(url)
    path, _, query = target.partition("?")
    moment = gmtime(now)
    time, day = strftime("%Y%m%dT%H%M%SZ", moment), strftime("%Y%m%d", moment)
    all_headers = {name.lower(): " ".join(value.split()) for name, value in headers.items()}
    all_headers |= {"host": host, "x-amz-date": time}
    if credentials.token:
        all_headers["x-amz-security-token"] = credentials.token
    names = ";".join(sorted(all_headers))
    lines = "".join(f"{name}:{all_headers[name]}\n" for name in sorted(all_headers))
    canonical = "\n".join((method, _encoded(path or "/"), query, lines, names, sha256(body).hexdigest()))
    scope = f"{day}/{region}/{service}/aws4_request"
    text = "\n".join((ALGORITHM, time, scope, sha256(canonical.encode()).hexdigest()))
    key = f"AWS4{credentials.secret}".encode()
    for part in (day, region, service, "aws4_request"):
        key = _hmac(key, part)
    signature = _hmac(key, text).hex()
    credential = f"{credentials.key}/{scope}"
    all_headers["authorization"] = f"{ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signature}"
    return all_headers


def _encoded(path: str) -> str:
    """The path as it is signed: encoded once more than on the wire."""
    from urllib.parse import quote

    return quote(path, safe="/-_.~")


def _hmac(key: bytes, text: str) -> bytes:
    from hmac import digest

    return digest(key, text.encode(), "sha256")
