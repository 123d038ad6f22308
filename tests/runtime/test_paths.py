"""The path grammar, and the matcher against a naive one that is written down here from its description."""

from __future__ import annotations

import re
from contextlib import suppress
from urllib.parse import quote, unquote_to_bytes

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sls_infra.runtime.paths import Matcher, Path, PathError, Segment, parse, split


def test_a_path_is_taken_apart() -> None:
    path = parse("/shops/{shop}/files/{path+}")
    assert path.segments == (
        Segment("static", "shops"),
        Segment("param", "shop"),
        Segment("static", "files"),
        Segment("greedy", "path"),
    )
    assert path.params == ("shop", "path")
    assert path.shape == "/shops/{}/files/{+}"
    assert path.text == str(path) == "/shops/{shop}/files/{path+}"
    assert path.segments[1].name == "shop"


def test_the_root_has_no_segments() -> None:
    assert parse("/").segments == ()
    assert parse("/").shape == "/"


def test_paths_are_equal_by_text_and_alike_by_shape() -> None:
    assert parse("/a/{id}") == parse("/a/{id}")
    assert hash(parse("/a/{id}")) == hash(parse("/a/{id}"))
    assert parse("/a/{id}") != parse("/a/{key}")
    assert parse("/a/{id}").shape == parse("/a/{key}").shape != parse("/a/{id+}").shape
    assert sorted([parse("/b"), parse("/a")]) == [Path("/a", ()), Path("/b", ())]


@pytest.mark.parametrize(
    "path",
    [
        "/grüße/東京",
        "/a:b",
        "/a@b",
        "/~me",
        "/v1.0",
        "/a,b;c=d",
        "/!$&'()*+",
        "/..a",
        "/{_x1}",
        "/{a}/{b}",
        "/_s/l",
        "/...",
    ],
)
def test_what_the_grammar_takes(path: str) -> None:
    assert parse(path).text == path


@pytest.mark.parametrize(
    ("path", "message", "fix"),
    [
        ("orders", "does not start with a slash", "'/orders'"),
        ("", "does not start with a slash", "'/'"),
        ("/orders/", "ends in a slash", "'/orders'"),
        ("//", "ends in a slash", "'/'"),
        ("/a//b", "empty segment", "one slash"),
        ("//a", "empty segment", "one slash"),
        ("/a/./b", "the segment '.'", "leads to"),
        ("/a/../b", "the segment '..'", "leads to"),
        ("/a/{id", "mixes a parameter", "{name}"),
        ("/a/x{id}", "mixes a parameter", "{name}"),
        ("/a/{id}.json", "mixes a parameter", "{name}"),
        ("/a/{}", "no name", "order_id"),
        ("/a/{+}", "no name", "order_id"),
        ("/a/{1d}", "no name", "order_id"),
        ("/a/{größe}", "no name", "order_id"),
        ("/a/{a-b}", "no name", "order_id"),
        ("/a/{b*}", "no name", "order_id"),
        ("/{path+}/a", "not the last segment", "{path}"),
        ("/{id}/{id}", "named twice", "own name"),
        ("/{id}/{id+}", "named twice", "own name"),
        ("/a%20b", "percent-encoded", "themselves"),
        ("/a b", "character ' '", "leave it out"),
        ("/a?b", "character '?'", "leave it out"),
        ("/a#b", "character '#'", "leave it out"),
        ("/a\\b", "character '\\\\'", "leave it out"),
        ("/a\nb", "character '\\n'", "leave it out"),
        ("/a\u2028b", "character", "leave it out"),
        ("/a\ud800", "character", "leave it out"),
        ("/_sls", "reserved", "another"),
        ("/_sls/health", "reserved", "another"),
        ("/_slsx", "reserved", "another"),
    ],
)
def test_what_the_grammar_refuses(path: str, message: str, fix: str) -> None:
    with pytest.raises(PathError) as caught:
        parse(path)
    assert message in caught.value.message
    assert fix in caught.value.fix
    assert caught.value.message in str(caught.value)
    assert caught.value.fix in str(caught.value)


@given(st.text())
def test_parsing_raises_nothing_but_path_errors(text: str) -> None:
    for path in (text, "/" + text):
        with suppress(PathError):
            parsed = parse(path)
            assert parsed.text == path == "/" + "/".join(shown(segment) for segment in parsed.segments)


def shown(segment: Segment) -> str:
    return {"static": "{}", "param": "{{{}}}", "greedy": "{{{}+}}"}[segment.kind].format(segment.value)


def test_two_routes_of_one_shape_are_refused() -> None:
    with pytest.raises(PathError, match="routed twice"):
        Matcher([("GET", "/a/{id}", 1), ("GET", "/a/{key}", 2)])
    Matcher([("GET", "/a/{id}", 1), ("PUT", "/a/{key}", 2), ("GET", "/a/{key+}", 3)])


