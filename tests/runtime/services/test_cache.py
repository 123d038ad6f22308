"""Values for a minute, ten while there is nobody to ask."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from sls_infra.runtime.errors import ServiceError
from sls_infra.runtime.services.cache import PAUSE, STALE, Cache

FRESH = 60.0


class Source:
    """What is fetched from, with a clock of its own."""

    def __init__(self) -> None:
        self.value: str | None = "old"
        self.calls = 0
        self.now = 1000.0
        self.cache = Cache(self.fetch, FRESH, lambda: self.now)

    def fetch(self, ref: str) -> str:
        self.calls += 1
        if self.value is None:
            raise ServiceError(f"secret {ref}: out of order")
        return self.value


@pytest.fixture
def source() -> Source:
    return Source()


def test_a_rotation_is_seen_within_a_minute(source: Source) -> None:
    assert source.cache.get("db") == "old"
    source.value = "new"
    source.now += FRESH - 0.1
    assert source.cache.get("db") == "old"
    source.now += 0.1
    assert source.cache.get("db") == "new"
    assert source.calls == 2


def test_an_outage_is_outlived_for_ten_minutes_and_logged(source: Source, capsys: pytest.CaptureFixture[str]) -> None:
    source.cache.get("db")
    source.value = None
    source.now += FRESH
    assert source.cache.get("db") == "old"
    assert "out of order" in capsys.readouterr().err
    source.now += STALE - FRESH
    assert source.cache.get("db") == "old"
    source.now += 0.1
    with pytest.raises(ServiceError, match="out of order"):
        source.cache.get("db")
    source.value = "new"
    source.now += PAUSE
    assert source.cache.get("db") == "new"


def test_a_platform_that_is_out_of_order_is_asked_now_and_then(source: Source) -> None:
    source.value = None
    for _ in range(5):
        with pytest.raises(ServiceError, match="secret db: out of order"):
            source.cache.get("db")
    assert source.calls == 1
    source.now += PAUSE
    source.value = "there"
    assert source.cache.get("db") == "there"


def test_what_can_be_no_error_of_the_platform_is_raised_and_tried_again(source: Source) -> None:
    def broken(ref: str) -> str:
        source.calls += 1
        raise ZeroDivisionError

    cache = Cache(broken, FRESH)
    for number in (1, 2):
        with pytest.raises(ZeroDivisionError):
            cache.get("db")
        assert source.calls == number


def test_one_thread_fetches_while_others_are_given_the_last_value(source: Source) -> None:
    source.cache.get("db")
    source.now += FRESH
    fetching, go_on = threading.Event(), threading.Event()

    def slow(ref: str) -> str:
        fetching.set()
        assert go_on.wait(10)
        return "new"

    source.cache._fetch = slow
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(source.cache.get, "db")
        assert fetching.wait(10)
        assert source.cache.get("db") == "old"
        go_on.set()
        assert first.result(10) == "new"


def test_after_a_long_rest_all_wait_for_the_new_value(source: Source) -> None:
    source.cache.get("db")
    source.now += 10 * STALE
    fetching, go_on = threading.Event(), threading.Event()

    def slow(ref: str) -> str:
        fetching.set()
        assert go_on.wait(10)
        return "new"

    source.cache._fetch = slow
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(source.cache.get, "db")
        assert fetching.wait(10)
        second = pool.submit(source.cache.get, "db")
        go_on.set()
        assert (first.result(10), second.result(10)) == ("new", "new")


def test_many_threads_that_need_the_first_value_fetch_it_once(source: Source) -> None:
    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(source.cache.get, ["db"] * 64)) == {"old"}
    assert source.calls == 1
