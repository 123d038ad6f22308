"""Items: what is put is what is got, whatever JSON can say; what can't be kept is refused before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest

from sls_infra.runtime.errors import NotLinked, TooLarge

from .making import Making, fresh

VALUES: dict[str, Any] = {
    "null": None,
    "true": True,
    "false": False,
    "zero": 0,
    "one": 1,
    "largest": 2**53,
    "smallest": -(2**53),
    "float": 0.1,
    "sum": 0.1 + 0.2,
    "tiny": 1e-10,
    "huge": 1.5e100,
    "negative": -123456.789,
    "empty text": "",
    "text": "grüße, 世界 😀",
    "quotes": "\"'\\/<>&;--",
    "control": "a\tb\nc\r\x00\x1f",
    "non-characters": "\ufffe\uffff",
    "separators": "\u2028\u2029",
    "combined and composed": "e\u0301 \u00e9",
    "digits": "007",
    "date": "2026-07-01T00:00:00Z",
    "empty list": [],
    "empty object": {},
    "list": [1, "a", None, [True, []], {"a": 1.5}],
    "object": {"a": {"b": {"c": [{"d": None}]}}, "with.dot": 1, "with space": 2, "$dollar": 3, "ü": 4},
    "long text": "x" * 50_000,
    "many": list(range(1000)),
}
KEYS = [
    "a", " ", "a/b", "a#b", "a?b", "a\\b", "ä", "世界", "😀", "..", ".", "__id__", "%2F", "a'b\"c", "A", "0", "-",
    "x" * 1024, "ü" * 512,
]  # fmt: skip


def alike(one: Any, other: Any) -> bool:
    """Equal, and no bool where there is a number."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(alike, one, other))
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


@pytest.mark.parametrize("what", VALUES)
def test_a_value_comes_back_as_it_was_put(making: Making, what: str) -> None:
    table, key = making.table(), fresh()
    item = {"id": key, "value": VALUES[what], "nested": {"in": [VALUES[what]]}}
    table.put(item)
    found = table.get(key)
    assert found is not None
    assert alike(dict(found), item)


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key if len(key) < 9 else f"{key[0]}x{len(key)}")
def test_a_key_is_itself_and_no_other(making: Making, key: str) -> None:
    table, kept = making.table("id", "at"), fresh()
    table.put({"id": kept, "at": key, "n": 1})
    assert table.get(kept, key) == {"id": kept, "at": key, "n": 1}
    others = [key.swapcase() if key.swapcase() != key and len(key) < 1024 else "other", key[:-1] + "Z"]
    for other in others:
        assert table.get(kept, other) is None
    plain = making.table()
    plain.put({"id": key, "n": kept})
    assert plain.get(key) == {"id": key, "n": kept}
    plain.delete(key)
    assert plain.get(key) is None


def test_composed_and_combined_characters_are_two_keys(making: Making) -> None:
    table, key = making.table(), fresh()
    table.put({"id": f"{key}é", "n": 1})
    table.put({"id": f"{key}e\u0301", "n": 2})
    assert [table.get(f"{key}é"), table.get(f"{key}e\u0301")] == [
        {"id": f"{key}é", "n": 1}, {"id": f"{key}e\u0301", "n": 2},
    ]  # fmt: skip


def test_a_put_replaces_the_whole_item(making: Making) -> None:
    table, key = making.table(), fresh()
    first = table.put({"id": key, "a": 1, "b": 2})
    second = table.put({"id": key, "b": 3})
    found = table.get(key)
    assert found == {"id": key, "b": 3}
    assert found.version == second != first


def test_every_write_gives_another_version(making: Making) -> None:
    table, key = making.table(), fresh()
    versions = [table.put({"id": key, "a": 1}), table.put({"id": key, "a": 1}), table.update(key, {"a": 1}).version]
    table.delete(key)
    versions.append(table.put({"id": key, "a": 1}))
    assert len(set(versions)) == 4
    assert all(isinstance(version, str) and version for version in versions)


def test_what_is_not_there_is_none_and_may_be_deleted(making: Making) -> None:
    table, key = making.table(), fresh()
    assert table.get(key) is None
    table.delete(key)
    table.put({"id": key})
    table.delete(key)
    table.delete(key)
    assert table.get(key) is None


