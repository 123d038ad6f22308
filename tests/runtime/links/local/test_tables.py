"""Tables: what subscribers are told, what expires, what a deployment changes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sls_infra.runtime.errors import Conflict, NotFound, ServiceError
from sls_infra.runtime.links.local import tables
from sls_infra.runtime.links.local.lanes import Lane

from .clock import Clock

DESCRIBED = {"key": "id", "sort_key": None, "ttl": "ends", "indexes": {"by-owner": ["owner"]}}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def table(tmp_path: Path, clock: Clock) -> tables.Table:
    tables.create(str(tmp_path / "orders"), DESCRIBED)
    return tables.Table("orders", str(tmp_path / "orders"), {}, clock=clock)


def told(lane: Lane) -> list[dict[str, Any]]:
    """Takes all that there is."""
    found = lane.receive(1000)
    for message in found:
        lane.delete(message.receipt)
    return [json.loads(message.body) for message in found]


def test_every_write_is_told_with_what_was_and_what_is(table: tables.Table) -> None:
    lane = table.subscribe("s")
    table.put({"id": "7", "n": 1}, False, None)
    table.put({"id": "7", "n": 2}, False, None)
    table.update(("7", None), {"m": "ü"}, ["n"], None)
    table.delete(("7", None), None)
    table.delete(("7", None), None)
    table.write([{"id": "8"}], [])
    table.write([], [("8", None), ("9", None)])
    one, two, three = {"id": "7", "n": 1}, {"id": "7", "n": 2}, {"id": "7", "m": "ü"}
    assert told(lane) == [
        {"kind": "insert", "key": {"id": "7"}, "old": None, "new": one},
        {"kind": "update", "key": {"id": "7"}, "old": one, "new": two},
        {"kind": "update", "key": {"id": "7"}, "old": two, "new": three},
        {"kind": "delete", "key": {"id": "7"}, "old": three, "new": None},
        {"kind": "insert", "key": {"id": "8"}, "old": None, "new": {"id": "8"}},
        {"kind": "delete", "key": {"id": "8"}, "old": {"id": "8"}, "new": None},
    ]


def test_a_write_that_fails_is_not_told(table: tables.Table) -> None:
    lane = table.subscribe("s")
    table.put({"id": "7"}, False, None)
    told(lane)
    with pytest.raises(Conflict):
        table.put({"id": "7"}, True, None)
    with pytest.raises(Conflict):
        table.delete(("7", None), "another")
    with pytest.raises(NotFound):
        table.update(("8", None), {}, [], None)
    assert told(lane) == []


def test_only_the_kinds_that_were_asked_for(table: tables.Table) -> None:
    inserts, deletes = table.subscribe("inserts", ["insert"]), table.subscribe("deletes", ("delete",))
    table.put({"id": "7"}, False, None)
    table.put({"id": "7", "a": 1}, False, None)
    table.delete(("7", None), None)
    assert [change["kind"] for change in told(inserts)] == ["insert"]
    assert [change["kind"] for change in told(deletes)] == ["delete"]
    assert table.subscribers() == {"inserts": {"kinds": ["insert"]}, "deletes": {"kinds": ["delete"]}}
    table.unsubscribe("inserts")
    table.put({"id": "7"}, False, None)
    assert table.subscription("inserts").counts().all == 0


def test_changes_of_one_item_wait_for_each_other_and_for_no_other_item(table: tables.Table) -> None:
    lane = table.subscribe("s")
    for id in ("a", "b", "a", "b"):
        table.put({"id": id}, False, None)
    first = lane.receive(1)[0]
    assert [json.loads(message.body)["key"]["id"] for message in lane.receive(10)] == ["b", "b"]
    lane.release(first.receipt)
    assert [json.loads(message.body)["kind"] for message in lane.receive(10)] == ["insert", "update"]


def test_a_change_waits_a_day(table: tables.Table, clock: Clock) -> None:
    lane = table.subscribe("s")
    table.put({"id": "7"}, False, None)
    clock.pass_(86400)
    assert told(lane) == []


def test_what_has_ended_is_deleted_and_told(table: tables.Table, clock: Clock) -> None:
    lane = table.subscribe("s", ["delete"])
    for number in range(1200):
        table.put({"id": str(number), "ends": int(clock.now) + 10}, False, None)
    table.put({"id": "kept", "ends": int(clock.now) + 11}, False, None)
    clock.pass_(9)
    assert table.purge() == 0
    clock.pass_(1)
    assert table.get(("7", None)) is None
    assert table.purge() == 1200
    assert table.purge() == 0
    changes = told(lane)
    changes += told(lane)
    assert len(changes) == 1200
    assert {"kind": "delete", "key": {"id": "7"}, "old": {"id": "7", "ends": clock.now}, "new": None} in changes
    assert len({change["key"]["id"] for change in changes}) == 1200
    assert [stored.item["id"] for stored in table.scan()] == ["kept"]


def test_one_put_in_the_place_of_what_has_ended_is_an_insert(table: tables.Table, clock: Clock) -> None:
    lane = table.subscribe("s")
    table.put({"id": "7", "ends": int(clock.now)}, False, None)
    table.put({"id": "7"}, True, None)
    assert [change["kind"] for change in told(lane)] == ["insert", "delete", "insert"]
    assert table.purge() == 0


@pytest.mark.parametrize("ends", ["soon", None, True, [1]])
def test_an_end_that_is_no_number_is_none(table: tables.Table, clock: Clock, ends: object) -> None:
    table.put({"id": "7", "ends": ends}, False, None)
    clock.pass_(1e10)
    assert table.purge() == 0
    assert table.get(("7", None)) is not None


def test_creating_again_makes_new_indexes_of_what_is_there(tmp_path: Path, table: tables.Table) -> None:
    path = table.store.folder
    table.put({"id": "7", "owner": "o", "kind": "k", "stops": 1}, False, None)
    assert tables.create(path, DESCRIBED) == []
    changed = {**DESCRIBED, "ttl": "stops", "indexes": {"by-kind": ["kind", "owner"]}}
    assert tables.create(path, changed) == [
        "ttl: ends → stops, for items that are there too",
        "index by-kind: made of kind, owner, with the items that are there",
        "index by-owner: dropped",
    ]
    assert table.get(("7", None)) is None  # by the new ttl it ended long ago
    table.put({"id": "8", "owner": "o", "kind": "k"}, False, None)
    assert [stored.item["id"] for stored in table.query("k", "by-kind", "o", 10, None, False)[0]] == ["8"]
    with pytest.raises(ServiceError, match="by-owner"):
        table.query("o", "by-owner", "", 10, None, False)
    with pytest.raises(Conflict, match="sort_key"):
        tables.create(path, {**DESCRIBED, "sort_key": "at"})


def test_an_item_of_another_key_is_told_apart(table: tables.Table) -> None:
    with pytest.raises(ServiceError, match="the table's key is id"):
        table.put({"number": "7"}, False, None)


def test_a_driver_that_is_open_keeps_an_index_that_is_made_meanwhile(table: tables.Table) -> None:
    table.put({"id": "7", "kind": "k"}, False, None)
    tables.create(table.store.folder, {**DESCRIBED, "indexes": {"by-kind": ["kind"]}})
    table.put({"id": "8", "kind": "k"}, False, None)
    table.delete(("7", None), None)
    assert [stored.item["id"] for stored in table.query("k", "by-kind", "", 10, None, False)[0]] == ["8"]


@pytest.mark.parametrize("cursor", [{}, {"sort": 1}, {"sort": "a", "more": "b"}, {"other": "a"}, {"sort": None}])
def test_a_cursor_of_another_query_is_refused(table: tables.Table, cursor: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="cursor"):
        table.query("7", None, "", 10, cursor, False)
