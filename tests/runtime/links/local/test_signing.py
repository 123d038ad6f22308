"""Addresses of objects: good for what was signed, until then, and for nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sls_infra.runtime.errors import NotFound, ServiceError
from sls_infra.runtime.links.local import buckets, signing

from .clock import Clock

GATEWAY = "http://127.0.0.1:8000"


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory, clock: Clock) -> buckets.Bucket:
    path = str(tmp_path_factory.mktemp("buckets") / "an id")
    buckets.create(path, {"name": "receipts ü"})
    signing.tell_gateway(path, f"{GATEWAY}/")
    return buckets.Bucket("another name", path, {}, clock=clock)


def target(bucket: buckets.Bucket, key: str, method: str = "GET", content_type: str = "") -> str:
    return bucket.url(key, 60, method, content_type).removeprefix(GATEWAY)


@given(key=st.text(st.characters(exclude_categories=["Cs"]), min_size=1), content_type=st.text("aü/; =&%", max_size=20))
def test_any_key_and_type_comes_back(bucket: buckets.Bucket, clock: Clock, key: str, content_type: str) -> None:
    reading, writing = target(bucket, key), target(bucket, key, "PUT", content_type)
    assert reading.isascii()
    assert signing.bucket_of(reading) == "receipts ü"
    assert signing.verify(bucket.store.folder, reading, clock()) == (key, "GET", "")
    assert signing.verify(bucket.store.folder, writing, clock()) == (key, "PUT", content_type)


def test_it_ends(bucket: buckets.Bucket, clock: Clock) -> None:
    url = target(bucket, "a")
    assert signing.verify(bucket.store.folder, url, clock() + 59.9) is not None
    assert signing.verify(bucket.store.folder, url, clock() + 60) is None


@pytest.mark.parametrize(
    ("part", "instead"),
    [
        ("/a?", "/b?"),
        ("/a?", "/a/?"),
        ("method=GET", "method=PUT"),
        ("type=", "type=text/plain"),
        ("expires=1", "expires=2"),
        ("expires=1", "expires=٣"),
        ("expires=1", "expires=-1"),
        ("expires=", "expires=" + "9" * 5000),
        ("expires=", "unknown="),
        ("signature=", "signature=0"),
        ("signature=", "signature=%C3%BC"),
        ("&signature=", "&other="),
        ("receipts%20%C3%BC", "receipts"),
        ("?", "#"),
    ],
)
def test_a_changed_one_is_none(bucket: buckets.Bucket, clock: Clock, part: str, instead: str) -> None:
    url = target(bucket, "a")
    assert part in url
    assert signing.verify(bucket.store.folder, url.replace(part, instead), clock()) is None


def test_one_of_another_bucket_of_that_name_is_none(bucket: buckets.Bucket, clock: Clock, tmp_path: Path) -> None:
    buckets.create(str(tmp_path / "b"), {"name": "receipts ü"})
    assert signing.verify(str(tmp_path / "b"), target(bucket, "a"), clock()) is None


def test_it_outlives_a_deployment(bucket: buckets.Bucket, clock: Clock) -> None:
    url = target(bucket, "a")
    buckets.create(bucket.store.folder, {"name": "receipts ü"})
    assert signing.verify(bucket.store.folder, url, clock()) is not None


def test_without_a_gateway_there_is_none(tmp_path: Path) -> None:
    buckets.create(str(tmp_path / "b"))
    with pytest.raises(ServiceError, match="no local gateway"):
        buckets.Bucket("b", str(tmp_path / "b"), {}).url("a", 60, "GET", "")
    buckets.remove(str(tmp_path / "b"))
    with pytest.raises(NotFound):
        buckets.Bucket("b", str(tmp_path / "b"), {}).url("a", 60, "GET", "")


@pytest.mark.parametrize("target", ["/", "/_sls/buckets", "/_sls/other/b/a?x=1", ""])
def test_another_target_is_of_no_bucket(bucket: buckets.Bucket, target: str) -> None:
    assert signing.bucket_of(target) == ""
    assert signing.verify(bucket.store.folder, target, 0) is None
