"""Tables against a dictionary: any calls in any order, pages of any size, and a change for each write."""

from __future__ import annotations

import json
import tempfile
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sls_infra.runtime.errors import Conflict, NotFound
from sls_infra.runtime.links.local import tables
from sls_infra.runtime.links.tables import Table

from .clock import Clock

DESCRIBED = {"key": "id", "sort_key": "at", "ttl": "ends", "indexes": {"by": ["owner", "rank"], "of": ["owner"]},
             "access": "rw"}  # fmt: skip
KEYS = st.sampled_from(["a", "b"])
SORTS = st.sampled_from(["1", "10", "2", "é", "\uffee", "😀", "z"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1, max_size=3), inner, max_size=3),
    max_leaves=5,
)  # fmt: skip
ATTRIBUTES = st.fixed_dictionaries(
    {"owner": st.sampled_from(["o", "o", "p", "", 7])},
    optional={
        "rank": st.sampled_from(["1", "1", "2", "ü", None]),
        "ends": st.integers(1_799_999_990, 1_800_000_200),
        "value": VALUES,
    },
)
Place = tuple[str, str]


class Tables(RuleBasedStateMachine):
    """One table, by what handlers call."""

    @initialize()
    def start(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        tables.create(f"{self.folder.name}/t", DESCRIBED)
        self.clock = Clock()
        self.driver = tables.Table("t", f"{self.folder.name}/t", DESCRIBED, clock=self.clock)
        self.table = Table(self.driver, "t", DESCRIBED)
        self.lane = self.driver.subscribe("s")
        self.model: dict[Place, tuple[dict[str, Any], str]] = {}
        self.copy: dict[Place, dict[str, Any]] = {}

    def teardown(self) -> None:
        if hasattr(self, "driver"):
            self.driver.store.close()
            self.folder.cleanup()

    @rule(id=KEYS, at=SORTS, attributes=ATTRIBUTES, absent=st.booleans())
    def put(self, id: str, at: str, attributes: dict[str, Any], absent: bool) -> None:
        item = {**attributes, "id": id, "at": at}
        try:
            version = self.table.put(item, if_absent=absent)
        except Conflict:
            assert absent
            assert (id, at) in self._alive()
            return
        assert not (absent and (id, at) in self._alive())
        self.model[id, at] = item, version

    @rule(id=KEYS, at=SORTS, attributes=ATTRIBUTES, right=st.booleans())
    def put_over(self, id: str, at: str, attributes: dict[str, Any], right: bool) -> None:
        before = self._alive().get((id, at))
        item = {**attributes, "id": id, "at": at}
        try:
            version = self.table.put(item, if_version=before[1] if before and right else "another")
        except Conflict:
            assert not (before and right)
            return
        assert before
        assert right
        self.model[id, at] = item, version

    @rule(id=KEYS, at=SORTS, changes=ATTRIBUTES, remove=st.sets(st.sampled_from(["owner", "rank", "value", "none"])))
    def update(self, id: str, at: str, changes: dict[str, Any], remove: set[str]) -> None:
        remove -= changes.keys()
        if not changes and not remove:
            return
        before = self._alive().get((id, at))
        try:
            updated = self.table.update(id, changes, at, remove=remove)
        except NotFound:
            assert before is None
            return
        assert before is not None
        item = {name: value for name, value in before[0].items() if name not in remove} | changes
        assert updated == item
        self.model[id, at] = item, updated.version

    @rule(id=KEYS, at=SORTS)
    def delete(self, id: str, at: str) -> None:
        self.table.delete(id, at)
        self.model.pop((id, at), None)

    @rule(items=st.dictionaries(st.tuples(KEYS, SORTS), st.none() | ATTRIBUTES, min_size=1, max_size=12))
    def batch(self, items: dict[Place, dict[str, Any] | None]) -> None:
        put = [{**each, "id": id, "at": at} for (id, at), each in items.items() if each is not None]
        self.table.batch(put=put, delete=[place for place, each in items.items() if each is None])
        for place in items:
            self.model.pop(place, None)
        for item in put:
            found = self.driver.get((item["id"], item["at"]))
            ended = item.get("ends", 2e9) <= self.clock()
            assert (found is None) is ended
            self.model[item["id"], item["at"]] = item, found.version if found else "gone"

    @rule(id=KEYS)
    def fill(self, id: str) -> None:
        self.batch({(id, at): {"owner": "o", "rank": "1"} for at in ("1", "10", "2", "é", "z")})

    @rule(seconds=st.sampled_from([1, 20, 100]), purge=st.booleans())
    def wait(self, seconds: int, purge: bool) -> None:
        self.clock.pass_(seconds)
        if purge:
            ended = self.model.keys() - self._alive().keys()
            self.driver.purge()
            for place in ended:
                del self.model[place]

    @rule(id=KEYS, prefix=st.sampled_from(["", "1", "é", "z", "x"]), limit=st.integers(1, 4), reverse=st.booleans())
    def query(self, id: str, prefix: str, limit: int, reverse: bool) -> None:
        expected = [at for key, at in self._alive() if key == id and at.startswith(prefix)]
        expected.sort(key=str.encode, reverse=reverse)
        assert [item["at"] for item in self._pages(id, None, prefix, limit, reverse)] == expected

    @rule(
        owner=st.sampled_from("op"), index=st.sampled_from(["by", "of"]), limit=st.integers(1, 4), reverse=st.booleans()
    )
    def query_index(self, owner: str, index: str, limit: int, reverse: bool) -> None:
        names = DESCRIBED["indexes"][index]  # type: ignore[index]
        items = [item for item, _ in self._alive().values() if item.get("owner") == owner]
        items = [item for item in items if all(isinstance(item.get(name), str) and item[name] for name in names)]
        found = self._pages(owner, index, "", limit, reverse)
        assert sorted((item["id"], item["at"]) for item in found) == sorted((item["id"], item["at"]) for item in items)
        if index == "by":
            ranks = [item["rank"] for item in found]
            assert ranks == sorted(ranks, key=str.encode, reverse=reverse)

    @rule()
    def follow(self) -> None:
        for message in self.lane.receive(1000):
            change = json.loads(message.body)
            place = change["key"]["id"], change["key"]["at"]
            assert change["kind"] == (
                "insert" if change["old"] is None else "delete" if change["new"] is None else "update"
            )
            assert self.copy.pop(place, None) == change["old"]
            if change["new"] is not None:
                self.copy[place] = change["new"]
            self.lane.delete(message.receipt)

    @precondition(lambda self: hasattr(self, "table"))
    @invariant()
    def all_that_is_there(self) -> None:
        alive = self._alive()
        assert {(each.item["id"], each.item["at"]): (each.item, each.version) for each in self.driver.scan()} == alive
        if not self.lane.counts().all:  # whoever follows the changes has what is in the table, the ended ones too
            self.driver.purge()
            self.follow()
            self.model = alive
            assert self.copy == {place: item for place, (item, _) in alive.items()}

    def _alive(self) -> dict[Place, tuple[dict[str, Any], str]]:
        now = self.clock()
        return {place: known for place, known in self.model.items() if known[0].get("ends", now + 1) > now}

    def _pages(self, key: str, index: str | None, prefix: str, limit: int, reverse: bool) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        cursor = None
        for _ in range(50):
            page = self.table.query(key, index=index, begins_with=prefix, limit=limit, cursor=cursor, reverse=reverse)
            found += page
            cursor = page.cursor
            if cursor is None:
                return found
        raise AssertionError("pages without an end")


TestTables = Tables.TestCase
TestTables.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
