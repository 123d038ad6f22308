"""Addresses of objects, used by an HTTP client that knows nothing else."""

from __future__ import annotations

import pytest
import requests

from .making import Making, fresh

TIMEOUT = 10
pytestmark = pytest.mark.needs("signed")


@pytest.mark.parametrize("key", ["a.txt", "ü/世界 😀", "a?b&c=d#e", "100%", "a+b", "%2F", "x/" * 30 + "y"])
def test_an_object_is_fetched_by_its_address(making: Making, key: str) -> None:
    bucket, name = making.bucket(), f"{fresh()}/{key}"
    bucket.put(name, b"content", content_type="text/x-own")
    answer = requests.get(bucket.url(name), timeout=TIMEOUT)
    assert (answer.status_code, answer.content) == (200, b"content")
    assert answer.headers["content-type"] == "text/x-own"


def test_what_is_not_there_is_404(making: Making) -> None:
    bucket = making.bucket()
    assert requests.get(bucket.url(fresh()), timeout=TIMEOUT).status_code == 404


def test_an_object_is_put_by_its_address(making: Making) -> None:
    bucket, key = making.bucket(), f"{fresh()}/ü.csv"
    url = bucket.url(key, method="PUT", content_type="text/csv")
    answer = requests.put(url, data=b"a,b", headers=url.headers, timeout=TIMEOUT)
    assert answer.status_code in (200, 201)
    assert bucket.get(key) == b"a,b"
    found = bucket.head(key)
    assert found is not None
    assert found.content_type == "text/csv"


@pytest.mark.needs("signature")
def test_an_address_is_for_one_key_one_method_and_one_type(making: Making) -> None:
    bucket, key = making.bucket(), fresh()
    bucket.put(key, b"kept", content_type="text/plain")
    bucket.put(f"{key}-other", b"secret")
    reading, writing = bucket.url(key), bucket.url(key, method="PUT", content_type="text/csv")
    headers = writing.headers
    refused = [
        requests.get(reading.replace(key, f"{key}-other"), timeout=TIMEOUT),
        requests.get(reading.partition("?")[0], timeout=TIMEOUT),
        requests.get(writing, timeout=TIMEOUT),
        requests.put(reading, data=b"over", headers=headers, timeout=TIMEOUT),
        requests.put(writing.replace(key, f"{key}-other"), data=b"over", headers=headers, timeout=TIMEOUT),
        requests.delete(writing, timeout=TIMEOUT),
    ]
    assert [answer.ok for answer in refused] == [False] * len(refused)
    assert b"secret" not in b"".join(answer.content for answer in refused)
    assert (bucket.get(key), bucket.get(f"{key}-other")) == (b"kept", b"secret")


@pytest.mark.needs("signature")
def test_a_changed_address_is_none(making: Making) -> None:
    bucket, key = making.bucket(), fresh()
    bucket.put(key, b"x")
    url = bucket.url(key, expires=60)
    base, _, query = url.partition("?")
    pairs = query.split("&")
    for index, pair in enumerate(pairs):
        without = pairs[:index] + pairs[index + 1 :]
        name, _, value = pair.partition("=")
        changed = [*without, f"{name}={'1' if not value else value[:-1] + ('1' if value[-1] != '1' else '2')}"]
        assert not requests.get(f"{base}?{'&'.join(changed)}", timeout=TIMEOUT).ok, name


@pytest.mark.parametrize("expires", [0, -1, 7 * 86400 + 1])
def test_an_address_ends_within_a_week(making: Making, expires: int) -> None:
    with pytest.raises(ValueError, match="seconds"):
        making.bucket().url("a", expires=expires)


def test_other_methods_have_no_address(making: Making) -> None:
    with pytest.raises(ValueError, match="DELETE"):
        making.bucket().url("a", method="DELETE")  # type: ignore[arg-type]
