"""How items lie in Cosmos DB."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sls_infra.runtime.links.azure.documents import MAX_TTL, Layout, hexadecimal, identity, is_live

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
NOW = 1_790_000_000.0


def layout(**more: Any) -> Layout:
    return Layout({"key": "id", "sort_key": "day", "ttl": "ends", "indexes": {"by-owner": ["owner", "day"]}, **more})


@given(TEXT, TEXT)
def test_the_order_is_that_of_utf_8(one: str, other: str) -> None:
    assert (hexadecimal(one) < hexadecimal(other)) == (one.encode() < other.encode())
    assert hexadecimal(one + other).startswith(hexadecimal(one))


@given(TEXT, TEXT)
def test_the_order_in_an_index_is_that_of_utf_8(one: str, other: str) -> None:
    first, second = (
        layout().document({"id": "a", "day": day, "owner": "ann"}, NOW)["indexes"]["by-owner"]["sort"]
        for day in (one, other)
    )
    assert (first < second) == (one.encode() < other.encode())


def test_equal_sort_keys_of_an_index_are_told_apart() -> None:
    table = layout(sort_key=None)
    places = {
        table.document({"id": id, "owner": "ann", "day": "1"}, NOW)["indexes"]["by-owner"]["sort"] for id in "abc"
    }
    assert len(places) == 3


@given(TEXT)
def test_any_key_makes_an_id_that_cosmos_takes(key: str) -> None:
    id = identity((key, None))
    assert id.isalnum()
    assert len(id) == 64
    assert identity(("x", key)) == id


def test_the_users_own_attributes_are_left_alone() -> None:
    item = {"id": "a", "day": "1", "ttl": 5, "_etag": "mine", "key": {"x": [None, True]}, "sort": 1.5}
    document = layout().document(item, NOW)
    assert json.loads(json.dumps(document["item"])) == item
    assert document.keys() == {"id", "key", "sort", "item"}


def test_time_to_live_is_relative_and_no_less_than_a_second() -> None:
    for ends, ttl in ((NOW + 60, 60), (NOW + 0.2, 1), (NOW - 5, 1), (NOW + MAX_TTL + 1, None)):
        document = layout().document({"id": "a", "day": "1", "ends": ends}, NOW)
        assert (document.get("ttl"), document["expires"]) == (ttl, ends)
        assert is_live(document, NOW) == (ends > NOW)


def test_what_is_no_number_never_expires() -> None:
    for ends in ("1", True, None, [1]):
        document = layout().document({"id": "a", "day": "1", "ends": ends}, NOW)
        assert "ttl" not in document
        assert is_live(document, NOW)


def test_an_item_is_in_an_index_when_it_has_all_its_keys() -> None:
    for owner, is_in in (("ann", True), ("", False), ("x" * 1025, False), (7, False), (None, False)):
        assert ("indexes" in layout().document({"id": "a", "day": "1", "owner": owner}, NOW)) is is_in
