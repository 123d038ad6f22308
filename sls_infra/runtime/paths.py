"""The one path grammar, and the one matcher: spec, plan, gateways and handlers all mean the same by a path.

    /                    the root
    /orders/{id}         a parameter is a whole segment
    /files/{path+}       a greedy parameter: the last segment, one or more segments of the request, and the slash that
                         the request may end in: "a/b/" is not "a/b"

Literal segments are written decoded ("/grüße", not "/gr%C3%BC%C3%9Fe"), in the characters that RFC 3986 allows in a
segment plus printable non-ASCII ones. They are compared by code point with the percent-decoded request, case counts,
and Unicode is not normalised.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Generic, Literal, TypeAlias, TypeVar

    V = TypeVar("V")
    Kind: TypeAlias = Literal["static", "param", "greedy"]
    # A route's value, its parameters with the index of their segment, and its greedy parameter likewise.
    End: TypeAlias = tuple[object, tuple[tuple[str, int], ...], tuple[str, int] | None]
else:
    V = None

    class Generic:
        """Stands in for typing.Generic, whose import would cost each cold start some milliseconds."""

        def __class_getitem__(cls, _: object) -> type:
            return cls


RESERVED = "/_sls"
"""Paths that start with this belong to the runtime and the gateways."""

_LITERAL = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@")
_HEX = frozenset("0123456789abcdefABCDEF")
NEVER = frozenset(("2e", "2f", "5c", "7f", *(f"{code:02x}" for code in range(32))))
"""Escapes of what no segment may hold: dots, slashes, controls. Nor may what is left of them after one decoding, since
some gateways have decoded a path before it gets here, and nobody can tell."""


class PathError(ValueError):
    """A path that breaks the grammar. `message` says what is wrong, `fix` what to write instead."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(f"{message} ({fix})")
        self.message = message
        self.fix = fix


class Segment:
    """One segment: `kind` is "static", "param" or "greedy"; `value` is the literal text or the parameter's name."""

    __slots__ = ("kind", "value")

    def __init__(self, kind: Kind, value: str) -> None:
        self.kind: Kind = kind
        self.value = value

    @property
    def name(self) -> str:
        """The same as `value`: reads better for a parameter."""
        return self.value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Segment) and (self.kind, self.value) == (other.kind, other.value)

    def __hash__(self) -> int:
        return hash((self.kind, self.value))

    def __repr__(self) -> str:
        return f"Segment({self.kind!r}, {self.value!r})"


class Path:
    """A parsed path. Equal, hashed and sorted by its text.

    `text` is the path as written, `segments` its parts (none for the root), `params` the parameters' names in order,
    `shape` the text with these names erased ("/a/{}", "/a/{+}"): paths of one shape match the same requests.
    """

    __slots__ = ("params", "segments", "shape", "text")

    def __init__(self, text: str, segments: tuple[Segment, ...]) -> None:
        self.text = text
        self.segments = segments
        self.params = tuple(s.value for s in segments if s.kind != "static")
        erased = {"param": "{}", "greedy": "{+}"}
        self.shape = "/" + "/".join(erased.get(s.kind, s.value) for s in segments)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Path) and self.text == other.text

    def __lt__(self, other: Path) -> bool:
        return self.text < other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Path({self.text!r})"


def parse(path: str) -> Path:
    """The path, taken apart. Raises PathError, which says what to write instead."""
    if not path.startswith("/"):
        raise PathError(f"the path {path!r} does not start with a slash", f"write {'/' + path!r}")
    if path.startswith(RESERVED):
        raise PathError(f"paths that start with {RESERVED!r} are reserved", "choose another first segment")
    if path == "/":
        return Path(path, ())
    texts = path[1:].split("/")
    if texts[-1] == "":
        raise PathError(f"the path {path!r} ends in a slash", f"write {path.rstrip('/') or '/'!r}")
    segments = tuple(_segment(text, path) for text in texts)
    for segment in segments[:-1]:
        if segment.kind == "greedy":
            raise PathError(
                f"the greedy parameter {{{segment.value}+}} is not the last segment of {path!r}",
                f"end the path with it, or write {{{segment.value}}} for one segment",
            )
    parsed = Path(path, segments)
    for name in parsed.params:
        if parsed.params.count(name) > 1:
            raise PathError(f"the parameter {name!r} is named twice in {path!r}", "give each parameter its own name")
    return parsed


def _segment(text: str, path: str) -> Segment:
    if text == "":
        raise PathError(f"the path {path!r} has an empty segment", "write one slash between segments")
    if text in (".", ".."):
        raise PathError(f"the path {path!r} has the segment {text!r}", "write the path that it leads to")
    if text[0] == "{" and text[-1] == "}":
        name, kind = text[1:-1], "param"
        if name.endswith("+"):
            name, kind = name[:-1], "greedy"
        if not (name.isascii() and name.isidentifier()):
            raise PathError(
                f"{name!r} is no name for a parameter in {path!r}",
                "use ASCII letters, digits and underscores, not starting with a digit: {order_id}",
            )
        return Segment("greedy" if kind == "greedy" else "param", name)
    if "{" in text or "}" in text:
        raise PathError(
            f"the segment {text!r} of {path!r} mixes a parameter with other text",
            "make the parameter a whole segment, {name}, and split its value in the handler",
        )
    if "%" in text:
        raise PathError(f"the segment {text!r} of {path!r} is percent-encoded", "write the characters themselves")
    for char in text:
        if char not in _LITERAL and (char.isascii() or not char.isprintable()):
            raise PathError(f"the path {path!r} has the character {char!r}", "leave it out: no URL holds it as it is")
    return Segment("static", text)


