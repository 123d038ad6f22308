"""Cookies on their way out of Azure Functions.

The worker's library takes Set-Cookie headers apart, and the host puts them together again, by ASP.NET Core's
`ResponseCookies.Append`: which percent-encodes values and knows seven attributes, so that "a=b=" would become "a=b%3D",
which no client decodes. One cookie can pass by as a plain header instead, since the host takes one header a name
(RawScriptResult.cs in azure-functions-host). The others go the library's way, if they come out of it as they went in.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
"""What percent-encoding leaves alone (RFC 3986, 2.3)."""
_PATH = _PLAIN | {"/"}
_NAME = _PLAIN - {"~"}
_FLAGS = ("secure", "httponly")
_RESERVED = (*_FLAGS, "expires", "path", "comment", "domain", "max-age", "version", "samesite", "partitioned")
"""Names that Python's http.cookies takes for attributes, wherever they stand."""


class CookieError(ValueError):
    """More than one cookie of a response can't pass through the Functions host unchanged."""


def one_apart(cookies: Sequence[str]) -> tuple[str, list[str]]:
    """The cookie that goes as a plain header, and those that go the library's way: values of Set-Cookie headers, one or
    more. Raises CookieError where these would not come out as they are."""
    hard = [cookie for cookie in cookies if not is_plain(cookie)] if len(cookies) > 1 else []
    if len(hard) > 1:
        names = ", ".join(cookie.partition("=")[0] for cookie in hard)
        raise CookieError(
            f"the cookies {names} can't go in one response: Azure's Functions host would change all but one of them. "
            "Keep values to letters, digits and -._~ (base64.urlsafe_b64encode without padding, or hex)"
        )
    apart = hard[0] if hard else cookies[0]
    rest = list(cookies)
    rest.remove(apart)
    return apart, rest


def is_plain(cookie: str) -> bool:
    """Whether a cookie passes through the library and the host unchanged."""
    pair, *attributes = cookie.split(";")
    name, equals, value = pair.strip().partition("=")
    if value[:1] == '"' == value[-1:] and len(value) > 1:
        value = value[1:-1]
    if not (equals and name and _NAME.issuperset(name) and name.lower() not in _RESERVED and _PLAIN.issuperset(value)):
        return False
    seen = set()
    for attribute in attributes:
        key, equals, text = attribute.strip().partition("=")
        key = key.lower()
        if key in seen or not _is_plain_attribute(key, bool(equals), text):
            return False
        seen.add(key)
    return True


def _is_plain_attribute(key: str, has_value: bool, text: str) -> bool:
    if key in _FLAGS:
        return not has_value
    if key == "samesite":
        return text.lower() in ("lax", "strict", "none")
    if key == "max-age":
        return text.isascii() and text.removeprefix("-").isdigit() and len(text) <= 10
    if key == "path":
        return text.startswith("/") and _PATH.issuperset(text)
    if key == "domain":
        return bool(text) and _PLAIN.issuperset(text)
    return key == "expires" and _is_date(text)


def _is_date(text: str) -> bool:
    """Whether it is a date as the library reads it (RFC 9110, 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT")."""
    from datetime import datetime

    try:
        return datetime.strptime(text, "%a, %d %b %Y %H:%M:%S GMT").year > 1600
    except ValueError:
        return False
