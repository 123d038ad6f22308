"""Conditions: `if_absent`, `if_version`; who writes at the same time; updates of a part."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from sls_infra.runtime.errors import Conflict, NotFound

from .making import Making, fresh


def test_if_absent_puts_once(making: Making) -> None:
    table, key = making.table(), fresh()
    table.put({"id": key, "n": 1}, if_absent=True)
    with pytest.raises(Conflict):
        table.put({"id": key, "n": 2}, if_absent=True)
    assert table.get(key) == {"id": key, "n": 1}
    table.delete(key)
    table.put({"id": key, "n": 3}, if_absent=True)
    assert table.get(key) == {"id": key, "n": 3}


def test_if_version_puts_over_what_was_read(making: Making) -> None:
    table, key = making.table(), fresh()
    first = table.put({"id": key, "n": 1})
    second = table.put({"id": key, "n": 2}, if_version=first)
    with pytest.raises(Conflict):
        table.put({"id": key, "n": 3}, if_version=first)
    found = table.get(key)
    assert found == {"id": key, "n": 2}
    assert found.version == second


def test_a_version_of_what_is_gone_is_a_conflict(making: Making) -> None:
    table, key = making.table(), fresh()
    version = table.put({"id": key})
    table.delete(key)
    with pytest.raises(Conflict):
        table.put({"id": key}, if_version=version)
    with pytest.raises(Conflict):
        table.delete(key, if_version=version)
    assert table.get(key) is None


def test_a_made_up_version_is_a_conflict(making: Making) -> None:
    table, key = making.table(), fresh()
    table.put({"id": key})
    for version in ("", "0", "not a version", '"', "世界"):
        with pytest.raises(Conflict):
            table.put({"id": key, "changed": True}, if_version=version)
        with pytest.raises(Conflict):
            table.update(key, {"changed": True}, if_version=version)
        with pytest.raises(Conflict):
            table.delete(key, if_version=version)
    assert table.get(key) == {"id": key}


def test_a_delete_of_the_version_that_was_read(making: Making) -> None:
    table, key = making.table(), fresh()
    old = table.put({"id": key})
    new = table.put({"id": key})
    with pytest.raises(Conflict):
        table.delete(key, if_version=old)
    table.delete(key, if_version=new)
    assert table.get(key) is None


def test_an_update_sets_and_removes_and_gives_the_item(making: Making) -> None:
    table, key = making.table("id", "at"), fresh()
    table.put({"id": key, "at": "1", "a": 1, "b": {"c": [1]}, "d": "x"})
    updated = table.update(key, {"b": {"e": None}, "new": [2.5]}, "1", remove=["a", "never there"])
    assert updated == {"id": key, "at": "1", "b": {"e": None}, "d": "x", "new": [2.5]}
    found = table.get(key, "1")
    assert found == updated
    assert found.version == updated.version


@pytest.mark.parametrize(
    "name", ["name", "size", "status", "a.b", "a b", "#", ":x", "$where", "ü", "0", "values", "_x", "`", "'"]
)
def test_an_update_takes_any_name(making: Making, name: str) -> None:
    table, key = making.table(), fresh()
    table.put({"id": key, "kept": 1})
    assert table.update(key, {name: [1]}) == {"id": key, "kept": 1, name: [1]}
    assert table.update(key, {}, remove=[name]) == {"id": key, "kept": 1}


def test_an_update_changes_so_many_attributes_and_no_more(making: Making) -> None:
    table, key = making.table(), fresh()
    table.put({"id": key})
    most = {f"attribute-{index}": index for index in range(200)}
    with pytest.raises(ValueError, match="201 attributes, over 200"):
        table.update(key, {**most, "one-more": 1})
    with pytest.raises(ValueError, match="201 attributes, over 200"):
        table.update(key, most, remove=["one-more"])
    assert table.get(key) == {"id": key}


def test_many_attributes_at_once(making: Making) -> None:
    table, key = making.table(), fresh()
    table.put({"id": key})
    table.update(key, {f"a{index}": index for index in range(60)})
    updated = table.update(
        key, {f"b{index}": index for index in range(30)}, remove=[f"a{index}" for index in range(50)]
    )
    names = [f"a{index}" for index in range(50, 60)] + [f"b{index}" for index in range(30)]
    assert updated.keys() == {"id", *names}


def test_an_update_of_what_is_not_there_makes_nothing(making: Making) -> None:
    table, key = making.table(), fresh()
    with pytest.raises(NotFound):
        table.update(key, {"a": 1})
    with pytest.raises((NotFound, Conflict)):
        table.update(key, {"a": 1}, if_version="1")
    assert table.get(key) is None


def test_an_update_of_the_version_that_was_read(making: Making) -> None:
    table, key = making.table(), fresh()
    old = table.put({"id": key, "n": 1})
    updated = table.update(key, {"n": 2}, if_version=old)
    with pytest.raises(Conflict):
        table.update(key, {"n": 3}, if_version=old)
    assert table.update(key, {"n": 4}, if_version=updated.version)["n"] == 4


def test_keys_are_not_updated(making: Making) -> None:
    table, key = making.table("id", "at"), fresh()
    table.put({"id": key, "at": "1"})
    mistakes: list[tuple[dict[str, Any], list[str]]] = [
        ({"id": "other"}, []), ({"at": "2"}, []), ({"a": 1}, ["id"]), ({"a": 1}, ["at"]), ({"a": 1}, ["a"]), ({}, []),
    ]  # fmt: skip
    for changes, remove in mistakes:
        with pytest.raises(ValueError, match=r"key|removed|twice|nothing"):
            table.update(key, changes, "1", remove=remove)
    assert table.get(key, "1") == {"id": key, "at": "1"}


def at_once(count: int, do: Callable[[int], Any]) -> list[Any]:
    """Calls it from so many threads."""
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(do, range(count)))


@pytest.mark.needs("race")
def test_of_many_who_put_if_absent_one_does(making: Making) -> None:
    table, key = making.table(), fresh()

    def put(number: int) -> bool:
        try:
            table.put({"id": key, "by": number}, if_absent=True)
        except Conflict:
            return False
        return True

    won = at_once(8, put)
    assert won.count(True) == 1
    assert table.get(key) == {"id": key, "by": won.index(True)}


@pytest.mark.needs("race")
def test_no_count_is_lost_when_all_write_the_version_they_read(making: Making) -> None:
    table, key = making.table(), fresh()
    table.put({"id": key, "n": 0})

    def count(_: int) -> None:
        done = 0
        while done < 5:
            found = table.get(key)
            assert found is not None
            try:
                table.put({"id": key, "n": found["n"] + 1}, if_version=found.version)
            except Conflict:
                continue
            done += 1

    at_once(4, count)
    assert table.get(key) == {"id": key, "n": 20}


@pytest.mark.needs("race")
def test_updates_of_several_attributes_at_once_are_all_kept(making: Making) -> None:
    table, key = making.table(), fresh()
    table.put({"id": key})
    at_once(8, lambda number: table.update(key, {f"a{number}": number}))
    assert table.get(key) == {"id": key} | {f"a{number}": number for number in range(8)}
