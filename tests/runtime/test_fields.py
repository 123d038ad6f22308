"""Headers, queries and cookies."""

from __future__ import annotations

from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sls_infra.runtime.fields import Headers, Query, check_header, format_cookie, parse_cookies


def test_headers_ignore_case_and_keep_order_and_repetition() -> None:
    headers = Headers([("Accept", "a"), ("X-One", "1"), ("accept", "b,c")])
    assert headers["ACCEPT"] == headers.get("accept") == "a,b,c"
    assert headers.get_all("Accept") == ["a", "b,c"]
    assert headers["x-one"] == "1"
    assert headers.items() == [("Accept", "a"), ("X-One", "1"), ("accept", "b,c")]
    assert list(headers) == ["accept", "x-one"]
    assert len(headers) == 2
    assert "x-ONE" in headers
    assert "x-two" not in headers
    assert 7 not in headers
    assert headers.get("x-two") is None
    assert headers.get("x-two", "2") == "2"
    assert headers.get_all("x-two") == []
    with pytest.raises(KeyError, match="x-two"):
        headers["x-two"]


def test_a_query_has_several_values_of_one_name() -> None:
    query = Query.parse("x=1&y=&x=2&z&a+b=c%20d%26&%C3%BC=%ff")
    assert query["x"] == "1"
    assert query.get_all("x") == ["1", "2"]
    assert query["y"] == query["z"] == ""
    assert query["a b"] == "c d&"
    assert query["ü"] == "\ufffd"
    assert "X" not in query
    assert len(Query.parse("")) == 0


def test_fields_compare_by_value() -> None:
    assert Headers([("a", "b")]) == Headers([("a", "b")])
    assert Headers([("a", "b")]) != Query([("a", "b")])
    assert repr(Query([("a", "b")])) == "Query([('a', 'b')])"


@given(st.lists(st.tuples(st.text(), st.text()), max_size=6))
def test_a_query_is_what_was_encoded(pairs: list[tuple[str, str]]) -> None:
    raw = urlencode(pairs, errors="replace")
    expected = parse_qs(raw, keep_blank_values=True)
    query = Query.parse(raw)
    assert {name: query.get_all(name) for name in query} == expected


@given(st.text())
def test_no_query_raises(raw: str) -> None:
    for name in Query.parse(raw):
        assert Query.parse(raw).get_all(name)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("a=1; b=2", {"a": "1", "b": "2"}),
        ("a=1;b=2;", {"a": "1", "b": "2"}),
        ('a="quoted value"; b=""', {"a": "quoted value", "b": ""}),
        ('a="; b="x', {"a": '"', "b": '"x'}),
        ("a=; b", {"a": ""}),
        ("=x; ;;a=b=c", {"a": "b=c"}),
        ("a=first; a=second", {"a": "first"}),
        ("a=%20; b=c,d", {"a": "%20", "b": "c,d"}),
        ("", {}),
    ],
)
def test_cookies_are_read_as_browsers_send_them(line: str, expected: dict[str, str]) -> None:
    assert parse_cookies([line]) == expected


def test_cookies_of_several_headers() -> None:
    assert parse_cookies(["a=1", "b=2; a=3"]) == {"a": "1", "b": "2"}


@given(st.text())
def test_no_cookie_raises(line: str) -> None:
    assert all(name for name in parse_cookies([line]))


def test_a_cookie_is_one_that_the_standard_library_reads() -> None:
    text = format_cookie("session", "abc123", 60, "/shop", "example.com", True, True, "Strict")
    (morsel,) = SimpleCookie(text).values()
    assert (morsel.key, morsel.value) == ("session", "abc123")
    assert {key: value for key, value in morsel.items() if value} == {
        "max-age": "60",
        "path": "/shop",
        "domain": "example.com",
        "secure": True,
        "httponly": True,
        "samesite": "Strict",
    }


@pytest.mark.parametrize(
    ("name", "value", "path", "same_site", "secure", "message"),
    [
        ("a b", "x", "/", "Lax", True, "no name for a cookie"),
        ("", "x", "/", "Lax", True, "no name for a cookie"),
        ("a", "x;y", "/", "Lax", True, "percent-encode"),
        ("a", "x\r\nset-cookie: b=1", "/", "Lax", True, "percent-encode"),
        ("a", "grüß", "/", "Lax", True, "percent-encode"),
        ("a", 'x"y', "/", "Lax", True, "percent-encode"),
        ("a", "x", "/; Domain=evil", "Lax", True, "semicolon"),
        ("a", "x", "/", "lax", True, "same_site"),
        ("a", "x", "/", "None", False, "secure=True"),
    ],
)
def test_what_a_cookie_cannot_hold(
    name: str, value: str, path: str, same_site: str, secure: bool, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        format_cookie(name, value, None, path, None, secure, True, same_site)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x", "a\r\nset-cookie: b=1"), ("x", "a\nb"), ("x", "a\rb"), ("x", "a\x00b"), ("x", "a\x0bb"), ("x", "\x7f"),
        ("x", "grüße"), ("x", "\u2028"), ("x: y\r\nz", "a"), ("", "a"), ("x y", "a"), ("x\n", "a"), ("ü", "a"),
        ("x:", "a"),
    ],
)  # fmt: skip
def test_headers_that_could_say_something_else_are_refused(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=r"no header name|can't carry"):
        check_header(name, value)


@pytest.mark.parametrize("value", ["", "a\tb", 'W/"etag"', "~!@#$%^&*()"])
def test_headers_that_are_fine(value: str) -> None:
    check_header("x-Header_1", value)
