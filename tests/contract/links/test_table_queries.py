"""Queries: the order of UTF-8 bytes, pages, cursors, prefixes, indexes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from sls_infra.runtime.links.tables import Table

from .making import Making, fresh

SORTS = [
    "!",
    "0",
    "00",
    "1",
    "10",
    "2",
    "A",
    "Z",
    "a",
    "a!",
    "a/b",
    "ab",
    "abc",
    "b",
    "é",
    "ß",
    "\u2028",
    "世",
    "界",
    "\uffee",
    "😀",
    "🚀",
]
BY = {"by-owner": ("owner", "at"), "by-kind": ("kind",)}


def filled(table: Table, sorts: Iterable[str]) -> str:
    """A key with an item each."""
    key = fresh()
    table.batch(put=[{"id": key, "at": sort, "n": number} for number, sort in enumerate(sorts)])
    return key


def sorts_of(items: Iterable[dict[str, Any]]) -> list[str]:
    return [item["at"] for item in items]


def pages(table: Table, key: str, limit: int, **how: Any) -> list[list[str]]:
    """All pages of a query, by their sort keys."""
    found, cursor = [], None
    for _ in range(100):
        page = table.query(key, limit=limit, cursor=cursor, **how)
        found.append(sorts_of(page))
        cursor = page.cursor
        if cursor is None:
            return found
    raise AssertionError("there is no end of pages")


@pytest.mark.needs("byte order")
def test_items_come_in_the_order_of_bytes(making: Making) -> None:
    table = making.table("id", "at")
    key = filled(table, reversed(SORTS))
    expected = sorted(SORTS, key=str.encode)
    assert sorts_of(table.query(key)) == expected
    assert sorts_of(table.query(key, reverse=True)) == expected[::-1]


@pytest.mark.parametrize("limit", [1, 2, 7, 22, 23, 1000])
@pytest.mark.parametrize("reverse", [False, True], ids=["forth", "back"])
def test_pages_together_are_all_items_once(making: Making, limit: int, reverse: bool) -> None:
    table = making.table("id", "at")
    sorts = [sort for sort in SORTS if max(sort) < "\uffff" or "byte order" not in making.world.lacking]
    key = filled(table, sorts)
    found = pages(table, key, limit, reverse=reverse)
    assert [sort for page in found for sort in page] == sorted(sorts, key=str.encode, reverse=reverse)
    assert all(len(page) <= limit for page in found)


@pytest.mark.parametrize("prefix", ["a", "a!", "ab", "abc", "abcd", "0", "é", "世", "😀", "\u2028", "%", "_", "*", "A"])
def test_a_prefix_of_the_sort_key(making: Making, prefix: str) -> None:
    table = making.table("id", "at")
    key = filled(table, SORTS)
    expected = [sort for sort in sorted(SORTS, key=str.encode) if sort.startswith(prefix)]
    assert sorts_of(table.query(key, begins_with=prefix)) == expected
    assert [sort for page in pages(table, key, 1, begins_with=prefix) for sort in page] == expected
    assert [s for page in pages(table, key, 2, begins_with=prefix, reverse=True) for s in page] == expected[::-1]


def test_a_key_with_no_items_has_an_empty_page(making: Making) -> None:
    page = making.table("id", "at").query(fresh())
    assert list(page) == []
    assert page.cursor is None


def test_a_table_without_sort_key_gives_its_one_item(making: Making) -> None:
    table, key = making.table(), fresh()
    version = table.put({"id": key, "n": 1})
    page = table.query(key)
    assert list(page) == [{"id": key, "n": 1}]
    assert page[0].version == version
    assert page.cursor is None


def test_a_query_goes_on_although_items_come_and_go(making: Making) -> None:
    table = making.table("id", "at")
    key = filled(table, ["b", "d", "f", "h"])
    page = table.query(key, limit=2)
    table.delete(key, "d")  # where the page ended
    table.put({"id": key, "at": "a"})
    table.put({"id": key, "at": "e"})
    assert sorts_of(table.query(key, cursor=page.cursor)) == ["e", "f", "h"]


def test_a_cursor_is_text_and_of_its_query_alone(making: Making) -> None:
    table = making.table("id", "at", indexes=BY)
    key = filled(table, ["a", "b", "c"])
    cursor = table.query(key, limit=1).cursor
    assert isinstance(cursor, str)
    assert cursor.isascii()
    for wrong in (cursor[:-3], cursor + "A", "", "x", "null", "e30", "世界", cursor.swapcase()):
        with pytest.raises(ValueError, match="cursor"):
            table.query(key, cursor=wrong)
    with pytest.raises(ValueError, match="cursor"):
        table.query(fresh(), cursor=cursor)
    with pytest.raises(ValueError, match="cursor"):
        table.query(key, index="by-kind", cursor=cursor)


@pytest.mark.parametrize("limit", [0, -1, 1001])
def test_a_page_has_a_sensible_limit(making: Making, limit: int) -> None:
    with pytest.raises(ValueError, match="limit"):
        making.table("id", "at").query("k", limit=limit)


def test_a_page_of_large_items_has_them_all_in_the_end(making: Making) -> None:
    table, key = making.table("id", "at"), fresh()
    for number in range(8):  # beyond the megabyte that a call of DynamoDB gives
        table.put({"id": key, "at": str(number), "text": "x" * 300_000})
    assert [sort for page in pages(table, key, 100) for sort in page] == [str(number) for number in range(8)]


def indexed(table: Table) -> tuple[str, str]:
    """Items of an owner and of a kind, and others that are in no index."""
    key, owner = fresh(), fresh()
    table.batch(put=[
        {"id": f"{key}3", "at": "2", "owner": owner, "kind": owner},
        {"id": f"{key}1", "at": "3", "owner": owner},
        {"id": f"{key}2", "at": "1", "owner": owner, "kind": owner},
        {"id": f"{key}4", "at": "1", "owner": owner + "x", "kind": ""},
        {"id": f"{key}5", "at": "1", "owner": None, "kind": 7},
        {"id": f"{key}6", "at": "1", "kind": [owner]},
    ])  # fmt: skip
    return key, owner


def test_an_index_has_its_own_key_and_order(making: Making) -> None:
    table = making.table("id", "at", indexes=BY)
    key, owner = indexed(table)
    assert [item["id"] for item in table.query(owner, index="by-owner")] == [f"{key}2", f"{key}3", f"{key}1"]
    assert [item["id"] for item in table.query(owner, index="by-owner", reverse=True)] == [
        f"{key}1",
        f"{key}3",
        f"{key}2",
    ]
    assert [item["id"] for item in table.query(owner, index="by-owner", begins_with="2")] == [f"{key}3"]
    assert {item["id"] for item in table.query(owner, index="by-kind")} == {f"{key}2", f"{key}3"}
    for number in range(1, 7):
        assert len(table.query(f"{key}{number}")) == 1  # they are all in the table


@pytest.mark.needs("index pages")
@pytest.mark.parametrize("index", BY)
def test_pages_of_an_index_are_all_items_once(making: Making, index: str) -> None:
    table, owner = making.table("id", "at", indexes=BY), fresh()
    items = [{"id": f"{owner}{n % 5}", "at": str(n % 3), "owner": owner, "kind": owner} for n in range(12)]
    table.batch(put=items)
    for reverse in (False, True):
        found, cursor = [], None
        for _ in range(20):
            page = table.query(owner, index=index, limit=4, cursor=cursor, reverse=reverse)
            found += list(page)
            cursor = page.cursor
            if cursor is None:
                break
        assert sorted((item["id"], item["at"]) for item in found) == sorted((item["id"], item["at"]) for item in items)
        if index == "by-owner":
            assert sorts_of(found) == sorted(sorts_of(found), reverse=reverse)


@pytest.mark.needs("replaced fields")
def test_an_index_follows_its_items(making: Making) -> None:
    table = making.table("id", "at", indexes=BY)
    key, old, new = fresh(), fresh(), fresh()
    table.put({"id": key, "at": "1", "owner": old})
    table.update(key, {"owner": new}, "1")
    assert list(table.query(old, index="by-owner")) == []
    assert list(table.query(new, index="by-owner")) == [{"id": key, "at": "1", "owner": new}]
    table.update(key, {"n": 1}, "1", remove=["owner"])
    assert list(table.query(new, index="by-owner")) == []
    version = table.put({"id": key, "at": "1", "owner": old, "n": 2})
    page = table.query(old, index="by-owner")
    assert [dict(item) for item in page] == [{"id": key, "at": "1", "owner": old, "n": 2}]
    assert page[0].version == version
    table.delete(key, "1")
    assert list(table.query(old, index="by-owner")) == []


def test_an_index_or_sort_key_that_is_not_there_is_refused(making: Making) -> None:
    with pytest.raises(ValueError, match="no index"):
        making.table("id", "at", indexes=BY).query("k", index="by-nothing")
    with pytest.raises(ValueError, match="sort key"):
        making.table().query("k", begins_with="a")
    with pytest.raises(ValueError, match="sort key"):
        making.table("id", "at", indexes=BY).query("k", index="by-kind", begins_with="a")
