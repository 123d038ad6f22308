"""Objects: what is put is what is got, under any key, of any size."""

from __future__ import annotations

import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from sls_infra.runtime.errors import NotFound, NotLinked, TooLarge
from sls_infra.runtime.links.buckets import Bucket

from .making import Making, fresh

LARGE = 20 * 1024 * 1024
"""Bytes: beyond what is sent in one part anywhere."""
KEYS: list[Any] = [
    "a", "a/b/c.txt", "with space", "ü/世界/😀.png", "a?b&c=d#e", "100%", "%2F", "%41", "a+b", "a'b\"c",
    "a//b", ".hidden", "..two", "a/.b", "...", "trailing.", "tab\there", "*", "<a>&amp;", "~", "{}[]^`|", "a:b",
    "x" * 1024, "ü" * 512, "e\u0301", "\u00e9", "CON", "a.lnk", "files", "index.html",
]  # fmt: skip


def own(key: str, prefix: str) -> str:
    """The key below a prefix of the case's own, where it fits."""
    return f"{prefix}/{key}" if len(f"{prefix}/{key}".encode()) <= 1024 else key


@pytest.mark.parametrize("key", KEYS, ids=lambda key: ascii(key)[1:30])
def test_any_key_holds_an_object(making: Making, key: str) -> None:
    bucket, content = making.bucket(), fresh().encode()
    name = own(key, fresh())
    bucket.put(name, content)
    assert bucket.get(name) == content
    assert name in list(bucket.list(name[:20]))
    found = bucket.head(name)
    assert found is not None
    assert found.size == len(content)
    with bucket.open(name) as file:
        assert file.read() == content
    bucket.delete(name)
    assert bucket.get(name) is None
    assert bucket.head(name) is None
    assert name not in list(bucket.list(name[:20]))


CONTENTS: list[Any] = [b"", b"\0", b"a\r\nb\n", bytes(range(256)) * 40, "grüße 😀", bytearray(b"ab")]


@pytest.mark.parametrize("content", CONTENTS, ids=lambda content: ascii(content)[:20])
def test_content_comes_back_as_it_was_put(making: Making, content: Any) -> None:
    bucket, key = making.bucket(), fresh()
    bucket.put(key, content)
    expected = content.encode() if isinstance(content, str) else bytes(content)
    assert bucket.get(key) == expected
    found = bucket.head(key)
    assert found is not None
    assert found.size == len(expected)


def test_a_key_beside_one_that_it_is_the_folder_of(making: Making) -> None:
    bucket, key = making.bucket(), fresh()
    for name in (key, f"{key}/b", f"{key}/b/c", f"{key}.b", f"{key}//b"):
        bucket.put(name, name)
    for name in (key, f"{key}/b", f"{key}/b/c", f"{key}.b", f"{key}//b"):
        assert bucket.get(name) == name.encode()
    bucket.delete(f"{key}/b")
    assert bucket.get(f"{key}/b") is None
    assert bucket.get(f"{key}/b/c") == f"{key}/b/c".encode()
    assert sorted(bucket.list(key)) == sorted([key, f"{key}/b/c", f"{key}.b", f"{key}//b"])


def test_the_other_way_round(making: Making) -> None:
    bucket, key = making.bucket(), fresh()
    bucket.put(f"{key}/a/b", "1")
    bucket.put(f"{key}/a", "2")
    bucket.put(f"{key}/a/b", "3")
    assert (bucket.get(f"{key}/a"), bucket.get(f"{key}/a/b")) == (b"2", b"3")


def test_a_put_replaces_content_type_and_etag(making: Making) -> None:
    bucket, key = making.bucket(), fresh()
    bucket.put(key, b"first", content_type="image/png")
    first = bucket.head(key)
    bucket.put(key, b"second", content_type="text/csv; charset=utf-8")
    second = bucket.head(key)
    assert first is not None
    assert second is not None
    assert (first.content_type, first.size) == ("image/png", 5)
    assert (second.content_type, second.size) == ("text/csv; charset=utf-8", 6)
    assert first.etag != second.etag
    assert not {'"', ""} & {first.etag[:1], second.etag[:1]}


def test_the_content_type_where_none_is_given(making: Making) -> None:
    bucket, key = making.bucket(), fresh()
    bucket.put(f"{key}.png", b"x")
    bucket.put(f"{key}.json", "{}")
    of_bytes, of_text = bucket.head(f"{key}.png"), bucket.head(f"{key}.json")
    assert of_bytes is not None
    assert of_text is not None
    assert of_bytes.content_type == "application/octet-stream"
    assert of_text.content_type == "text/plain; charset=utf-8"


class Slowly(io.RawIOBase):
    """A file that gives little at a time, and can't be told its size or rewound."""

    def __init__(self, size: int) -> None:
        self._left = size
        self.most = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def read(self, size: int = -1) -> bytes:
        assert size >= 0, "read whole, instead of a part at a time"
        self.most = max(self.most, size)
        part = min(size, self._left, 100_000)
        self._left -= part
        return b"x" * part


def test_a_large_file_is_read_a_part_at_a_time(making: Making) -> None:
    bucket, key = making.bucket(), fresh()
    file = Slowly(LARGE + 1)
    bucket.put(key, file)  # type: ignore[arg-type]  # as much of a file as is needed
    assert file.most < LARGE
    found = bucket.head(key)
    assert found is not None
    assert found.size == LARGE + 1
    with bucket.open(key) as opened:
        assert opened.read(5) == b"xxxxx"
        digest = hashlib.sha256(b"xxxxx")
        while part := opened.read(1 << 20):
            assert len(part) <= 1 << 20
            digest.update(part)
    assert digest.hexdigest() == hashlib.sha256(b"x" * (LARGE + 1)).hexdigest()
    bucket.delete(key)


