"""The arithmetic of limits: what a bucket lets through, whose it is, and how much memory it takes."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from sls_infra.local.limits import SECOND, Limiter, Limiters, seconds
from sls_infra.local.model import LimitSpec


def limit(requests: int, per: float, burst: int, by: str = "route") -> LimitSpec:
    return LimitSpec(requests=requests, seconds=per, burst=burst, by=by)


def take(limiter: Limiter, now: int, who: str = "") -> bool:
    """Whether a call at that time passes; it is counted if so."""
    if limiter.wait(who, now):
        return False
    limiter.charge(who, now)
    return True


def test_a_burst_and_then_the_rate() -> None:
    limiter = Limiter(limit(10, 1, 3))
    assert [take(limiter, 0) for _ in range(5)] == [True, True, True, False, False]
    assert limiter.wait("", 0) == SECOND // 10
    assert sum(take(limiter, at) for at in range(0, SECOND + 1, SECOND // 1000)) == 10


def test_retry_after_is_in_whole_seconds_and_then_it_passes() -> None:
    limiter = Limiter(limit(1, 3600, 1))
    assert take(limiter, 0)
    wait = limiter.wait("", 5)
    assert seconds(wait) == 3600
    assert not take(limiter, 5 + wait - 1)
    assert take(limiter, 5 + wait)
    assert seconds(1) == 1


@settings(max_examples=300)
@given(
    requests=st.integers(1, 50),
    per=st.sampled_from([1, 60, 3600, 86_400]),
    burst=st.integers(1, 60),
    gaps=st.lists(st.integers(0, 2 * SECOND), min_size=1, max_size=200),
)
def test_no_window_lets_more_through_than_its_share_and_the_burst(
    requests: int, per: int, burst: int, gaps: list[int]
) -> None:
    limiter, now, passed = Limiter(limit(requests, per, burst)), 0, []
    for gap in gaps:
        now += gap
        if take(limiter, now):
            passed.append(now)
    for first, start in enumerate(passed):
        for last in range(first, len(passed)):
            # In any stretch of time: burst, and what comes back within it.
            share = (passed[last] - start) * requests // (per * SECOND)
            assert last - first + 1 <= burst + share


@given(requests=st.integers(1, 1000), burst=st.integers(1, 100))
def test_who_keeps_calling_gets_the_whole_rate(requests: int, burst: int) -> None:
    limiter, now, passed = Limiter(limit(requests, 60, burst)), 0, 0
    while now < 60 * SECOND:
        passed += take(limiter, now)
        now += limiter.wait("", now)
    # One less where the time between two calls is no whole number of nanoseconds.
    assert requests + burst - 1 <= passed <= requests + burst


def test_each_has_a_bucket_of_its_own() -> None:
    limiter = Limiter(limit(1, 60, 1, "ip"))
    assert [take(limiter, 0, who) for who in ("a", "b", "a", "b", "c")] == [True, True, False, False, True]


def test_idle_ones_are_forgotten_and_nobody_gains_by_it() -> None:
    limiter = Limiter(limit(1, 1, 1, "ip"))
    for number in range(50_000):
        assert take(limiter, number * SECOND // 100, str(number))
    assert len(limiter) < 5_000
    now = 49_999 * SECOND // 100
    assert not take(limiter, now, "49999")
    assert not take(limiter, now, "49950")
    assert take(limiter, now, "49800")


def test_too_many_at_once_share_what_is_left() -> None:
    limiter = Limiter(limit(1, 86_400, 2, "ip"), most=2000)
    assert all(take(limiter, number, str(number)) for number in range(2000))
    assert [take(limiter, 5000, f"new-{number}") for number in range(5)] == [True, True, False, False, False]
    assert len(limiter) <= 2001
    # Those who were there before go on as they were.
    assert [take(limiter, 6000, "7") for _ in range(2)] == [True, False]
    # And once they are idle, there is room again.
    assert take(limiter, 4 * 86_400 * SECOND, "late")
    assert len(limiter) == 1


def test_a_limit_that_is_the_same_goes_on_counting() -> None:
    first = Limiters()
    assert take(first.of("a", limit(1, 60, 1)), 0)
    assert first.of("a", limit(1, 60, 1)) is first.of("a", limit(1, 60, 1))
    again = Limiters(first.made)
    assert not take(again.of("a", limit(1, 60, 1)), 0)
    assert take(again.of("b", limit(1, 60, 1)), 0)
    assert take(again.of("a", limit(2, 60, 2)), 0)
