"""Buckets as handlers reach them: what is refused before anything is sent."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO, StringIO
from typing import Any

import pytest

from sls_infra.runtime import NotLinked, TooLarge
from sls_infra.runtime.links.buckets import Bucket

from .conftest import Noted


def bucket(access: str = "rw", **answers: Any) -> tuple[Bucket, Noted]:
    driver = Noted(**answers)
    return Bucket(driver, "receipts", {"access": access}), driver


def test_what_is_known_of_an_object() -> None:
    receipts, driver = bucket(head=(3, "text/plain", "e1"), get=b"abc", url="https://x")
    found = receipts.head("a")
    assert found is not None
    assert (found.size, found.content_type, found.etag) == (3, "text/plain", "e1")
    assert receipts.get("a") == b"abc"
    assert bucket(head=None)[0].head("a") is None
    assert bucket(get=None)[0].get("a") is None
    assert receipts.url("a") == "https://x"
    assert receipts.url("a").headers == {}
    writing = receipts.url("a", method="PUT", expires=60, content_type="image/png")
    assert writing.headers == {"content-type": "image/png", "x-own": "1"}
    assert driver.calls[-2:] == [
        ("url", "a", 3600, "GET", "application/octet-stream"), ("url", "a", 60, "PUT", "image/png")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "kind", "sent", "told"),
    [
        (b"x", None, b"x", "application/octet-stream"), ("ä", None, "ä".encode(), "text/plain; charset=utf-8"),
        (bytearray(b"x"), "image/png", b"x", "image/png"), (memoryview(b"x"), None, b"x", "application/octet-stream"),
        ("{}", "application/json", b"{}", "application/json"), (b"", None, b"", "application/octet-stream"),
    ],
)  # fmt: skip
def test_contents(content: Any, kind: str | None, sent: bytes, told: str) -> None:
    receipts, driver = bucket()
    receipts.put("a", content, content_type=kind)
    assert driver.calls == [("put", "a", sent, told)]


def test_a_file_goes_as_it_stands() -> None:
    receipts, driver = bucket()
    file = BytesIO(b"abc")
    file.seek(1)
    receipts.put("a", file)
    assert driver.calls == [("put", "a", file, "application/octet-stream")]
    assert file.read() == b"bc"


@pytest.mark.parametrize(("content", "words"), [(StringIO("x"), "mode 'rb'"), (7, "not int"), (None, "NoneType")])
def test_what_is_no_content(content: Any, words: str) -> None:
    receipts, driver = bucket()
    with pytest.raises(TypeError, match=words):
        receipts.put("a", content)
    assert driver.calls == []


@pytest.mark.parametrize("kind", ["", " ", "text/plain\r\nx: y", "ä", "x" * 256, " a/b"])
def test_what_is_no_content_type(kind: str) -> None:
    receipts, driver = bucket()
    if kind:
        with pytest.raises(ValueError, match="no content type"):
            receipts.put("a", b"", content_type=kind)
    with pytest.raises(ValueError, match="no content type"):
        receipts.url("a", content_type=kind)
    assert driver.calls == []


@pytest.mark.parametrize("key", ["a", "a/b.pdf", "ä" * 512, "...", "a/.b", " ", "a//b", "\n", "%2e"])
def test_keys_that_are_taken(key: str) -> None:
    receipts, driver = bucket()
    receipts.get(key)
    assert driver.calls == [("get", key)]


@pytest.mark.parametrize(
    ("key", "error"),
    [("", ValueError), ("/a", ValueError), ("a/", ValueError), (".", ValueError), ("a/../b", ValueError),
     ("a/.", ValueError), ("a\0b", ValueError), ("a\\b", ValueError),
     ("x" * 1025, TooLarge), (b"a", TypeError), ("\ud800", ValueError)],
)  # fmt: skip
def test_keys_that_are_not(key: Any, error: type[Exception]) -> None:
    receipts, driver = bucket()
    for call in (
        lambda: receipts.get(key), lambda: receipts.head(key), lambda: receipts.open(key), lambda: receipts.url(key),
        lambda: receipts.put(key, b""), lambda: receipts.delete(key),
    ):  # fmt: skip
        with pytest.raises(error, match='key of the bucket "receipts"'):
            call()
    assert driver.calls == []


@pytest.mark.parametrize("expires", [0, -1, 7 * 86400 + 1])
def test_urls_have_an_end(expires: int) -> None:
    with pytest.raises(ValueError, match="not within 1 to 604800"):
        bucket()[0].url("a", expires=expires)
    with pytest.raises(ValueError, match="GET or PUT, not 'DELETE'"):
        bucket()[0].url("a", method="DELETE")  # type: ignore[arg-type]


def test_prefixes() -> None:
    receipts, driver = bucket(list=iter(["a/b"]))
    assert list(receipts.list("a/")) == ["a/b"]
    receipts.list()
    assert driver.calls == [("list", "a/"), ("list", "")]
    with pytest.raises(TooLarge, match="prefix"):
        receipts.list("x" * 1025)


def test_rights() -> None:
    reader, read = bucket("r", list=iter([]))
    writer, written = bucket("w")
    writing: list[Callable[[], Any]] = [
        lambda: reader.put("a", b""), lambda: reader.delete("a"), lambda: reader.url("a", method="PUT")
    ]  # fmt: skip
    for call in writing:
        with pytest.raises(NotLinked, match=r"does not let this function write.*receipts\.read_write\(\)"):
            call()
    reading: list[Callable[[], Any]] = [
        lambda: writer.get("a"), lambda: writer.head("a"), lambda: writer.open("a"), lambda: writer.list(),
        lambda: writer.url("a"),
    ]  # fmt: skip
    for call in reading:
        with pytest.raises(NotLinked, match=r"does not let this function read.*receipts\.read_write\(\)"):
            call()
    assert read.calls == written.calls == []