def test_one_key_has_many_items_by_sort_key(making: Making) -> None:
    table, key = making.table("id", "at"), fresh()
    table.put({"id": key, "at": "1", "n": 1})
    table.put({"id": key, "at": "2", "n": 2})
    table.delete(key, "1")
    assert table.get(key, "1") is None
    assert table.get(key, "2") == {"id": key, "at": "2", "n": 2}


def test_key_and_sort_key_are_not_run_together(making: Making) -> None:
    table, key = making.table("id", "at"), fresh()
    for first, second in (("a", "b|c"), ("a|b", "c"), ("a:", "b"), ("a", ":b"), ('a","', "b"), ("a", '","b')):
        table.put({"id": key + first, "at": second, "is": [first, second]})
    for first, second in (("a", "b|c"), ("a|b", "c"), ("a:", "b"), ("a", ":b"), ('a","', "b"), ("a", '","b')):
        found = table.get(key + first, second)
        assert found is not None
        assert found["is"] == [first, second]


def test_a_full_item_is_taken_and_one_over_it_is_not(making: Making) -> None:
    table, key = making.table(), fresh()
    frame = len(f'{{"id":"{key}","text":""}}')
    table.put({"id": key, "text": "x" * (400_000 - frame)})
    found = table.get(key)
    assert found is not None
    assert len(found["text"]) == 400_000 - frame
    other = fresh()
    with pytest.raises(TooLarge, match="400001"):
        table.put({"id": other, "text": "x" * (400_001 - frame)})
    assert table.get(other) is None


def test_an_update_that_would_grow_over_the_limit_changes_nothing(making: Making) -> None:
    table, key = making.table(), fresh()
    table.put({"id": key, "a": "x" * 300_000})
    with pytest.raises(TooLarge):
        table.update(key, {"b": "x" * 300_000})
    found = table.get(key)
    assert found is not None
    assert found.keys() == {"id", "a"}


BAD: list[tuple[Any, type[Exception]]] = [
    ({"a": 1}, ValueError),
    ({"id": 7}, TypeError),
    ({"id": None}, TypeError),
    ({"id": ""}, ValueError),
    ({"id": "x" * 1025}, TooLarge),
    ({"id": "ü" * 513}, TooLarge),
    ({"id": "\ud800"}, ValueError),
    ({"id": "k", "a": 2**53 + 1}, ValueError),
    ({"id": "k", "a": -(2**53) - 1}, ValueError),
    ({"id": "k", "a": float("nan")}, ValueError),
    ({"id": "k", "a": float("inf")}, ValueError),
    ({"id": "k", "a": b"bytes"}, TypeError),
    ({"id": "k", "a": {1, 2}}, TypeError),
    ({"id": "k", "a": {1: 2}}, TypeError),
    ({"id": "k", "a": {"": 2}}, ValueError),
    ({"id": "k", "a": "\udfff"}, ValueError),
    ({"id": "k", "_version": "1"}, ValueError),
    ({"id": "k", "_unindexed:a": 1}, ValueError),
    ([("id", "k")], TypeError),
]


@pytest.mark.parametrize(("item", "error"), BAD, ids=lambda value: repr(value)[:30])
def test_what_no_table_keeps_is_refused(making: Making, item: Any, error: type[Exception]) -> None:
    table = making.table()
    with pytest.raises(error):
        table.put(item)
    with pytest.raises(error):
        table.batch(put=[{"id": "good"}, item])
    assert table.get("good") is None
    assert table.get("k") is None


def test_a_link_gives_the_rights_that_it_says(making: Making) -> None:
    key = fresh()
    reading, writing = making.table(access="r"), making.table(access="w")
    with pytest.raises(NotLinked, match="write"):
        reading.put({"id": key})
    with pytest.raises(NotLinked, match="write"):
        reading.delete(key)
    writing.put({"id": key})
    assert reading.get(key) == {"id": key}
    with pytest.raises(NotLinked, match="read"):
        writing.get(key)
    with pytest.raises(NotLinked, match="read"):
        writing.query(key)
