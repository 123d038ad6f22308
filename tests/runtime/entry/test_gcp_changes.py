"""Changes of documents, as Google's own protocol buffers write them in JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from google.events.cloud.firestore_v1 import DocumentEventData
from google.protobuf.json_format import MessageToJson
from hypothesis import given
from hypothesis import strategies as st

from sls_infra.runtime.entry.gcp_changes import delivery
from sls_infra.runtime.events.shapes import Change
from sls_infra.runtime.links.gcp import documents

TABLE: dict[str, Any] = {"key": "id", "sort_key": "at", "ttl": "gone", "indexes": {"by-city": ["city"]}}
DESCRIBED = {"kind": "change", "source": "orders", "table": TABLE}
ENVIRON = {"HTTP_CE_TYPE": "google.cloud.firestore.document.v1.written", "HTTP_CE_ID": "8bae1d5c"}
NAME = "projects/p/databases/d/documents/items/x"


def document(item: dict[str, Any] | None) -> dict[str, Any] | None:
    """As a link writes it."""
    if item is None:
        return None
    fields = {
        name: {"timestamp_value": value} if isinstance(value, datetime) else {"string_value": value}
        for name, value in documents.fields(item, TABLE).items()
    }
    now = datetime.now(UTC)
    return {"name": NAME, "fields": fields, "create_time": now, "update_time": now}


def brought(old: dict[str, Any] | None, new: dict[str, Any] | None, *, empty: bool = False) -> Change:
    data = DocumentEventData(value=document(new), old_value=document(old), update_mask={"field_paths": ["item"]})
    found = json.loads(MessageToJson(DocumentEventData.pb(data)))
    assert set(found) - {"updateMask"} == {name for name, item in (("value", new), ("oldValue", old)) if item}
    if empty:
        found = {"value": {}, "oldValue": {}, "updateMask": {}, **found}
    made = delivery(DESCRIBED, ENVIRON, found)
    assert made is not None
    assert (made.id, made.attempt, made.body) == ("8bae1d5c", None, None)
    assert isinstance(made.event, Change)
    return made.event


OLD = {"id": "7", "at": "a", "city": "Köln", "n": 1, "gone": 1_900_000_000}
NEW = {**OLD, "n": 1.0, "nested": [[1, [2]], {"__x__": None, "": True}]}


@pytest.mark.parametrize("empty", [False, True])
def test_kinds(empty: bool) -> None:
    inserted = brought(None, NEW, empty=empty)
    assert (inserted.kind, inserted.old, inserted.new) == ("insert", None, NEW)
    updated = brought(OLD, NEW, empty=empty)
    assert (updated.kind, updated.old, updated.new) == ("update", OLD, NEW)
    deleted = brought(OLD, None, empty=empty)
    assert (deleted.kind, deleted.old, deleted.new) == ("delete", OLD, None)
    for change in (inserted, updated, deleted):
        assert (change.key, change.table) == ({"id": "7", "at": "a"}, "orders")
    assert updated.old is not None
    assert updated.new is not None
    assert (type(updated.old["n"]), type(updated.new["n"])) == (int, float)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab_\0é", max_size=4), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(st.dictionaries(st.text("abc._`é", min_size=1, max_size=5), VALUES, max_size=4))
def test_any_item_comes_back_as_it_was_put(item: dict[str, Any]) -> None:
    whole = {**item, "id": "7", "at": "a"}
    assert brought(None, whole).new == whole


def test_what_no_link_has_written_is_none() -> None:
    for fields in (
        {},
        {"item": {"integerValue": "7"}},
        {"item": {"stringValue": "[]"}},
        {"item": {"stringValue": "x"}},
    ):
        assert delivery(DESCRIBED, ENVIRON, {"value": {"name": NAME, "fields": fields}}) is None
