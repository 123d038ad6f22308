"""Values of the JSON Schema keyword `format`, checked as pydantic checks the types that it emits them for.

What pydantic refuses is refused. Of what it takes beyond RFC 3339 (numbers as timestamps, a date in place of a
date-time) only forms are taken that say the same thing: no offset, no seconds, a space for the T.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_DATE = r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
_HOUR = r"(?:[01]\d|2[0-3])"
_TIME = _HOUR + r":[0-5]\d(?::[0-5]\d(?:[.,]\d+)?)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):?[0-5]\d)?"
# A fraction only at the end.
_DURATION = (
    r"[+-]?P(?=[\dT])(?!.*\.\d*[A-Z].)(?:[\d.]+Y)?(?:[\d.]+M)?(?:[\d.]+W)?(?:[\d.]+D)?"
    r"(?:T(?=\d)(?:[\d.]+H)?(?:[\d.]+M)?(?:[\d.]+S)?)?"
).replace(r"[\d.]+", r"\d+(?:\.\d+)?")
_EMAIL = r"[^@\s.<>,;:()\[\]\\\"]+(?:\.[^@\s.<>,;:()\[\]\\\"]+)*@(?:[\w](?:[\w-]*[\w])?\.)+[\w](?:[\w-]*[\w])?"
# Those of the web need a host; of others the scheme decides what follows.
_AUTHORITY = r"(?:[^\s/?#@]*@)?(?:\[[0-9A-Fa-f:.]+\]|[^\s/?#:@\[\]]+)(?::\d{0,5})?"
_WEB = "(?i:https?|wss?|ftp)"
_URI = (
    rf"{_WEB}:/*{_AUTHORITY}(?:[/?#]\S*)?"
    rf"|(?!{_WEB}:)[A-Za-z][A-Za-z0-9+.-]*:(?:(?!//)\S*|//(?:{_AUTHORITY})?(?:[/?#]\S*)?)"
)
_HEX = "[0-9a-fA-F]"
_UUID = f"{_HEX}{{8}}-{_HEX}{{4}}-%s{_HEX}{{3}}-%s{_HEX}{{3}}-{_HEX}{{12}}"


def _pattern(pattern: str, flags: int = re.ASCII) -> Callable[[str], bool]:
    fullmatch = re.compile(pattern, flags).fullmatch
    return lambda text: fullmatch(text) is not None


_is_date = _pattern(_DATE)
_is_time = _pattern(_TIME)
_is_date_time = _pattern(f"{_DATE}[Tt _]{_TIME}")


def _on_calendar(text: str) -> bool:
    year, month, day = int(text[:4]), int(text[5:7]), int(text[8:10])
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return year > 0 and day <= (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]


def _uuid(version: str = _HEX) -> Callable[[str], bool]:
    variant = _HEX if version == _HEX else "[89abAB]"
    hyphened, bare = _UUID % (version, variant), _UUID.replace("}-", "}") % (version, variant)
    return _pattern(rf"(?:urn:uuid:)?{hyphened}|\{{{hyphened}\}}|{bare}")


def _address(factory: str) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        import ipaddress

        try:
            getattr(ipaddress, factory)(text)
        except ValueError:
            return False
        return True

    return check


def _is_regex(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:
        return False
    return True


def _is_json(text: str) -> bool:
    from json import loads

    try:
        loads(text)
    except (ValueError, RecursionError):
        return False
    return True


CHECKS: dict[str, Callable[[str], bool]] = {
    "date": lambda text: _is_date(text) and _on_calendar(text),
    "date-time": lambda text: _is_date_time(text) and _on_calendar(text),
    "time": _is_time,
    "duration": _pattern(rf"{_DURATION}|[+-]?(?:\d\d|\d+ days?,? {_HOUR}):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?"),
    "uuid": _uuid(),
    **{f"uuid{version}": _uuid(version) for version in "12345678"},
    "email": _pattern(_EMAIL, 0),
    "name-email": _pattern(rf"{_EMAIL}|[^<>]*<{_EMAIL}>", 0),
    "uri": _pattern(_URI, 0),
    "multi-host-uri": _pattern(_URI, 0),
    "ipv4": _address("IPv4Address"),
    "ipv6": _address("IPv6Address"),
    "ipv4network": _address("IPv4Network"),
    "ipv6network": _address("IPv6Network"),
    "ipv4interface": _address("IPv4Interface"),
    "ipv6interface": _address("IPv6Interface"),
    "ipvanyaddress": _address("ip_address"),
    "ipvanynetwork": _address("ip_network"),
    "ipvanyinterface": _address("ip_interface"),
    "regex": _is_regex,
    "json-string": _is_json,
}
"""Formats of strings that are checked."""

RANGES = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}
"""OpenAPI's formats of integers that are checked."""

ANNOTATIONS = frozenset(("password", "path", "file-path", "directory-path", "binary", "byte", "float", "double"))
"""Formats that say how a value is used, and that any string or number has."""