def split(raw_path: str) -> list[str] | None:
    """The percent-decoded segments of a path as on the wire ([] for the root), or None where it must be refused.

    The last one is "" where the path ends in a slash: what only a greedy parameter takes. Refused: what is not
    absolute or not visible ASCII, other empty segments, "." and "..", a slash, backslash or control character however
    encoded (twice, too, and so a dot), broken percent-encoding, and what is not UTF-8 once decoded.
    """
    if not (raw_path.isascii() and raw_path.isprintable()) or " " in raw_path or "\\" in raw_path:
        return None
    segments = raw_path.split("/")
    if segments[0] or len(segments) < 2 or "?" in raw_path or "#" in raw_path:
        return None
    if raw_path == "/":
        return []
    del segments[0]
    if "%" in raw_path:
        for at, segment in enumerate(segments):
            if "%" in segment:
                decoded = _decode(segment)
                if decoded is None:
                    return None
                segments[at] = decoded
    if "." in segments or ".." in segments:
        return None
    if "" in segments and segments.index("") < max(len(segments) - 1, 1):
        return None
    return segments


def _decode(segment: str) -> str | None:
    head, *escapes = segment.split("%")
    octets = bytearray(head, "ascii")
    for escape in escapes:
        if len(escape) < 2 or escape[0] not in _HEX or escape[1] not in _HEX:
            return None
        octets.append(int(escape[:2], 16))
        octets += escape[2:].encode("ascii")
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError:
        return None
    for char in text:
        if char in "/\\" or char < " " or "\x7f" <= char <= "\x9f":
            return None
    if "%" in text:
        for escape in text.split("%")[1:]:
            if escape[:2].lower() in NEVER:
                return None
    return text


class _Node:
    """One level of the tree of routes: literal children, the child behind a parameter, and what ends here."""

    __slots__ = ("ends", "greedy", "param", "static")

    def __init__(self) -> None:
        self.static: dict[str, _Node] = {}
        self.param: _Node | None = None
        self.ends: dict[str, End] = {}
        self.greedy: dict[str, End] = {}


class Matcher(Generic[V]):
    """Finds the route of a request among `(method, path, value)` triples; "ANY" as method takes every method.

    Of all routes that take both the method and the path, the one wins that has, from left to right, a literal rather
    than a parameter, and a parameter rather than a greedy one; then one of the exact method rather than ANY. HEAD is
    not GET. Raises PathError for a path that breaks the grammar, and for two routes of one method and shape.
    """

    __slots__ = ("_root",)

    def __init__(self, routes: Iterable[tuple[str, str, V]]) -> None:
        self._root = _Node()
        for method, text, value in routes:
            self._add(method, parse(text), value)

    def _add(self, method: str, path: Path, value: V) -> None:
        node, params, greedy = self._root, [], None
        for index, segment in enumerate(path.segments):
            if segment.kind == "static":
                node = node.static.setdefault(segment.value, _Node())
            elif segment.kind == "param":
                node.param = node.param or _Node()
                node = node.param
                params.append((segment.value, index))
            else:
                greedy = (segment.value, index)
        ends = node.greedy if greedy else node.ends
        if method in ends:
            raise PathError(f"{method} {path} is routed twice", "keep one of the two: parameters' names don't count")
        ends[method] = (value, tuple(params), greedy)

    def match(self, method: str, raw_path: str) -> tuple[V, dict[str, str]] | None:
        """The value of the best route and its decoded parameters, or None: a 404, whatever the reason.

        `raw_path` is the path as on the wire: percent-encoded, without the query.
        """
        segments = split(raw_path)
        if segments is None:
            return None
        end = _find(self._root, segments, 0, method)
        if end is None:
            return None
        value, names, greedy = end
        params = {name: segments[index] for name, index in names}
        if greedy:
            params[greedy[0]] = "/".join(segments[greedy[1] :])
        return value, params  # type: ignore[return-value]  # nodes hold objects: only V went in


def _find(node: _Node, segments: list[str], at: int, method: str) -> End | None:
    """Depth first, so that the first end found is the most specific; visits each node of the tree at most once."""
    if at == len(segments):
        return node.ends.get(method) or node.ends.get("ANY")
    child = node.static.get(segments[at])
    if child is not None:
        end = _find(child, segments, at + 1, method)
        if end is not None:
            return end
    if not segments[at]:
        return None
    child = node.param
    if child is not None:
        end = _find(child, segments, at + 1, method)
        if end is not None:
            return end
    return node.greedy.get(method) or node.greedy.get("ANY")