ROUTES = [
    ("GET", "/", "root"),
    ("GET", "/orders", "list"),
    ("ANY", "/orders", "any"),
    ("GET", "/orders/{id}", "read"),
    ("DELETE", "/orders/{key}", "delete"),
    ("GET", "/orders/latest", "latest"),
    ("GET", "/orders/{id}/items", "items"),
    ("POST", "/orders/latest/items", "add"),
    ("GET", "/{shop}/orders", "shop"),
    ("ANY", "/{rest+}", "rest"),
    ("GET", "/grüße", "greetings"),
]


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/", ("root", {})),
        ("POST", "/", None),
        ("GET", "/orders", ("list", {})),
        ("HEAD", "/orders", ("any", {})),
        ("GET", "/orders/7", ("read", {"id": "7"})),
        ("DELETE", "/orders/7", ("delete", {"key": "7"})),
        ("HEAD", "/orders/7", ("rest", {"rest": "orders/7"})),
        ("GET", "/orders/latest", ("latest", {})),
        ("DELETE", "/orders/latest", ("delete", {"key": "latest"})),
        # The literal leads into a branch that has no GET: the matcher comes back for the parameter.
        ("GET", "/orders/latest/items", ("items", {"id": "latest"})),
        ("POST", "/orders/latest/items", ("add", {})),
        ("GET", "/orders/orders", ("read", {"id": "orders"})),
        ("GET", "/x/orders", ("shop", {"shop": "x"})),
        ("GET", "/x/y/z", ("rest", {"rest": "x/y/z"})),
        ("GET", "/gr%C3%BC%c3%9fe", ("greetings", {})),
        ("GET", "/%6Frders", ("list", {})),
        ("GET", "/orders/a%20b%3Fc%23d%25e", ("read", {"id": "a b?c#d%e"})),
        ("GET", "/orders/%2541%25zz", ("read", {"id": "%41%zz"})),
        ("GET", "/orders/a+b", ("read", {"id": "a+b"})),
        ("GET", "/orders/{id}", ("read", {"id": "{id}"})),
        ("get", "/orders/7", ("rest", {"rest": "orders/7"})),
        # A slash at the end is part of what a greedy parameter takes, and of nothing else.
        ("GET", "/orders/", ("rest", {"rest": "orders/"})),
        ("GET", "/orders/7/", ("rest", {"rest": "orders/7/"})),
    ],
)
def test_the_most_specific_route_wins(method: str, path: str, expected: object) -> None:
    assert Matcher(ROUTES).match(method, path) == expected


@pytest.mark.parametrize(
    "path",
    [
        "", "orders", "//", "//orders", "/orders//", "/orders//7", "/orders/.", "/orders/..", "/orders/../admin",
        "/orders/%2e%2e/admin", "/orders/%2E", "/orders/.%2e", "/orders/a%2Fb", "/orders/a%2fb", "/orders/a%5Cb",
        "/orders/a\\b",
        "/orders/%00", "/orders/a%0d%0ab", "/orders/a%7f", "/orders/%C2%85", "/orders/%", "/orders/%2", "/orders/%zz",
        "/orders/%+1", "/orders/%C0%AE", "/orders/%ED%A0%80", "/orders/%ff", "/orders/7?x=1", "/orders/7#x",
        "/orders/a b", "/orders/%252e%252e", "/orders/a%252Fb", "/orders/a%255c", "/orders/%2500",
        "/orders/\u00fc", "/orders/\ud800", "/orders/\n", "/orders/7\x00", "http://x/orders", "*", "/orders/%u0041",
    ],
)  # fmt: skip
def test_what_is_not_on_the_straight_path_never_matches(path: str) -> None:
    """Not even the greedy route, which takes any straight path."""
    assert Matcher(ROUTES).match("GET", path) is None
    assert split(path) is None


# A naive matcher: each route is a regular expression over the decoded segments; all that match are ranked.


def reference(routes: list[tuple[str, str, int]], method: str, raw_path: str) -> tuple[int, dict[str, str]] | None:
    segments = reference_split(raw_path)
    if segments is None:
        return None
    found = []
    for route_method, path, value in routes:
        if route_method not in (method, "ANY"):
            continue
        params = reference_params(path.split("/")[1:] if path != "/" else [], segments)
        if params is not None:
            kinds = [0 if s[0] != "{" else 1 if s[-2] != "+" else 2 for s in path.split("/")[1:] if s]
            found.append((kinds, route_method == "ANY", value, params))
    if not found:
        return None
    best = min(found, key=lambda item: (item[0], item[1]))
    return best[2], best[3]


