"""Multi-value names and values: headers, queries, cookies; and what may stand in a header."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import overload

_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_COOKIE_VALUE = frozenset(map(chr, range(0x21, 0x7F))) - frozenset('",;\\')


def is_token(text: str) -> bool:
    """Whether it is a token (RFC 9110, 5.6.2): what a header's name or a method is made of."""
    return bool(text) and _TOKEN.issuperset(text)


def check_header(name: str, value: str) -> None:
    """Raises ValueError for what not every server sends alike: line breaks, controls, what is not ASCII."""
    if not is_token(name):
        raise ValueError(f"{name!r} is no header name: use letters, digits and hyphens")
    if not (value.isascii() and (value.isprintable() or value.replace("\t", " ").isprintable())):
        raise ValueError(
            f"the header {name!r} has a value that HTTP can't carry, {value[:100]!r}: use visible ASCII on one line, "
            "and percent-encode the rest (in Content-Disposition: filename*=UTF-8''…)"
        )


class Fields:
    """Names with one or more values each, in the order they came in."""

    __slots__ = ("_index", "_items")

    def __init__(self, items: Iterable[tuple[str, str]] = ()) -> None:
        self._items = items  # a list once it is looked at: many requests' headers never are
        self._index: dict[str, list[str]] | None = None

    def _key(self, name: str) -> str:
        return name

    def _by_name(self) -> dict[str, list[str]]:
        if self._index is None:
            index: dict[str, list[str]] = {}
            for key, value in self.items():
                index.setdefault(self._key(key), []).append(value)
            self._index = index
        return self._index

    def _values(self, name: str) -> list[str] | None:
        return self._by_name().get(self._key(name))

    def _one(self, values: list[str]) -> str:
        return values[0]

    def __getitem__(self, name: str) -> str:
        values = self._values(name)
        if values is None:
            raise KeyError(name)
        return self._one(values)

    if TYPE_CHECKING:

        @overload
        def get(self, name: str) -> str | None: ...
        @overload
        def get(self, name: str, default: str) -> str: ...
        def get(self, name: str, default: str | None = None) -> str | None:
            """As `self[name]`; `default` where there is none."""

    else:

        def get(self, name, default=None):
            """As `self[name]`; `default` where there is none."""
            values = self._values(name)
            return default if values is None else self._one(values)

    def get_all(self, name: str) -> list[str]:
        """Every value of that name in order; [] where there is none."""
        return list(self._values(name) or ())

    def items(self) -> list[tuple[str, str]]:
        """Every (name, value) pair in order, names as they came, repeated ones too."""
        if not isinstance(self._items, list):
            self._items = list(self._items)
        return list(self._items)

    def keys(self) -> list[str]:
        """Each name once, in order: so that `dict(…)` takes it, with one value a name."""
        return list(self)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._values(name) is not None

    def __iter__(self) -> Iterator[str]:
        """Each name once, in order."""
        return iter(self._by_name())

    def __len__(self) -> int:
        """How many different names there are."""
        return len(self._by_name())

    def __eq__(self, other: object) -> bool:
        return self.__class__ is other.__class__ and isinstance(other, Fields) and self.items() == other.items()

    __hash__ = None  # type: ignore[assignment]  # compared by value, and may hold a mutable list

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}({self.items()!r})"


class Query(Fields):
    """A query string's parameters, decoded. `query["x"]` and `get` give the first value, `get_all` all of them."""

    __slots__ = ()

    @classmethod
    def parse(cls, raw_query: str) -> Query:
        """As HTML forms are decoded: "+" is a space, blank values are kept, what is not UTF-8 becomes U+FFFD."""
        if not raw_query:
            return cls()
        from urllib.parse import parse_qsl

        return cls(parse_qsl(raw_query, keep_blank_values=True))


class Headers(Fields):
    """A request's headers; case does not count.

    `headers["x"]` and `get` give the whole field value: where a header came more than once, its values joined by
    commas, as gateways that combine them do, so that a handler sees the same on every cloud. `get_all` gives the lines
    as they reached the runtime.
    """

    __slots__ = ()

    def _key(self, name: str) -> str:
        return name.lower()

    def _one(self, values: list[str]) -> str:
        return values[0] if len(values) == 1 else ",".join(values)


def parse_cookies(lines: Iterable[str]) -> dict[str, str]:
    """Cookies by name, from the values of Cookie headers. Of two of one name the first counts, the more specific one
    (RFC 6265, 5.4); quotes around a value are no part of it; what has no name is left out; nothing is decoded."""
    cookies: dict[str, str] = {}
    for line in lines:
        for pair in line.split(";"):
            name, equals, value = pair.partition("=")
            name, value = name.strip(), value.strip()
            if equals and name:
                if len(value) >= 2 and value[0] == value[-1] == '"':
                    value = value[1:-1]
                cookies.setdefault(name, value)
    return cookies


def format_cookie(
    name: str,
    value: str,
    max_age: int | None,
    path: str | None,
    domain: str | None,
    secure: bool,
    http_only: bool,
    same_site: str | None,
) -> str:
    """The value of a Set-Cookie header (RFC 6265, 4.1). Raises ValueError for what a cookie can't hold."""
    if not is_token(name):
        raise ValueError(f"{name!r} is no name for a cookie: use letters, digits, hyphens and underscores")
    if not _COOKIE_VALUE.issuperset(value):
        raise ValueError(f"the cookie {name!r} can't hold {value!r} as it is: percent-encode it or use base64")
    if same_site is not None and same_site not in ("Lax", "Strict", "None"):
        raise ValueError(f'same_site is "Lax", "Strict", "None" or None, not {same_site!r}')
    if same_site == "None" and not secure:
        raise ValueError(f'the cookie {name!r} has same_site "None", which browsers take with secure=True only')
    if ";" in (path or "") or ";" in (domain or ""):
        raise ValueError(f"the path or domain of the cookie {name!r} holds a semicolon")
    age = None if max_age is None else int(max_age)
    pairs = ((name, value), ("Max-Age", age), ("Path", path), ("Domain", domain), ("SameSite", same_site))
    flags = (("Secure", secure), ("HttpOnly", http_only))
    return "; ".join([f"{key}={text}" for key, text in pairs if text is not None] + [key for key, on in flags if on])
