"""Refusals: the same status everywhere, problem+json wherever the runtime answers, and nothing of the cause."""

from __future__ import annotations

import pytest

from .model import Call, Served

JSON = [("content-type", "application/json")]


@pytest.mark.parametrize("path", ["/fails/refuses", "/fails-later"])
def test_a_handlers_refusal_goes_out(shop: Served, path: str) -> None:
    answer = shop.call(Call("GET", path))
    assert answer.status == 409
    assert answer.problem()["detail"].startswith("it has changed")


def test_a_refusals_headers_and_members_go_out(shop: Served) -> None:
    answer = shop.call(Call("GET", "/fails/refuses"))
    assert (answer.header("etag"), answer.header("retry-after")) == ('"2"', "7")
    assert answer.problem()["errors"] == ["x"]


def test_a_handlers_404_is_its_own(shop: Served) -> None:
    answer = shop.call(Call("GET", "/fails/otherwise"))
    assert (answer.status, answer.problem()["detail"]) == (404, "no way to fail is called otherwise")


@pytest.mark.parametrize("how", ["raises", "exits", "unsendable", "header"])
def test_what_a_handler_did_not_expect_is_500_and_says_nothing(shop: Served, how: str) -> None:
    answer = shop.call(Call("GET", f"/fails/{how}"))
    assert answer.status == 500
    assert answer.problem()["title"] == "Internal Server Error"
    for secret in (b"secret detail", b"Traceback", b"app.py", b"evil"):
        assert secret not in answer.body
    assert not answer.all("set-cookie")


@pytest.mark.parametrize("kind", ["object", "generator", "no such kind"])
def test_what_a_handler_can_not_return_is_500(shop: Served, kind: str) -> None:
    answer = shop.call(Call("GET", f"/kinds/{kind.replace(' ', '%20')}"))
    assert answer.status == 500
    answer.problem()


def test_the_function_goes_on_after_a_failure(shop: Served) -> None:
    for how in ("raises", "exits"):
        assert shop.call(Call("GET", f"/fails/{how}")).status == 500
        assert shop.call(Call("GET", "/orders/7")).status == 200


MALFORMED = {
    "nothing": b"",
    "cut": b'{"a": ',
    "two values": b"{} {}",
    "single quotes": b"{'a': 1}",
    "NaN": b"NaN",
    "no UTF-8": b'"\xff"',
    "a comma too many": b'{"a": 1,}',
    "deep": b"[" * 100_000,
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_json_is_400(shop: Served, name: str) -> None:
    answer = shop.call(Call("POST", "/json", JSON, MALFORMED[name]))
    assert answer.status == 400
    answer.problem()


def test_json_arrives(shop: Served) -> None:
    answer = shop.call(Call("POST", "/json", JSON, '{"ü": [1, 2.5, null, true, "🚀"]}'.encode()))
    assert (answer.status, answer.json()) == (200, {"json": {"ü": [1, 2.5, None, True, "🚀"]}})


UNFIT = {
    "lacking": (b"{}", ["", "/name"]),
    "of another type": (b'{"name": 1}', ["/name"]),
    "too short": (b'{"name": ""}', ["/name"]),
    "too small": (b'{"name": "a", "count": 0}', ["/count"]),
    "no integer": (b'{"name": "a", "count": 1.5}', ["/count"]),
    "unknown": (b'{"name": "a", "more": 1}', ["", "/more"]),
    "no object": (b"[]", [""]),
    "null": (b"null", [""]),
    "several at once": (b'{"name": 1, "count": "x"}', ["/name", "/count"]),
}


@pytest.mark.parametrize("name", UNFIT)
def test_a_body_that_does_not_fit_is_400_and_says_where(shop: Served, name: str) -> None:
    body, pointers = UNFIT[name]
    answer = shop.call(Call("POST", "/checked", JSON, body))
    assert answer.status == 400
    assert {error["pointer"] for error in answer.problem()["errors"]} <= set(pointers)


@pytest.mark.parametrize("body", [b'{"name": "a"}', b'{"name": "\\u00fc", "count": 3}'])
def test_a_body_that_fits_reaches_the_handler(shop: Served, body: bytes) -> None:
    assert shop.call(Call("POST", "/checked", JSON, body)).status == 200


def test_a_body_that_is_no_json_does_not_fit_either(shop: Served) -> None:
    assert shop.call(Call("POST", "/checked", JSON, b"name=a")).status == 400
