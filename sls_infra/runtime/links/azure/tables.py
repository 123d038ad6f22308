"""Tables on Azure: containers of Cosmos DB (NoSQL), one document an item (see `documents`).

Reads are as consistent as the account is, whose default is to be Strong: at Session a function's instance sees its own
writes, and others' a moment later. The change feed, and so `OnChange`, tells of neither deletes nor expiry.
"""

from __future__ import annotations

from json import dumps
from random import uniform
from time import sleep, time

from ...errors import Conflict, NotFound, Throttled, TooLarge
from ..drivers import Stored
from ..limits import MAX_ITEM
from . import clients
from .documents import Layout, hexadecimal, identity, is_live
from .failures import status, told

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from ..drivers import Key

ATTEMPTS = 12
"""So often an item that others write meanwhile is read and written again, before it is Throttled."""
PAUSE = 0.05
"""Seconds between two of those, at the most."""
ETAG = frozenset('"-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ')
AT_ONCE = 8
"""Calls at a time, of many writes: Cosmos DB's transactions take those of one key alone."""


class Table:
    """One container. Its items are written whole: what updates them reads first, and writes what it has read alone (a
    patch takes ten changes at the most, and none of them sees what the indexes and the time to live follow from)."""

    def __init__(self, name: str, address: Mapping[str, str], described: Mapping[str, Any]) -> None:
        self._what = f'table "{name}"'
        self._address = address
        self._layout = Layout(described)
        self._is_there = False
        """Whether the container has been seen: a 404 may mean that it is missing itself."""

    @property
    def _container(self) -> Any:
        address = self._address
        return (
            clients.cosmos(address["endpoint"])
            .get_database_client(address["database"])
            .get_container_client(address["container"])
        )

    def get(self, key: Key) -> Stored | None:
        document = self._live(key)
        return None if document is None else _stored(document)

    def put(self, item: Mapping[str, Any], if_absent: bool, if_version: str | None) -> str:
        document = self._layout.document(item, time())
        if if_absent:
            return self._create(document, self._layout.key_of(item))
        if if_version is not None:
            self._expect(self._layout.key_of(item), if_version)
            written = self._replace(document, if_version)
            if written is None:
                raise self._changed()
            return str(written["_etag"])
        with told(self._what):
            return str(self._container.upsert_item(document)["_etag"])

    def update(self, key: Key, changes: Mapping[str, Any], remove: Sequence[str], if_version: str | None) -> Stored:
        for _ in range(ATTEMPTS):
            document = self._live(key)
            if document is None:
                raise NotFound(f"{self._what}: there is no item of that key")
            if if_version not in (None, document["_etag"]):
                break
            item = {name: value for name, value in {**document["item"], **changes}.items() if name not in remove}
            self._check_size(item)
            written = self._replace(self._layout.document(item, time()), document["_etag"])
            if written is not None:
                return _stored(written)
            if if_version is not None:
                break
            sleep(uniform(0, PAUSE))  # noqa: S311  # so that writers that met once don't meet again
        else:
            raise Throttled(f"{self._what}: others write the item all the time")
        raise self._changed()

    def delete(self, key: Key, if_version: str | None) -> None:
        from azure.core import MatchConditions
        from azure.core.exceptions import AzureError

        only: dict[str, Any] = {}
        if if_version is not None:
            self._expect(key, if_version)
            only = {"etag": if_version, "match_condition": MatchConditions.IfNotModified}
        with told(self._what):
            try:
                self._container.delete_item(identity(key), partition_key=key[0], **only)
            except AzureError as error:
                if status(error) not in (404, 412):
                    raise
                self._see()
                if if_version is not None:
                    raise self._changed() from error

    def query(
        self, key: str, index: str | None, begins_with: str, limit: int, cursor: Mapping[str, Any] | None, reverse: bool
    ) -> tuple[list[Stored], Mapping[str, Any] | None]:
        place = "c" if index is None else f'c["indexes"][{dumps(index)}]'
        after = None if cursor is None else cursor.get("after")
        if cursor is not None and not isinstance(after, str):
            raise ValueError("the cursor is none of this table's")
        text = _sql(place, limit + 1, after is not None, bool(begins_with), reverse)
        values = {"@key": key, "@now": time(), "@prefix": hexadecimal(begins_with), "@after": after}
        parameters = [{"name": name, "value": value} for name, value in values.items() if name in text]
        scope: dict[str, Any] = {"partition_key": key} if index is None else {"enable_cross_partition_query": True}
        with told(self._what):
            found = list(self._container.query_items(text, parameters, max_item_count=limit + 1, **scope))
        page = found[:limit]
        if len(found) <= limit:
            return [_stored(document) for document in page], None
        last = page[-1] if index is None else page[-1]["indexes"][index]
        return [_stored(document) for document in page], {"after": last["sort"]}

    def write(self, put: Sequence[Mapping[str, Any]], delete: Sequence[Key]) -> None:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(AT_ONCE) as pool:
            puts = [pool.submit(self.put, item, False, None) for item in put]
            deletes = [pool.submit(self.delete, key, None) for key in delete]
        for written in puts:
            written.result()
        for deleted in deletes:
            deleted.result()

    def _live(self, key: Key) -> dict[str, Any] | None:
        """The document, unless it is not there or has expired."""
        document = self._read(key)
        return document if document is not None and is_live(document, time()) else None

    def _read(self, key: Key) -> dict[str, Any] | None:
        from azure.core.exceptions import AzureError

        with told(self._what):
            try:
                document: dict[str, Any] = self._container.read_item(identity(key), partition_key=key[0])
            except AzureError as error:
                if status(error) != 404:
                    raise
                self._see()
                return None
        return document

    def _see(self) -> None:
        """Raises the library's error where the container is not there, asked for once."""
        if not self._is_there:
            self._container.read()
            self._is_there = True

    def _create(self, document: dict[str, Any], key: Key) -> str:
        """Writes one that must not be there; one that has expired, and not been removed yet, is replaced."""
        from azure.core.exceptions import AzureError

        with told(self._what):
            try:
                return str(self._container.create_item(document)["_etag"])
            except AzureError as error:
                if status(error) != 409:
                    raise
        lying = self._read(key)
        if lying is not None and not is_live(lying, time()):
            written = self._replace(document, lying["_etag"])
            if written is not None:
                return str(written["_etag"])
        raise Conflict(f"{self._what}: there is an item of that key")

    def _replace(self, document: dict[str, Any], version: str) -> dict[str, Any] | None:
        """The document as it was written over that version; None where there is another, or none."""
        from azure.core import MatchConditions
        from azure.core.exceptions import AzureError

        with told(self._what):
            try:
                written: dict[str, Any] = self._container.replace_item(
                    document["id"], document, etag=version, match_condition=MatchConditions.IfNotModified
                )
            except AzureError as error:
                if status(error) not in (404, 412):
                    raise
                return None
        return written

    def _check_size(self, item: Mapping[str, Any]) -> None:
        """Raises TooLarge where an item has grown over the limit that holds everywhere: the service takes more."""
        size = len(dumps(item, ensure_ascii=False, separators=(",", ":")).encode())
        if size > MAX_ITEM:
            raise TooLarge(f"{self._what}: the item would have {size} bytes as JSON, over {MAX_ITEM}")

    def _expect(self, key: Key, version: str) -> None:
        """Raises Conflict where the item has expired, which the service may not have noticed, or is another already.
        What is no ETag never goes into a header: "*" would be true of any."""
        if not set(version) <= ETAG or not version.strip('"'):
            raise self._changed()
        if self._layout.ttl is not None:
            document = self._live(key)
            if document is None or document["_etag"] != version:
                raise self._changed()

    def _changed(self) -> Conflict:
        return Conflict(f"{self._what}: the item is not there any more, or not of that version")


def _stored(document: Mapping[str, Any]) -> Stored:
    return Stored(document["item"], document["_etag"])


def _sql(place: str, count: int, goes_on: bool, has_prefix: bool, reverse: bool) -> str:
    """The query, in a partition or through an index."""
    conditions = [f'{place}["key"] = @key', '(NOT IS_DEFINED(c["expires"]) OR c["expires"] > @now)']
    if has_prefix:
        conditions.append(f'STARTSWITH({place}["sort"], @prefix)')
    if goes_on:
        conditions.append(f'{place}["sort"] {"<" if reverse else ">"} @after')
    order = f'{place}["sort"] {"DESC" if reverse else "ASC"}'
    return f"SELECT TOP {count} * FROM c WHERE {' AND '.join(conditions)} ORDER BY {order}"  # noqa: S608  # parameters
