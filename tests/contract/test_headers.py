"""Headers, cookies and queries, both ways; and what a handler sees of the request besides."""

from __future__ import annotations

from typing import Any

import pytest

from sls_infra.providers import registry

from .model import Answer, Call, Cloud, Served


def shown(answer: Answer) -> dict[str, Any]:
    assert answer.status == 200, answer
    return dict(answer.json())


def sent_to(served: Served, target: str = "/orders/7", **call: Any) -> dict[str, Any]:
    return shown(served.call(Call("GET", target, **call)))


def values(seen: dict[str, Any], name: str) -> list[str]:
    return [value for key, value in seen["headers"] if key == name]


COOKIES = {
    "one": ("a=1", {"a": "1"}),
    "several": ("a=1; b=2; c=3", {"a": "1", "b": "2", "c": "3"}),
    "quoted": ('a="x y"', {"a": "x y"}),
    "equals": ("a=b=c==", {"a": "b=c=="}),
    "empty": ("a=", {"a": ""}),
    "encoded": ("a=%C3%BC%3B", {"a": "%C3%BC%3B"}),
    "commas": ("a=1,2,3; b=4", {"a": "1,2,3", "b": "4"}),
}


@pytest.mark.parametrize("name", COOKIES)
def test_cookies_arrive(shop: Served, name: str) -> None:
    sent, seen = COOKIES[name]
    assert sent_to(shop, headers=[("cookie", sent)])["cookies"] == seen


def test_several_cookies_go_out(shop: Served) -> None:
    cookies = shop.call(Call("GET", "/cookies")).all("set-cookie")
    # Attributes have no case, and an empty domain is none (RFC 6265, 5.2).
    assert [set(cookie.lower().split("; ")) - {"domain="} for cookie in cookies] == [
        {"session=abc123", "max-age=60", "path=/", "secure", "httponly", "samesite=lax"},
        {"theme=dark", "path=/", "samesite=strict"},
    ]


def test_repeated_headers_go_out(shop: Served) -> None:
    assert ", ".join(shop.call(Call("GET", "/cookies")).all("x-many")) == "1, 2"


def test_repeated_headers_arrive(shop: Served) -> None:
    seen = sent_to(shop, headers=[("x-many", "1"), ("x-many", "2"), ("X-Many", "3")])
    assert [part.strip() for value in values(seen, "x-many") for part in value.split(",")] == ["1", "2", "3"]


HEADERS = {
    "plain": ("x-one", "1"),
    "mixed case": ("X-Mixed-Case", "As It Is"),
    "percent-encoded": ("x-name", "gr%C3%BC%C3%9Fe"),
    "RFC 8187": ("content-disposition", "attachment; filename*=UTF-8''gr%C3%BC%C3%9Fe.txt"),
    "quotes and commas": ("x-list", 'a, "b, c", d'),
    "user agent": ("user-agent", "contract/1.0 (+https://example.com)"),
    "accept": ("accept", "text/html;q=0.9, */*;q=0.1"),
    "if-none-match": ("if-none-match", 'W/"1", "2"'),
    "range": ("range", "bytes=0-99"),
    "idempotency": ("idempotency-key", "8e03978e-40d5-43dd-bc93-6894a57f9324"),
    "referer": ("referer", "https://shop.example.com/a?b=c"),
    "trace": ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
    "webhook": ("x-hub-signature-256", "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"),
}


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_arrives(shop: Served, name: str) -> None:
    header, value = HEADERS[name]
    assert values(sent_to(shop, headers=[(header, value)]), header.lower()) == [value]


def test_8_kilobytes_of_headers_arrive(shop: Served) -> None:
    sent = [(f"x-large-{number}", "v" * 1000) for number in range(7)]
    seen = sent_to(shop, headers=sent)
    assert sorted(tuple(pair) for pair in seen["headers"] if pair[0].startswith("x-large-")) == sent