def test_a_file_is_read_from_where_it_stands(making: Making) -> None:
    bucket, key = making.bucket(), fresh()
    file = io.BytesIO(b"0123456789")
    file.seek(4)
    bucket.put(key, file)
    assert bucket.get(key) == b"456789"


def test_an_open_object_is_lines_and_closes(making: Making) -> None:
    bucket, key = making.bucket(), fresh()
    bucket.put(key, "one\ntwo\n\nlast")
    with bucket.open(key) as file:
        assert list(file) == [b"one\n", b"two\n", b"\n", b"last"]
    assert file.closed
    with bucket.open(key) as file, io.TextIOWrapper(file, "utf-8") as text:
        assert text.read() == "one\ntwo\n\nlast"


def test_a_file_that_fails_leaves_what_was_there(making: Making) -> None:
    bucket, key = making.bucket(), fresh()
    bucket.put(key, "before")

    class Broken(Slowly):
        def read(self, size: int = -1) -> bytes:
            if self._left < LARGE // 2:
                raise RuntimeError("the other end hung up")
            return super().read(size)

    with pytest.raises(RuntimeError, match="hung up"):
        bucket.put(key, Broken(LARGE))  # type: ignore[arg-type]
    assert bucket.get(key) == b"before"
    assert list(bucket.list(key)) == [key]


def test_what_is_not_there(making: Making) -> None:
    bucket, key = making.bucket(), fresh()
    assert bucket.get(key) is None
    assert bucket.head(key) is None
    bucket.delete(key)
    with pytest.raises(NotFound):
        bucket.open(key)


BAD: list[tuple[Any, type[Exception]]] = [
    ("", ValueError), ("/a", ValueError), ("a/", ValueError), ("..", ValueError), ("a/../b", ValueError),
    ("./a", ValueError), ("a\0b", ValueError), ("x" * 1025, TooLarge), ("ü" * 513, TooLarge), ("\ud800", ValueError),
    (7, TypeError), (None, TypeError), (b"a", TypeError),
]  # fmt: skip


@pytest.mark.parametrize(("key", "error"), BAD, ids=lambda value: ascii(value)[:20])
def test_what_is_no_key(making: Making, key: Any, error: type[Exception]) -> None:
    bucket = making.bucket()
    for call in (bucket.get, bucket.head, bucket.open, bucket.delete, bucket.url, lambda key: bucket.put(key, b"")):
        with pytest.raises(error):
            call(key)


def test_content_that_is_none(making: Making, tmp_path: Any) -> None:
    bucket, key = making.bucket(), fresh()
    (tmp_path / "text").write_text("text")
    with (tmp_path / "text").open() as text:
        for content in (None, 7, ["a"], {"a": 1}, text):
            with pytest.raises(TypeError):
                bucket.put(key, content)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="surrogate"):
        bucket.put(key, "\ud800")
    with pytest.raises(ValueError, match="content type"):
        bucket.put(key, b"", content_type="text/plain\r\nx: y")
    assert bucket.head(key) is None


def test_keys_are_listed_in_the_order_of_bytes(making: Making) -> None:
    bucket, prefix = making.bucket(), fresh()
    keys = ["b", "a", "a/b", "a-b", "a0", "A", "é", "世", "😀", "10", "2", "a/b/c", "a/B"]
    for key in keys:
        bucket.put(f"{prefix}/{key}", b"")
    expected = [f"{prefix}/{key}" for key in sorted(keys, key=str.encode)]
    assert list(bucket.list(prefix)) == expected
    assert list(bucket.list(f"{prefix}/a")) == [key for key in expected if key.startswith(f"{prefix}/a")]
    assert list(bucket.list(f"{prefix}/a/")) == [key for key in expected if key.startswith(f"{prefix}/a/")]
    assert list(bucket.list(f"{prefix}/nothing")) == []
    assert set(expected) <= set(bucket.list())


@pytest.mark.needs("order beyond U+FFFF")
def test_the_order_is_that_of_bytes_not_of_utf_16(making: Making) -> None:
    bucket, prefix = making.bucket(), fresh()
    for key in ("😀", "\uffee"):
        bucket.put(f"{prefix}/{key}", b"")
    assert list(bucket.list(prefix)) == [f"{prefix}/\uffee", f"{prefix}/😀"]


def test_a_list_is_longer_than_a_page(making: Making) -> None:
    bucket, prefix = making.bucket(), fresh()
    keys = [f"{prefix}/{number:04}" for number in range(1010)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda key: bucket.put(key, b""), keys))
    assert list(bucket.list(prefix)) == keys
    first: Bucket = bucket
    assert next(iter(first.list(prefix))) == keys[0]


def test_a_link_gives_the_rights_that_it_says(making: Making) -> None:
    key = fresh()
    reading, writing = making.bucket(access="r"), making.bucket(access="w")
    for forbidden in (
        lambda: reading.put(key, b""),
        lambda: reading.delete(key),
        lambda: reading.url(key, method="PUT"),
    ):
        with pytest.raises(NotLinked, match="write"):
            forbidden()
    writing.put(key, b"x")
    assert reading.get(key) == b"x"
    for hidden in (writing.get, writing.head, writing.open, writing.url, writing.list):
        with pytest.raises(NotLinked, match="read"):
            hidden(key)
