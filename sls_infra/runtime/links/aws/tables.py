"""Tables on DynamoDB.

Reads are consistent, but for those of an index, which DynamoDB has not (docs.aws.amazon.com/amazondynamodb/latest/
developerguide/HowItWorks.ReadConsistency.html): an index may lag behind its table, mostly for less than a second. An
item's version is an attribute of its own, `_version`, which each write sets anew: one that another program writes
without it has the version "".

DynamoDB refuses an item whose attribute is an index's key, and no text, an empty one or a long one. Such items are
merely not in that index, as everywhere: the attribute is stored by another name.
"""

from __future__ import annotations

from os import urandom
from time import sleep

from ...errors import Conflict, NotFound, Throttled
from ..drivers import Stored
from .clients import client, translated
from .expressions import Expressions
from .values import UNINDEXED, VERSION, decoded, decoded_item, encoded_item

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from ..drivers import Key, Value

MANY = 25
"""Writes in one call of BatchWriteItem."""
ROUNDS = 8
"""Calls of BatchWriteItem for one batch, with pauses that double in between: 6 s in all, before it is Throttled."""
PAUSE = 0.05
"""Seconds before the second."""
LEAST_READ = 25
"""Items to read at once, at the least, where some of them may have expired."""


class Table:
    """A table, by its ARN or name."""

    def __init__(self, name: str, address: str, described: Mapping[str, Any]) -> None:
        self._what = f'table "{name}"'
        self._table = address
        self._key: str = described["key"]
        self._sort: str | None = described.get("sort_key")
        self._ttl: str | None = described.get("ttl")
        self._indexes: Mapping[str, Sequence[str]] = described.get("indexes") or {}
        self._bounds = _bounds(self._indexes.values())
        self._own = (self._key,) if self._sort is None else (self._key, self._sort)

    def get(self, key: Key) -> Stored | None:
        """As `drivers.Table.get`."""
        with translated(self._what):
            answer = self._client().get_item(TableName=self._table, Key=self._key_of(key), ConsistentRead=True)
        found = answer.get("Item")
        return self._stored(found) if found and not self._has_expired(found) else None

    def put(self, item: Mapping[str, Value], if_absent: bool, if_version: str | None) -> str:
        """As `drivers.Table.put`."""
        asked = self._asked()
        condition = asked.absent() if if_absent else asked.version(if_version) if if_version is not None else ""
        version = _version()
        given = {**self._encoded(item), VERSION: {"S": version}}
        dynamodb = self._client()
        with translated(self._what):
            try:
                dynamodb.put_item(
                    TableName=self._table,
                    Item=given,
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                    **asked.arguments(ConditionExpression=condition),
                )
            except dynamodb.exceptions.ConditionalCheckFailedException as error:
                if not _is_own(error.response.get("Item"), version):
                    raise
        return version

    def update(self, key: Key, changes: Mapping[str, Value], remove: Sequence[str], if_version: str | None) -> Stored:
        """As `drivers.Table.update`."""
        asked = self._asked()
        condition = asked.present() if if_version is None else asked.version(if_version)
        changed = self._stored_by(changes)
        gone = dict.fromkeys(name for name in self._names((*changes, *remove)) if name not in changed)
        version = changed[VERSION] = _version()
        steps = "SET " + ", ".join(f"{asked.name(name)} = {asked.value(value)}" for name, value in changed.items())
        if gone:
            steps += " REMOVE " + ", ".join(map(asked.name, gone))
        dynamodb = self._client()
        with translated(self._what):
            try:
                answer = dynamodb.update_item(
                    TableName=self._table,
                    Key=self._key_of(key),
                    ReturnValues="ALL_NEW",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                    **asked.arguments(UpdateExpression=steps, ConditionExpression=condition),
                )
            except dynamodb.exceptions.ConditionalCheckFailedException as error:
                found = error.response.get("Item")
                if _is_own(found, version):
                    return self._stored(found)
                if found and not self._has_expired(found):
                    raise Conflict(f"{self._what}: the item is of another version") from None
                raise NotFound(f"{self._what}: there is no such item") from None
        return self._stored(answer["Attributes"])

    def delete(self, key: Key, if_version: str | None) -> None:
        """As `drivers.Table.delete`."""
        asked = self._asked()
        condition = "" if if_version is None else asked.version(if_version)
        with translated(self._what):
            self._client().delete_item(
                TableName=self._table, Key=self._key_of(key), **asked.arguments(ConditionExpression=condition)
            )

    def query(
        self, key: str, index: str | None, begins_with: str, limit: int, cursor: Mapping[str, Any] | None, reverse: bool
    ) -> tuple[list[Stored], Mapping[str, Any] | None]:
        """As `drivers.Table.query`. It reads on until it has `limit` items that have not expired, or all."""
        keys = self._own if index is None else tuple(self._indexes[index])
        asked = self._asked()
        condition = f"{asked.name(keys[0])} = {asked.value(key)}"
        if begins_with:
            if len(keys) < 2:
                raise ValueError(f"{self._what}: begins_with is of a sort key, and there is none")
            condition += f" AND begins_with({asked.name(keys[1])}, {asked.value(begins_with)})"
        given = asked.arguments(KeyConditionExpression=condition, FilterExpression=asked.alive())
        if index is not None:
            given["IndexName"] = index
        start = None if cursor is None else self._start(cursor, keys)
        found: list[dict[str, Any]] = []
        while len(found) <= limit:  # one more than asked for tells whether there are more
            if start is not None:
                given["ExclusiveStartKey"] = start
            wanted = limit + 1 - len(found)
            with translated(self._what):
                page = self._client().query(
                    TableName=self._table,
                    ConsistentRead=index is None,
                    ScanIndexForward=not reverse,
                    Limit=wanted if self._ttl is None else max(wanted, LEAST_READ),
                    **given,
                )
            found += page["Items"]
            start = page.get("LastEvaluatedKey")
            if not start:
                break
        items = [self._stored(each) for each in found[:limit]]
        if len(found) <= limit:
            return items, None
        last = found[limit - 1]
        return items, {name: decoded(last[name]) for name in dict.fromkeys((*self._own, *keys))}

    def write(self, put: Sequence[Mapping[str, Value]], delete: Sequence[Key]) -> None:
        """As `drivers.Table.write`."""
        puts = [{"PutRequest": {"Item": {**self._encoded(item), VERSION: {"S": _version()}}}} for item in put]
        waiting: list[Any] = [*puts, *({"DeleteRequest": {"Key": self._key_of(key)}} for key in delete)]
        pause, left = PAUSE, ROUNDS
        while waiting:
            now, waiting = waiting[:MANY], waiting[MANY:]
            with translated(self._what):
                answer = self._client().batch_write_item(RequestItems={self._table: now})
            undone = [each for requests in (answer.get("UnprocessedItems") or {}).values() for each in requests]
            waiting += undone
            if len(undone) < len(now):
                pause, left = PAUSE, ROUNDS
            if undone:
                left -= 1
                if not left:
                    raise Throttled(f"{self._what}: {len(waiting)} of the batch's writes are left undone")
                sleep(pause)
                pause *= 2

    def _client(self) -> Any:
        return client("dynamodb", self._table)

    def _asked(self) -> Expressions:
        return Expressions(self._key, self._ttl)

    def _key_of(self, key: Key) -> dict[str, Any]:
        return {name: {"S": value} for name, value in zip(self._own, key, strict=False)}

    def _encoded(self, item: Mapping[str, Value]) -> dict[str, Any]:
        return encoded_item(self._stored_by(item))

    def _stored_by(self, item: Mapping[str, Value]) -> dict[str, Value]:
        """The attributes by the names that they are stored by."""
        return {name if self._is_indexable(name, value) else UNINDEXED + name: value for name, value in item.items()}

    def _is_indexable(self, name: str, value: Value) -> bool:
        bound = self._bounds.get(name)
        return bound is None or (isinstance(value, str) and 0 < len(value.encode()) <= bound)

    def _names(self, attributes: Iterable[str]) -> Iterator[str]:
        """All names that they may be stored by."""
        for name in attributes:
            yield name
            if name in self._bounds:
                yield UNINDEXED + name

    def _start(self, cursor: Mapping[str, Any], keys: Sequence[str]) -> dict[str, Any]:
        names = dict.fromkeys((*self._own, *keys))
        if cursor.keys() != names.keys() or not all(isinstance(value, str) and value for value in cursor.values()):
            raise ValueError(f"{self._what}: the cursor is of another query")
        return encoded_item({name: cursor[name] for name in names})

    def _stored(self, found: Mapping[str, Any]) -> Stored:
        return Stored(decoded_item(found), decoded(found.get(VERSION, {"S": ""})))

    def _has_expired(self, found: Mapping[str, Any]) -> bool:
        from time import time

        ends = decoded(found[self._ttl]) if self._ttl is not None and self._ttl in found else None
        return isinstance(ends, (int, float)) and not isinstance(ends, bool) and ends <= time()


def _is_own(found: Mapping[str, Any] | None, version: str) -> bool:
    """Whether it is this very write that its condition fails at: botocore sent it again, as its answer was lost."""
    return found is not None and found.get(VERSION) == {"S": version}


def _bounds(indexes: Iterable[Sequence[str]]) -> dict[str, int]:
    """Attributes that are keys of indexes → the bytes that such a key may have (docs.aws.amazon.com/amazondynamodb/
    latest/developerguide/Constraints.html)."""
    found: dict[str, int] = {}
    for keys in indexes:
        for name, most in zip(keys, (2048, 1024), strict=False):
            found[name] = min(most, found.get(name, most))
    return found


def _version() -> str:
    return urandom(8).hex()