def test_8_kilobytes_of_headers_go_out(shop: Served) -> None:
    answer = shop.call(Call("GET", "/many-headers"))
    assert answer.status == 200
    assert [answer.header(f"x-large-{number}") for number in range(8)] == ["v" * 1000] * 8


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("etag", '"1"'),
        ("cache-control", "no-store"),
        ("content-language", "de"),
        ("location", "/somewhere/%C3%BC"),
        ("content-disposition", "attachment; filename*=UTF-8''gr%C3%BC%C3%9Fe.txt"),
    ],
)
def test_a_header_goes_out(shop: Served, name: str, value: str) -> None:
    answer = shop.call(Call("GET", "/headers"))
    assert (answer.status, answer.all(name)) == (201, [value])


INTERNAL = (
    "x-sls-route", "x-sls-url", "x-sls-ip", "x-sls-id", "x-functions-key", "x-apigateway-api-userinfo",
    "x-forwarded-authorization",
)  # fmt: skip


def test_a_handler_sees_none_of_what_gateways_tell_functions(shop: Served) -> None:
    seen = sent_to(shop)
    assert not {name for name, _ in seen["headers"]} & set(INTERNAL)


def test_the_callers_authorization_arrives(shop: Served) -> None:
    seen = sent_to(shop, headers=[("authorization", "Basic dTpw")])
    assert values(seen, "authorization") == ["Basic dTpw"]


QUERIES = {
    "none": ("", []),
    "one": ("?a=1", [["a", "1"]]),
    "several": ("?a=1&b=2", [["a", "1"], ["b", "2"]]),
    "repeated": ("?a=1&b=2&a=3", [["a", "1"], ["b", "2"], ["a", "3"]]),
    "empty value": ("?a=&b", [["a", ""], ["b", ""]]),
    "plus and space": ("?a=x+y&b=x%20y&c=x%2By", [["a", "x y"], ["b", "x y"], ["c", "x+y"]]),
    "unicode": ("?%C3%BC=%F0%9F%9A%80", [["ü", "🚀"]]),
    "commas": ("?a=1,2&a=3", [["a", "1,2"], ["a", "3"]]),
    "reserved": ("?a=%26%3D%3F%23%2F&b=/?:@", [["a", "&=?#/"], ["b", "/?:@"]]),
    "brackets": ("?filter%5Ba%5D=1&c=%25", [["filter[a]", "1"], ["c", "%"]]),
    "names of ours": ("?code=1&id=2&path=3", [["code", "1"], ["id", "2"], ["path", "3"]]),
    "long": (f"?q={'x' * 1500}", [["q", "x" * 1500]]),
}


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_arrives(shop: Served, name: str) -> None:
    sent, seen = QUERIES[name]
    assert sent_to(shop, f"/orders/7{sent}")["query"] == seen


@pytest.mark.parametrize("target", ["/", "/orders/7", "/orders/7?a=1&b=%C3%BC", "/files/a/b%20c", "/gr%C3%BC%C3%9Fe/7"])
def test_the_url_is_as_the_caller_wrote_it(shop: Served, cloud: Cloud, target: str) -> None:
    """Its host, too, but for a cloud whose gateway tells the function nothing of it, and whose notes say so."""
    url = sent_to(shop, target)["url"]
    if url != shop.url + target:
        assert url.startswith("https://")
        assert url.partition("://")[2].partition("/")[2] == target[1:]
        notes = registry.capabilities(cloud.name).gateway_notes
        assert any("url" in note and "host" in note for note in notes), notes


@pytest.mark.parametrize("client_ip", ["127.0.0.1", "127.0.0.9"])
def test_the_callers_address_is_known(shop: Served, client_ip: str) -> None:
    assert sent_to(shop, client_ip=client_ip)["client_ip"] == client_ip


def test_the_callers_address_is_not_what_the_caller_says(shop: Served) -> None:
    forged = [("x-forwarded-for", "203.0.113.9"), ("x-real-ip", "203.0.113.9"), ("x-sls-ip", "203.0.113.9")]
    forged += [("x-azure-clientip", "203.0.113.9"), ("forwarded", "for=203.0.113.9")]
    assert sent_to(shop, headers=forged, client_ip="127.0.0.9")["client_ip"] == "127.0.0.9"


def test_a_request_has_an_id(shop: Served) -> None:
    seen = sent_to(shop)
    assert isinstance(seen["id"], str)
    assert seen["id"]


def test_the_id_is_in_a_refusal(shop: Served) -> None:
    assert shop.call(Call("GET", "/fails/refuses")).problem()["request_id"]