def reference_split(raw_path: str) -> list[str] | None:
    if not re.fullmatch(r"/|(/(?:[!$-.0-9:;=@A-Z\[\]^_a-z`{|}~\"<>&'()*+,]|%[0-9A-Fa-f]{2})+)+/?", raw_path):
        return None
    if raw_path == "/":
        return []
    segments = []
    for raw in raw_path[1:].split("/"):
        try:
            segment = unquote_to_bytes(raw).decode("utf-8")
        except UnicodeDecodeError:
            return None
        if segment in (".", "..") or re.search(r"[/\\\x00-\x1f\x7f-\x9f]|%(2[ef]|5c|7f|[01][0-9a-f])", segment, re.I):
            return None
        segments.append(segment)
    return segments


def reference_params(pattern: list[str], segments: list[str]) -> dict[str, str] | None:
    params = {}
    for index, part in enumerate(pattern):
        if part.startswith("{") and part.endswith("+}"):
            if index >= len(segments) or not segments[index]:
                return None
            params[part[1:-2]] = "/".join(segments[index:])
            return params
        if index >= len(segments) or not segments[index]:
            return None
        if part.startswith("{"):
            params[part[1:-1]] = segments[index]
        elif part != segments[index]:
            return None
    return params if len(segments) == len(pattern) else None


names = st.sampled_from(["a", "b", "ab", "ü", "a.b"])
methods = st.sampled_from(["GET", "POST", "HEAD", "ANY"])


@st.composite
def route_paths(draw: st.DrawFn) -> str:
    kinds = draw(st.lists(st.sampled_from(["static", "static", "param"]), max_size=3))
    parts = [draw(names) if kind == "static" else f"{{p{index}}}" for index, kind in enumerate(kinds)]
    if draw(st.booleans()) and draw(st.booleans()):
        parts.append("{rest+}")
    return "/" + "/".join(parts)


@st.composite
def route_tables(draw: st.DrawFn) -> list[tuple[str, str, int]]:
    pairs = draw(st.lists(st.tuples(methods, route_paths()), max_size=12))
    unique = {(method, re.sub(r"\{\w+", "{", path)): (method, path) for method, path in pairs}
    return [(method, path, index) for index, (method, path) in enumerate(unique.values())]


pieces = st.one_of(
    names.map(quote),
    names.map(lambda name: "".join(f"%{byte:02x}" for byte in name.encode())),
    st.sampled_from([
        "a", "b", "", ".", "..", "%2e", "%2E%2e", "%2F", "a%2fb", "%5c", "\\", "%00", "%C0%AF", "%", "%4", "%zz", "%25",
        "%252F", " ", "?", "#", ";", "{p0}", "{rest+}", "%20", "\u00fc", "\x00", "%E2%80%A8", "%C2%80", "%EF%BC%8F",
    ]),
    st.text(max_size=3),
    st.text(alphabet="%0123456789abcdefABCDEF./", max_size=6),
)  # fmt: skip
raw_paths = st.lists(pieces, max_size=5).map(lambda parts: "/" + "/".join(parts)) | st.text(max_size=8)


@given(route_tables(), methods, raw_paths)
@example([("GET", "/{p0}", 0)], "GET", "/%ED%B3%BF")
def test_matching_is_what_the_naive_matcher_finds(
    routes: list[tuple[str, str, int]], method: str, raw_path: str
) -> None:
    assert Matcher(routes).match(method, raw_path) == reference(routes, method, raw_path)


@given(st.lists(st.text(min_size=1), min_size=1, max_size=4))
def test_what_a_client_quotes_comes_back_as_it_was(values: list[str]) -> None:
    """For every text that may stand in a segment: the parameter is the text that was quoted."""
    matcher = Matcher([("GET", "/x/" + "/".join(f"{{p{index}}}" for index in range(len(values))), None)])
    raw_path = "/x/" + "/".join(quote(value, safe="", errors="surrogatepass") for value in values)
    found = matcher.match("GET", raw_path)
    if any(value in (".", "..") or re.search(r"[/\\\x00-\x1f\x7f-\x9f\ud800-\udfff]", value) for value in values):
        assert found is None
    else:
        assert found is not None
        assert list(found[1].values()) == values


def test_many_routes_that_differ_late_are_searched_once_each() -> None:
    """2 ** 20 ways through the tree would not end; routes are 400."""
    width = 20
    routes = [
        ("GET", "/" + "/".join("a" if index != hole else f"{{p{hole}}}" for index in range(width)) + f"/end{end}", end)
        for hole in range(width)
        for end in range(20)
    ]
    matcher = Matcher([(method, path, path) for method, path, _ in routes])
    assert matcher.match("GET", "/" + "/".join("a" * width) + "/nowhere") is None
    assert matcher.match("GET", "/b" + "/a" * (width - 1) + "/end3") == (routes[3][1], {"p0": "b"})
