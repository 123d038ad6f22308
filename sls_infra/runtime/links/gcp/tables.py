"""Tables in Firestore: a database each. Reads are consistent, those of an index too."""

from __future__ import annotations

from ...errors import Conflict, NotFound, Throttled, TooLarge
from ..limits import MAX_ITEM
from . import documents
from .errors import translated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, TypeVar

    from ..drivers import Key, Stored, Value

    T = TypeVar("T")

ATTEMPTS = 8
"""Transactions that are tried where another one came between."""
TIMEOUT = 10.0
"""Seconds of one call."""
MANY = 100
"""Writes of one commit, of at most `BYTES`: a request has at most 10 MiB (cloud.google.com/firestore/quotas)."""
BYTES = 3_000_000
LEAST_READ = 25
"""Items to read at once, at the least, where some of them may have expired."""

_clients: dict[str, Any] = {}


def client(database: str) -> Any:
    """The client of `projects/<project>/databases/<database>`, one for the process: threads share it."""
    found = _clients.get(database)
    if found is None:
        from google.cloud.firestore import Client

        _, project, _, name = database.split("/")
        with translated("the client of Firestore"):
            found = _clients.setdefault(database, Client(project=project, database=name))
    return found


class Table:
    """A collection of a database of its own."""

    def __init__(self, name: str, address: Mapping[str, str], described: Mapping[str, Any]) -> None:
        self._what = f'table "{name}"'
        self._address = address
        self._described = described
        self._ttl: str | None = described.get("ttl")
        self._sort: str | None = described.get("sort_key")
        self._own = (described["key"],) if self._sort is None else (described["key"], self._sort)

    def get(self, key: Key) -> Stored | None:
        """As `drivers.Table.get`."""
        with translated(self._what):
            return self._alive(self._document(key).get(timeout=TIMEOUT))

    def put(self, item: Mapping[str, Value], if_absent: bool, if_version: str | None) -> str:
        """As `drivers.Table.put`."""
        wanted = documents.fields(item, self._described)
        document = self._document(documents.key_of(item, self._own))
        if not if_absent and if_version is None:
            with translated(self._what):
                document.set(wanted, timeout=TIMEOUT)
            return str(wanted["version"])

        def write(found: Stored | None, transaction: Any) -> str:
            if if_absent and found is not None:
                raise Conflict(f"{self._what}: there is an item of that key")
            self._expect(found, if_version)
            transaction.set(document, wanted)
            return str(wanted["version"])

        return self._transaction(document, write)

    def update(self, key: Key, changes: Mapping[str, Value], remove: Sequence[str], if_version: str | None) -> Stored:
        """As `drivers.Table.update`."""
        document = self._document(key)

        def write(found: Stored | None, transaction: Any) -> Stored:
            if found is None:
                raise NotFound(f"{self._what}: there is no such item")
            self._expect(found, if_version)
            kept = {name: value for name, value in found.item.items() if name not in remove}
            wanted = documents.fields({**kept, **changes}, self._described)
            if len(wanted["item"].encode()) > MAX_ITEM:
                raise TooLarge(f"{self._what}: the item would have over {MAX_ITEM} bytes as JSON")
            transaction.set(document, wanted)
            return documents.stored(wanted)

        return self._transaction(document, write)

    def delete(self, key: Key, if_version: str | None) -> None:
        """As `drivers.Table.delete`."""
        document = self._document(key)
        if if_version is None:
            with translated(self._what):
                document.delete(timeout=TIMEOUT)
            return

        def remove(found: Stored | None, transaction: Any) -> None:
            self._expect(found, if_version)
            transaction.delete(document)

        self._transaction(document, remove)

    def query(
        self, key: str, index: str | None, begins_with: str, limit: int, cursor: Mapping[str, Any] | None, reverse: bool
    ) -> tuple[list[Stored], Mapping[str, Any] | None]:
        """As `drivers.Table.query`. It reads on until it has `limit` items that have not expired, or all."""
        keys = self._own if index is None else tuple(self._described["indexes"][index])
        if begins_with and len(keys) < 2:
            raise ValueError(f"{self._what}: begins_with is of a sort key, and there is none")
        if index is None and self._sort is None:
            found = self.get((key, None))
            return ([found], None) if found is not None and cursor is None else ([], None)
        fields = ("key", "sort") if index is None else _fields_of(keys)
        step = limit + 1 if self._ttl is None else max(limit + 1, LEAST_READ)
        place = None if cursor is None else self._place(cursor, fields)
        found_all: list[tuple[Stored, Mapping[str, Any]]] = []
        while len(found_all) <= limit:  # one more than asked for tells whether there are more
            query = self._ordered(key, fields, begins_with, place, reverse, is_own=index is None)
            with translated(self._what):
                snapshots = list(query.limit(step).stream(timeout=TIMEOUT))
            alive = ((self._alive(snapshot), _place_of(snapshot, fields)) for snapshot in snapshots)
            found_all += [(item, at) for item, at in alive if item is not None]
            if len(snapshots) < step:
                break
            place = _place_of(snapshots[-1], fields)
        items = [item for item, _ in found_all[:limit]]
        return items, found_all[limit - 1][1] if len(found_all) > limit else None

    def write(self, put: Sequence[Mapping[str, Value]], delete: Sequence[Key]) -> None:
        """As `drivers.Table.write`."""
        batch, count, size = self._client().batch(), 0, 0
        for wanted in [documents.fields(item, self._described) for item in put]:
            length = len(wanted["item"].encode())
            if count >= MANY or size + length > BYTES:
                self._commit(batch)
                batch, count, size = self._client().batch(), 0, 0
            batch.set(self._document((wanted["key"], wanted.get("sort"))), wanted)
            count, size = count + 1, size + length
        for key in delete:
            if count >= MANY:
                self._commit(batch)
                batch, count = self._client().batch(), 0
            batch.delete(self._document(key))
            count += 1
        if count:
            self._commit(batch)

    def _client(self) -> Any:
        return client(self._address["database"])

    def _collection(self) -> Any:
        return self._client().collection(self._address["collection"])

    def _document(self, key: Key) -> Any:
        return self._collection().document(documents.document_id(key))

    def _commit(self, batch: Any) -> None:
        with translated(self._what):
            batch.commit(timeout=TIMEOUT)

    def _alive(self, snapshot: Any) -> Stored | None:
        known = snapshot.to_dict() if snapshot.exists else None
        found = documents.stored(known) if known else None
        return None if found is None or documents.has_expired(found.item, self._ttl) else found

    def _expect(self, found: Stored | None, version: str | None) -> None:
        if version is not None and (found is None or found.version != version):
            raise Conflict(f"{self._what}: the item is of another version, or not there")

    def _transaction(self, document: Any, write: Callable[[Stored | None, Any], T]) -> T:
        """What `write` gives for the item as it is, once nobody else has written it meanwhile."""
        from google.cloud.firestore import transactional

        def attempt(transaction: Any) -> T:
            return write(self._alive(document.get(transaction=transaction, timeout=TIMEOUT)), transaction)

        with translated(self._what):
            try:
                done: T = transactional(attempt)(self._client().transaction(max_attempts=ATTEMPTS))
            except ValueError as error:
                if "Failed to commit transaction" not in str(error):
                    raise
                raise Throttled(f"{self._what}: too many write this item at once") from None
        return done

    def _ordered(
        self,
        key: str,
        fields: tuple[str, str | None],
        begins_with: str,
        place: Mapping[str, Any] | None,
        reverse: bool,
        *,
        is_own: bool,
    ) -> Any:
        """The query, from a place on. Sort keys of the table itself differ; those of an index need not, and what has
        the same one is told apart, and ordered, by its id."""
        from google.cloud.firestore import FieldFilter, Query

        direction = Query.DESCENDING if reverse else Query.ASCENDING
        key_field, sort_field = fields
        query = self._collection().where(filter=FieldFilter(key_field, "==", key))
        if sort_field is not None:
            if begins_with:
                query = query.where(filter=FieldFilter(sort_field, ">=", begins_with))
                if (end := documents.following(begins_with)) is not None:
                    query = query.where(filter=FieldFilter(sort_field, "<", end))
            query = query.order_by(sort_field, direction=direction)
        if is_own:
            return query.where(filter=FieldFilter("sort", "<" if reverse else ">", place["sort"])) if place else query
        query = query.order_by("__name__", direction=direction)
        if place is None:
            return query
        after = {} if sort_field is None else {sort_field: place["sort"]}
        return query.start_after({**after, "__name__": self._collection().document(place["id"])})

    def _place(self, cursor: Mapping[str, Any], fields: tuple[str, str | None]) -> Mapping[str, Any]:
        names = {"id"} if fields[1] is None else {"id", "sort"}
        if cursor.keys() != names or not all(isinstance(value, str) and value for value in cursor.values()):
            raise ValueError(f"{self._what}: the cursor is of another query")
        if "/" in cursor["id"]:
            raise ValueError(f"{self._what}: the cursor is damaged")
        return cursor


def _place_of(snapshot: Any, fields: tuple[str, str | None]) -> Mapping[str, Any]:
    known = {"id": snapshot.id}
    return known if fields[1] is None else {**known, "sort": snapshot.get(fields[1])}


def _fields_of(keys: Sequence[str]) -> tuple[str, str | None]:
    fields = [documents.indexed(name) for name in keys]
    return fields[0], fields[1] if len(fields) > 1 else None
