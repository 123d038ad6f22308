"""Bodies, both ways: text, octets, none, large; and what a handler may return."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest

from .model import Call, Served

SENT: dict[str, tuple[str | None, bytes]] = {
    "text": ("text/plain; charset=utf-8", "grüße".encode()),
    "JSON": ("application/json", b'{"a": [1, 2, {"b": null}]}'),
    "JSON that is not ASCII": ("application/json", '{"ü": "🚀"}'.encode()),
    "a form": ("application/x-www-form-urlencoded", b"a=1&b=%C3%BC&c=x+y"),
    "octets": ("application/octet-stream", bytes(range(256))),
    "octets said to be text": ("text/plain", b"\xff\xfe\x00"),
    "octets said to be JSON": ("application/json", b"\xff\x00"),
    "octets of no type": (None, b"\x00\x01\xff"),
    "a picture": ("image/png", b"\x89PNG\r\n\x1a\n\x00"),
    "multipart": (
        "multipart/form-data; boundary=x",
        b'--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n\xff\r\n--x--',
    ),
    "nothing": (None, b""),
    "nothing of a type": ("application/json", b""),
    "white space": ("text/plain", b" \r\n "),
    "NUL": ("text/plain", b"a\x00b"),
    "a byte order mark": ("text/plain", b"\xef\xbb\xbfa"),
    "compressed": ("application/gzip", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"),
}


@pytest.mark.parametrize("name", SENT)
def test_a_body_arrives_as_it_was_sent(shop: Served, name: str) -> None:
    content_type, body = SENT[name]
    headers = [] if content_type is None else [("content-type", content_type)]
    answer = shop.call(Call("POST", "/show", headers, body))
    assert answer.status == 200, answer
    assert base64.b64decode(answer.json()["body"]) == body


@pytest.mark.parametrize("name", SENT)
def test_a_body_goes_out_as_it_was_given(shop: Served, name: str) -> None:
    content_type, body = SENT[name]
    headers = [] if content_type is None else [("content-type", content_type)]
    answer = shop.call(Call("POST", "/same", headers, body))
    assert answer.status == 200, answer
    assert answer.body == body
    if content_type is not None and body:
        assert answer.header("content-type") == content_type


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_other_methods_have_bodies_too(shop: Served, method: str) -> None:
    answer = shop.call(Call(method, "/show", [("content-type", "application/json")], b'{"a": 1}'))
    assert (answer.status, base64.b64decode(answer.json()["body"])) == (200, b'{"a": 1}')


LARGE = {"text": ("text/plain", b"0123456789abcdef" * 65536), "octets": ("image/png", bytes(range(256)) * 4096)}


@pytest.mark.parametrize("name", LARGE)
def test_a_mebibyte_arrives(shop: Served, name: str) -> None:
    content_type, body = LARGE[name]
    answer = shop.call(Call("POST", "/size", [("content-type", content_type)], body))
    assert answer.status == 200, answer.body[:500]
    assert answer.json() == {"bytes": 1 << 20, "sha256": hashlib.sha256(body).hexdigest()}


def test_a_mebibyte_goes_out(shop: Served) -> None:
    answer = shop.call(Call("GET", "/big"))
    assert (answer.status, answer.body) == (200, b"0123456789abcdef" * 65536)


def test_every_octet_goes_out(shop: Served) -> None:
    answer = shop.call(Call("GET", "/binary"))
    assert (answer.status, answer.body) == (200, bytes(range(256)) * 16)
    assert answer.header("content-type") == "image/png"


RETURNED: dict[str, tuple[int, str | None, Any]] = {
    "dict": (200, "application/json", {"a": 1, "ü": None}),
    "list": (200, "application/json", [1, "zwei", {"drei": 3.5}]),
    "str": (200, "text/plain; charset=utf-8", "grüße".encode()),
    "bytes": (200, "application/octet-stream", b"\x00\xff\x01"),
    "none": (204, None, b""),
    "number": (200, "application/json", 7),
    "response": (202, "text/html; charset=utf-8", b"<p>hello</p>"),
    "redirect": (303, None, b""),
    "empty": (204, None, b""),
}


@pytest.mark.parametrize("path", ["/kinds", "/later"])
@pytest.mark.parametrize("kind", RETURNED)
def test_what_a_handler_returns_is_made_into_an_answer(shop: Served, kind: str, path: str) -> None:
    status, content_type, body = RETURNED[kind]
    answer = shop.call(Call("GET", f"{path}/{kind}"))
    assert answer.status == status
    assert (answer.body if isinstance(body, bytes) else json.loads(answer.body)) == body
    if content_type is not None:
        assert answer.header("content-type") == content_type


@pytest.mark.parametrize("status", [200, 201, 202, 204, 400, 404, 405, 409, 410, 418, 422, 429, 451, 500, 503, 599])
def test_any_status_goes_out(shop: Served, status: int) -> None:
    answer = shop.call(Call("GET", f"/status/{status}"))
    assert (answer.status, answer.body) == (status, b"" if status == 204 else b"said")
