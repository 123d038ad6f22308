"""Many items at once, and items that end by themselves."""

from __future__ import annotations

import time

import pytest

from sls_infra.runtime.errors import Conflict, NotFound

from .making import Making, fresh

PAST, FUTURE = 1_000_000_000, 4_000_000_000


def test_a_batch_of_more_than_a_platform_takes_at_once(making: Making) -> None:
    table, key = making.table("id", "at"), fresh()
    table.put({"id": key, "at": "gone"})
    table.batch(put=[{"id": key, "at": f"{number:03}", "n": number} for number in range(260)], delete=[(key, "gone")])
    found = table.query(key, limit=1000)
    assert [item["n"] for item in found] == list(range(260))
    assert len({item.version for item in found}) == 260 or all(item.version for item in found)
    table.batch(delete=[(key, f"{number:03}") for number in range(260)])
    assert list(table.query(key)) == []


def test_a_batch_puts_over_what_is_there_and_deletes_what_is_not(making: Making) -> None:
    table, key = making.table(), fresh()
    old = table.put({"id": key, "a": 1})
    table.batch(put=[{"id": key, "b": 2}], delete=[f"{key}-never"])
    found = table.get(key)
    assert found == {"id": key, "b": 2}
    assert found.version != old


def test_a_batch_of_different_keys(making: Making) -> None:
    table, key = making.table(), fresh()
    table.batch(put=[{"id": f"{key}{number}"} for number in range(30)])
    table.batch(delete=[f"{key}{number}" for number in range(0, 30, 2)])
    assert [table.get(f"{key}{number}") is not None for number in range(30)] == [False, True] * 15


def test_large_items_in_a_batch(making: Making) -> None:
    table, key = making.table(), fresh()
    table.batch(put=[{"id": f"{key}{number}", "text": "x" * 390_000} for number in range(12)])
    for number in range(12):
        found = table.get(f"{key}{number}")
        assert found is not None
        assert len(found["text"]) == 390_000


def test_an_empty_batch_is_nothing(making: Making) -> None:
    making.table().batch()


def test_a_key_comes_once_in_a_batch(making: Making) -> None:
    table, key = making.table(), fresh()
    for mistake in (
        {"put": [{"id": key}, {"id": key}]},
        {"put": [{"id": key}], "delete": [key]},
        {"delete": [key, key]},
    ):
        with pytest.raises(ValueError, match="twice"):
            table.batch(**mistake)
    assert table.get(key) is None


def test_what_a_batch_wrote_has_a_version_to_write_over(making: Making) -> None:
    table, key = making.table(), fresh()
    table.batch(put=[{"id": key, "n": 1}])
    found = table.get(key)
    assert found is not None
    table.put({"id": key, "n": 2}, if_version=found.version)
    with pytest.raises(Conflict):
        table.put({"id": key, "n": 3}, if_version=found.version)


def test_what_has_ended_is_not_there(making: Making) -> None:
    table, key = making.table("id", "at", ttl="ends", indexes={"by-owner": ("owner",)}), fresh()
    table.batch(put=[
        {"id": key, "at": "1", "owner": key, "ends": PAST},
        {"id": key, "at": "2", "owner": key, "ends": int(time.time()) - 1},
        {"id": key, "at": "3", "owner": key, "ends": FUTURE},
        {"id": key, "at": "4", "owner": key},
    ])  # fmt: skip
    assert [table.get(key, sort) is not None for sort in "1234"] == [False, False, True, True]
    assert [item["at"] for item in table.query(key)] == ["3", "4"]
    assert [item["at"] for item in table.query(key, limit=1)] in ([], ["3"])  # a page may hold fewer
    assert {item["at"] for item in table.query(key, index="by-owner")} == {"3", "4"}
    with pytest.raises(NotFound):
        table.update(key, {"a": 1}, "1")


def test_pages_go_on_over_what_has_ended(making: Making) -> None:
    table, key = making.table("id", "at", ttl="ends"), fresh()
    table.batch(put=[{"id": key, "at": f"{number:02}", "ends": PAST} for number in range(30)])
    table.put({"id": key, "at": "99", "ends": FUTURE})
    found, cursor = [], None
    for _ in range(40):
        page = table.query(key, limit=2, cursor=cursor)
        found += [item["at"] for item in page]
        cursor = page.cursor
        if cursor is None:
            break
    assert found == ["99"]
    assert cursor is None


def test_one_that_has_ended_is_absent(making: Making) -> None:
    table, key = making.table(ttl="ends"), fresh()
    version = table.put({"id": key, "ends": PAST, "old": True})
    with pytest.raises(Conflict):
        table.put({"id": key, "ends": FUTURE}, if_version=version)
    table.put({"id": key, "ends": FUTURE}, if_absent=True)
    assert table.get(key) == {"id": key, "ends": FUTURE}
    with pytest.raises(Conflict):
        table.put({"id": key, "ends": FUTURE}, if_absent=True)


def test_an_end_can_be_put_off_and_taken_back(making: Making) -> None:
    table, key = making.table(ttl="ends"), fresh()
    table.put({"id": key, "ends": FUTURE})
    assert table.update(key, {"ends": FUTURE + 1})["ends"] == FUTURE + 1
    assert table.update(key, {}, remove=["ends"]) == {"id": key}
    assert table.get(key) == {"id": key}
    table.update(key, {"ends": PAST})
    assert table.get(key) is None


@pytest.mark.parametrize("ends", ["soon", 1.5, None, True, [1]])
def test_an_end_is_a_whole_number_of_seconds(making: Making, ends: object) -> None:
    table, key = making.table(ttl="ends"), fresh()
    with pytest.raises(TypeError, match="ends"):
        table.put({"id": key, "ends": ends})
    table.put({"id": key})
    with pytest.raises(TypeError, match="ends"):
        table.update(key, {"ends": ends})
    assert table.get(key) == {"id": key}
