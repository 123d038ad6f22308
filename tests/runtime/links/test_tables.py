"""Tables as handlers reach them: what is refused before anything is sent, and what is made of what drivers return."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sls_infra.runtime import NotLinked, TooLarge
from sls_infra.runtime.links.tables import Item, Table

from .conftest import Noted

INDEXES = {"by-city": ["city"], "by-day": ["city", "day"]}
DESCRIBED = {"access": "rw", "key": "id", "sort_key": None, "ttl": "until", "indexes": INDEXES}


def table(driver: Noted | None = None, **described: Any) -> tuple[Table, Noted]:
    driver = driver or Noted(put="2", update=({"id": "1"}, "2"), query=([], None))
    return Table(driver, "orders", {**DESCRIBED, **described}), driver


def sorted_table() -> tuple[Table, Noted]:
    return table(sort_key="line")


def test_an_item_is_a_dict_with_a_version() -> None:
    orders, _ = table(Noted(get=({"id": "1", "n": 2}, "v1")))
    item = orders.get("1")
    assert isinstance(item, Item)
    assert (item, item.version, dict(item)) == ({"id": "1", "n": 2}, "v1", {"id": "1", "n": 2})
    assert table(Noted(get=None))[0].get("1") is None


@pytest.mark.parametrize("access", ["r", "w", ""])
def test_a_right_that_the_link_does_not_give_is_named_and_nothing_is_sent(access: str) -> None:
    orders, driver = table(access=access)
    reading: list[Callable[[], Any]] = [lambda: orders.get("1"), lambda: orders.query("1")]
    writing: list[Callable[[], Any]] = [
        lambda: orders.put({"id": "1"}), lambda: orders.update("1", {"n": 1}), lambda: orders.delete("1"),
        lambda: orders.batch([{"id": "1"}]),
    ]  # fmt: skip
    for calls, right, verb in ((reading, "r", "read"), (writing, "w", "write")):
        for call in calls:
            if right in access:
                call()
                driver.calls.clear()
                continue
            wanted = r"read_write\(\)" if access else rf"{verb}\(\)"
            with pytest.raises(
                NotLinked, match=rf'table "orders" does not let this function {verb}.*orders\.{wanted}\]'
            ):
                call()
    assert driver.calls == []


@pytest.mark.parametrize("key", ["a", "ä" * 512, "x" * 1024, " ", "\0", "/", "😀"])
def test_keys_that_are_taken(key: str) -> None:
    orders, driver = table()
    orders.get(key)
    assert driver.calls == [("get", (key, None))]


@pytest.mark.parametrize(
    ("key", "error"),
    [("", ValueError), ("x" * 1025, TooLarge), ("ä" * 513, TooLarge), (7, TypeError), (None, TypeError),
     (b"a", TypeError), ("\ud800", ValueError)],
)  # fmt: skip
def test_keys_that_are_not(key: Any, error: type[Exception]) -> None:
    orders, driver = table()
    calls: list[Callable[[], Any]] = [
        lambda: orders.get(key), lambda: orders.put({"id": key}), lambda: orders.update(key, {"n": 1}),
        lambda: orders.delete(key), lambda: orders.query(key), lambda: orders.batch(delete=[key]),
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(error, match=r"key|orders\"\.id"):
            call()
    assert driver.calls == []


def test_sort_keys_are_there_or_not() -> None:
    plain, lines = table()[0], sorted_table()[0]
    with pytest.raises(ValueError, match="has no sort key"):
        plain.get("1", "2")
    calls: list[Callable[[], Any]] = [
        lambda: lines.get("1"), lambda: lines.delete("1"), lambda: lines.update("1", {"n": 1})
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(ValueError, match="has a sort key, line, which is missing"):
            call()
    with pytest.raises(ValueError, match="lacks its key: 'line'"):
        lines.put({"id": "1"})
    with pytest.raises(ValueError, match="lacks its key: 'id'"):
        plain.put({"n": "1"})
    with pytest.raises(TooLarge, match="sort key"):
        lines.get("1", "x" * 1025)


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        (2**53 + 1, ValueError, r"orders\"\.n is beyond 2\^53"), (-(2**53) - 1, ValueError, r"\.n is beyond"),
        (float("nan"), ValueError, r"\.n is nan"), ([1, {"a": float("inf")}], ValueError, r"\.n\[1\]\.a is inf"),
        ({1, 2}, TypeError, r"\.n is of type set"), (b"x", TypeError, r"\.n is of type bytes"),
        ({1: 2}, TypeError, r"\.n has a name that is no text: 1"), ({"": 2}, ValueError, r"\.n has an empty name"),
        ("\ud800", ValueError, r"\.n holds half a surrogate pair"), (object(), TypeError, r"\.n is of type object"),
        ("x" * 400_000, TooLarge, "over 400000"), ("ä" * 200_000, TooLarge, "over 400000"),
    ],
)  # fmt: skip
def test_values_that_are_not_taken_are_named(value: Any, error: type[Exception], words: str) -> None:
    orders, driver = table()
    for call in (
        lambda: orders.put({"id": "1", "n": value}), lambda: orders.update("1", {"n": value}),
        lambda: orders.batch([{"id": "1", "n": value}]),
    ):  # fmt: skip
        with pytest.raises(error, match=words):
            call()
    assert driver.calls == []


def test_nesting_has_an_end() -> None:
    orders, driver = table()
    deep: Any = 1
    for _ in range(15):
        deep = [deep]
    orders.put({"id": "1", "n": deep})
    for worse in ([deep], {"a": deep}):
        with pytest.raises(ValueError, match="nested over 16 deep"):
            orders.put({"id": "1", "n": worse})
    assert len(driver.calls) == 1
    round_and_round: list[Any] = []
    round_and_round.append(round_and_round)
    with pytest.raises(ValueError, match="nested over 16 deep"):
        orders.put({"id": "1", "n": round_and_round})


CHARACTERS = st.characters(exclude_categories=["Cs"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(CHARACTERS),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(CHARACTERS, min_size=1), inner),
    max_leaves=20,
)  # fmt: skip


@given(VALUES)
def test_what_json_can_say_goes_as_it_is(value: Any) -> None:
    orders, driver = table()
    orders.put({"id": "1", "n": value})
    ((_, item, if_absent, if_version),) = driver.calls
    assert (item, if_absent, if_version) == ({"id": "1", "n": value}, False, None)
    assert [type(each) for each in item.values()] == [str, type(value)]


def test_a_drivers_item_is_its_own() -> None:
    orders, driver = table()
    item = {"id": "1", "tags": ["a"], "pair": (1, 2)}
    orders.put(item)
    item["tags"].append("b")  # type: ignore[attr-defined]
    assert driver.calls[0][1] == {"id": "1", "tags": ["a"], "pair": [1, 2]}


@pytest.mark.parametrize("until", [1.5, "1", None, True])
def test_the_end_of_an_item_is_in_whole_seconds(until: Any) -> None:
    orders, driver = table()
    for call in (lambda: orders.put({"id": "1", "until": until}), lambda: orders.update("1", {"until": until})):
        with pytest.raises(TypeError, match=r"'until' of the table .* is seconds since 1970, an int"):
            call()
    assert driver.calls == []


def test_conditions() -> None:
    orders, driver = table()
    assert orders.put({"id": "1"}, if_absent=True) == "2"
    orders.put({"id": "1"}, if_version="1")
    orders.delete("1", if_version="3")
    assert driver.calls == [
        ("put", {"id": "1"}, True, None), ("put", {"id": "1"}, False, "1"), ("delete", ("1", None), "3")
    ]  # fmt: skip
    with pytest.raises(ValueError, match="if_absent or if_version"):
        orders.put({"id": "1"}, if_absent=True, if_version="1")
    with pytest.raises(TypeError, match="version is text"):
        orders.delete("1", if_version=3)  # type: ignore[arg-type]


def test_an_update() -> None:
    orders, driver = table()
    item = orders.update("1", {"n": 1}, remove=["m"], if_version="1")
    assert (item, item.version) == ({"id": "1"}, "2")
    assert driver.calls == [("update", ("1", None), {"n": 1}, ["m"], "1")]


@pytest.mark.parametrize(
    ("changes", "remove", "words"),
    [
        ({}, [], "nothing to change"), ({"id": "2"}, [], "'id' is a key"), ({}, ["line"], "'line' is a key"),
        ({}, ["_version"], "write for themselves"), ({"_unindexed:n": 1}, [], "write for themselves"),
        ({"n": 1}, ["n"], "'n' comes twice"), ({}, ["m", "m"], "'m' comes twice"),
    ],
)  # fmt: skip
def test_an_update_that_makes_no_sense(changes: dict[str, Any], remove: list[str], words: str) -> None:
    lines, driver = sorted_table()
    with pytest.raises(ValueError, match=words):
        lines.update("1", changes, "2", remove=remove)
    assert driver.calls == []


def test_a_batch() -> None:
    lines, driver = sorted_table()
    lines.batch(put=({"id": "1", "line": str(n)} for n in range(2)), delete=[("1", "2")])
    lines.batch()
    assert driver.calls == [("write", [{"id": "1", "line": "0"}, {"id": "1", "line": "1"}], [("1", "2")])]
    with pytest.raises(ValueError, match=r"\('1', '2'\) comes twice"):
        lines.batch(put=[{"id": "1", "line": "2"}], delete=[("1", "2")])
    with pytest.raises(ValueError, match="sort key"):
        lines.batch(delete=["1"])


def test_a_query_has_a_cursor_that_is_its_own() -> None:
    position = {"id": "ä/+?", "n": [1, None]}
    orders, driver = table(Noted(query=([({"id": "1"}, "v1")], position)))
    page = orders.query("1", index="by-day", begins_with="2026", limit=10, reverse=True)
    assert (list(page), page[0].version) == ([{"id": "1"}], "v1")
    assert page.cursor is not None
    assert set(page.cursor) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
    orders.query("1", index="by-day", begins_with="2026", limit=99, reverse=True, cursor=page.cursor)
    assert driver.calls == [
        ("query", "1", "by-day", "2026", 10, None, True), ("query", "1", "by-day", "2026", 99, position, True)
    ]  # fmt: skip
    for key, more in (("2", {}), ("1", {"index": "by-city"}), ("1", {}), ("1", {"begins_with": "2025"})):
        with pytest.raises(ValueError, match="the cursor is none that this query gave"):
            orders.query(key, **{"index": "by-day", "cursor": page.cursor, **more})  # type: ignore[arg-type]


@given(st.text(max_size=60) | st.text("abcABC019-_=", max_size=60))
def test_any_other_text_is_no_cursor(cursor: str) -> None:
    orders, driver = table()
    with pytest.raises(ValueError, match="the cursor is none"):
        orders.query("1", cursor=cursor)
    assert driver.calls == []


@given(st.data())
def test_a_changed_cursor_is_none(data: st.DataObject) -> None:
    orders, _ = table(Noted(query=([], {"id": "1"})))
    cursor = orders.query("1").cursor
    assert cursor is not None
    at = data.draw(st.integers(0, len(cursor) - 2))  # the last character has bits that say nothing
    other = data.draw(st.sampled_from("abcXYZ09-_").filter(lambda char: char != cursor[at]))
    with pytest.raises(ValueError, match="the cursor is none"):
        orders.query("1", cursor=cursor[:at] + other + cursor[at + 1 :])


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        ({"limit": 0}, ValueError, "not within 1 to 1000"), ({"limit": 1001}, ValueError, "not within"),
        ({"limit": 1.0}, TypeError, "is an int"), ({"limit": True}, TypeError, "is an int"),
        ({"index": "by-name"}, ValueError, "no index 'by-name': it has by-city, by-day"),
        ({"begins_with": "x"}, ValueError, "has no sort key"), ({"cursor": 7}, ValueError, "the cursor is none"),
        ({"index": "by-city", "begins_with": "x"}, ValueError, "no sort key in the index 'by-city'"),
    ],
)  # fmt: skip
def test_a_query_that_the_table_can_not_answer(asked: dict[str, Any], error: type[Exception], words: str) -> None:
    orders, driver = table()
    with pytest.raises(error, match=words):
        orders.query("1", **asked)
    assert driver.calls == []
