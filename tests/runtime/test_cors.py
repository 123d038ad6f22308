"""Cross-origin requests."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sls_infra.runtime.cors import Cors

SHOP = "https://shop.example.com"


def test_a_listed_origin_may_call() -> None:
    cors = Cors([SHOP], ["GET", "PUT"], ["authorization", "x-one"], ["etag"], True, 600)
    assert cors.preflight(SHOP, "PUT", "authorization") == [
        ("access-control-allow-origin", SHOP),
        ("access-control-allow-credentials", "true"),
        ("vary", "Origin"),
        ("access-control-allow-methods", "GET,PUT"),
        ("access-control-allow-headers", "authorization,x-one"),
        ("access-control-max-age", "600"),
    ]
    assert cors.actual(SHOP) == [
        ("access-control-allow-origin", SHOP),
        ("access-control-allow-credentials", "true"),
        ("vary", "Origin"),
        ("access-control-expose-headers", "etag"),
    ]


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "",
        "null",
        "https://evil.example",
        SHOP + ".evil.example",
        SHOP + "/",
        SHOP + ":443",
        "http://shop.example.com",
        SHOP.upper(),
        "*",
    ],
)
def test_another_origin_gets_no_cors_headers(origin: str | None) -> None:
    cors = Cors([SHOP], ["*"], ["*"], ["etag"], True, 600)
    for answer in (cors.preflight(origin, "GET", "x"), cors.actual(origin)):
        assert [name for name, _ in answer] == ["vary"]
        assert "Origin" in answer[0][1]


def test_every_origin_may_be_let_in_without_credentials() -> None:
    cors = Cors(["*"])
    assert cors.actual("https://any.example") == [("access-control-allow-origin", "*")]
    assert cors.actual("null") == [("access-control-allow-origin", "*")]
    assert cors.actual(None) == []
    assert cors.preflight("https://any.example", "GET") == [
        ("access-control-allow-origin", "*"),
        ("access-control-allow-methods", "GET,HEAD,POST"),
    ]


def test_every_origin_with_credentials_is_refused() -> None:
    with pytest.raises(ValueError, match="credentials"):
        Cors(["*"], credentials=True)


def test_null_is_an_origin_only_when_listed() -> None:
    assert Cors(["null"]).actual("null")[0] == ("access-control-allow-origin", "null")


def test_a_star_repeats_what_is_asked_for() -> None:
    cors = Cors([SHOP], ["*"], ["*"], credentials=True)
    answer = dict(cors.preflight(SHOP, "DELETE", "authorization, X-One,bad name, , x-two\r\nset-cookie: a"))
    assert answer["access-control-allow-methods"] == "DELETE"
    assert answer["access-control-allow-headers"] == "authorization,X-One"
    assert answer["vary"] == "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"


@given(st.text(), st.text(), st.text())
def test_nothing_from_outside_gets_into_a_header_but_tokens_and_the_listed_origin(
    origin: str, method: str, headers: str
) -> None:
    for cors in (Cors([SHOP], ["*"], ["*"], credentials=True), Cors(["*"], ["*"], ["*"])):
        for name, value in [*cors.preflight(origin, method, headers), *cors.preflight(SHOP, method, headers)]:
            assert value.isascii()
            assert value.isprintable()
            if name == "access-control-allow-origin":
                assert value in (SHOP, "*")
