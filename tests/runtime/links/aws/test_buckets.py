"""Buckets, judged by moto's server."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from sls_infra.runtime.errors import NotFound, ServiceError
from sls_infra.runtime.links.aws import clients
from sls_infra.runtime.links.aws.buckets import Bucket
from tests.runtime.links.aws.conftest import REGION

KEYS = ["a b+c.txt", "ü/%41.pdf", "x/y/\U0001f600", "~!*'()", "#?&=", "A"]


@pytest.mark.parametrize("key", KEYS)
def test_an_object_comes_back_as_it_was_put(bucket: Bucket, key: str) -> None:
    content = bytes(range(256))
    bucket.put(key, content, "image/png")
    assert bucket.get(key) == content
    found = bucket.head(key)
    assert found is not None
    assert (found.size, found.content_type) == (256, "image/png")
    assert found.etag == "e2c865db4162bed963bfaa9ef6ac18f0"
    assert list(bucket.list("")) == [key]
    with bucket.open(key) as file:
        assert file.read() == content
    bucket.delete(key)
    bucket.delete(key)
    assert bucket.get(key) is None


def test_what_is_not_there(bucket: Bucket) -> None:
    assert bucket.get("none") is None
    assert bucket.head("none") is None
    with pytest.raises(NotFound, match="there is no object 'none'"):
        bucket.open("none")


@pytest.mark.parametrize(
    "call",
    [lambda b: b.get("a"), lambda b: b.put("a", b"", "a/b"), lambda b: list(b.list("")), lambda b: b.delete("a")],
)
def test_a_bucket_that_is_not_there(s3: Any, call: Callable[[Bucket], object]) -> None:
    with pytest.raises(NotFound, match='bucket "receipts": NoSuchBucket'):
        call(Bucket("receipts", "no-such-bucket-at-all", {}))


class Unseekable(io.RawIOBase):
    """A file that is read once, a little at a time."""

    def __init__(self, content: bytes, broken: bool = False) -> None:
        self._content = io.BytesIO(content)
        self._broken = broken

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        chunk = self._content.read(min(size, 1 << 20) if size >= 0 else size)
        if not chunk and self._broken:
            raise OSError("the disk is gone")
        return chunk


@pytest.mark.parametrize("size", [0, 1, 9 << 20, (16 << 20) + 1])
def test_files_go_in_parts(bucket: Bucket, size: int) -> None:
    content = (b"0123456789abcdef" * (size // 16 + 1))[:size]
    bucket.put("file", Unseekable(content), "a/b")  # type: ignore[arg-type]
    assert bucket.get("file") == content
    bucket.put("file", io.BytesIO(content), "a/b")
    with bucket.open("file") as file:
        chunks = list(iter(lambda: file.read(1 << 20), b""))
    assert b"".join(chunks) == content
    found = bucket.head("file")
    assert found is not None
    assert found.content_type == "a/b"


class Reader:
    """All that a file must have."""

    def __init__(self, content: bytes) -> None:
        self._content = io.BytesIO(content)

    def read(self, size: int) -> bytes:
        return self._content.read(size)


@pytest.mark.parametrize("size", [5, 9 << 20])
def test_a_file_is_read_from_where_it_stands_and_left_open(bucket: Bucket, size: int, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"head" + b"x" * size)
    with (tmp_path / "file").open("rb") as file:
        file.seek(4)
        bucket.put("file", file, "a/b")
        assert not file.closed
        assert file.tell() == size + 4
    assert bucket.get("file") == b"x" * size
    bucket.put("copy", bucket.open("file"), "a/b")
    bucket.put("read", Reader(b"x" * size), "a/b")  # type: ignore[arg-type]
    assert bucket.get("copy") == bucket.get("read") == b"x" * size


def test_a_file_that_breaks_off_leaves_nothing(bucket: Bucket, s3: Any) -> None:
    with pytest.raises(OSError, match="the disk is gone"):
        bucket.put("file", Unseekable(b"x" * (12 << 20), broken=True), "a/b")  # type: ignore[arg-type]
    assert bucket.get("file") is None
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket._bucket)


def test_an_open_object_is_read_by_lines_and_closed(bucket: Bucket) -> None:
    bucket.put("lines", b"one\ntwo\nthree", "text/plain")
    file = bucket.open("lines")
    assert file.readline() == b"one\n"
    assert list(file) == [b"two\n", b"three"]
    file.close()
    file.close()
    with pytest.raises(ValueError, match="closed"):
        file.read()


def test_a_list_of_many_pages_in_the_order_of_bytes(bucket: Bucket) -> None:
    for number in range(1005):
        bucket.put(f"n/{number:04}", b"", "a/b")
    bucket.put("n0", b"", "a/b")
    bucket.put("é", b"", "a/b")
    assert list(bucket.list("n/")) == [f"n/{number:04}" for number in range(1005)]
    assert list(bucket.list("é")) == ["é"]
    assert list(bucket.list("none")) == []


@pytest.mark.parametrize("key", KEYS)
def test_anybody_can_use_a_signed_url(bucket: Bucket, key: str) -> None:
    put = bucket.url(key, 600, "PUT", "text/csv")
    assert requests.put(put, data=b"a,b", headers={"content-type": "text/csv"}, timeout=10).status_code == 200
    found = bucket.head(key)
    assert found is not None
    assert found.content_type == "text/csv"
    got = requests.get(bucket.url(key, 600, "GET", ""), timeout=10)
    assert (got.content, got.headers["content-type"]) == (b"a,b", "text/csv")


def test_a_signed_url_is_of_the_bucket_s_own_region_and_signs_the_type(account: pytest.MonkeyPatch) -> None:
    account.delenv("AWS_ENDPOINT_URL_S3", raising=False)
    for region in ("us-east-1", "eu-west-1"):
        account.setenv("AWS_REGION", region)
        clients.forget()
        parts = urlsplit(Bucket("receipts", "my-bucket", {}).url("a b", 900, "PUT", "text/csv"))
        assert parts.scheme == "https"
        assert parts.netloc == f"my-bucket.s3.{region}.amazonaws.com"
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        assert parts.path == "/a%20b"
        assert query["X-Amz-Algorithm"] == "AWS4-HMAC-SHA256"
        assert query["X-Amz-Expires"] == "900"
        assert query["X-Amz-SignedHeaders"] == "content-type;host"
        assert f"/{region}/s3/aws4_request" in query["X-Amz-Credential"]
        assert not [name for name in query if "checksum" in name.lower()]


def test_a_connection_that_breaks_off_is_a_service_error(bucket: Bucket, s3: Any) -> None:
    class Broken:
        def read(self, size: int) -> bytes:
            from botocore.exceptions import ReadTimeoutError  # type: ignore[import-untyped]

            raise ReadTimeoutError(endpoint_url="https://example.com")

        def close(self) -> None:
            pass

    from sls_infra.runtime.links.aws.buckets import _Content

    content = io.BufferedReader(_Content(Broken(), 'bucket "receipts"'))
    with pytest.raises(ServiceError, match='bucket "receipts": ReadTimeoutError'):
        content.read(5)


def test_without_a_region_the_variable_is_named(account: pytest.MonkeyPatch) -> None:
    account.delenv("AWS_REGION")
    account.delenv("AWS_DEFAULT_REGION", raising=False)
    with pytest.raises(ServiceError, match="AWS_REGION"):
        Bucket("receipts", "b", {}).get("a")
    account.setenv("AWS_REGION", REGION)
