"""A table, as handlers reach it: `links.table("orders").get("7")`."""

from __future__ import annotations

from . import cursors, limits
from .rights import Rights

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from . import drivers


class Item(dict[str, "Any"]):
    """An item: a dict, and the `version` it was read in."""

    __slots__ = ("version",)

    def __init__(self, content: Mapping[str, Any], version: str) -> None:
        super().__init__(content)
        self.version = version
        """Text that changes with every write of the item, for `if_version`."""


class Page(list[Item]):
    """Items in order, and the `cursor` by which the next page is asked for."""

    __slots__ = ("cursor",)

    def __init__(self, items: Iterable[Item], cursor: str | None) -> None:
        super().__init__(items)
        self.cursor = cursor
        """Text that a URL can hold as it is; None: this is the last page. A page with a cursor may hold fewer items
        than its limit, or none."""


class Table:
    """A table of items, known by a key and, where the spec names one, a sort key. For any number of threads.

    Items are what JSON can say: at most 400,000 bytes of it, nested at most 16 deep, integers within 2^53, finite
    floats; no attribute is called `_version`, or starts with `_unindexed:`. Keys are text of 1 to 1024 bytes in UTF-8.
    What has outlived its time (`ttl`, seconds since 1970 in an int) is not there. Reads by key see every write that has
    ended; those by an index may be some seconds behind.

    Values that can't be kept raise TypeError, ValueError or TooLarge before anything is sent. Every method raises
    NotLinked where the link does not give its right, NotFound where the table is gone, Throttled and ServiceError.
    """

    def __init__(self, driver: drivers.Table, name: str, described: Mapping[str, Any]) -> None:
        self.name = name
        """Its name in the spec."""
        self.key: str = described.get("key") or "id"
        """The attribute that is the key."""
        self.sort_key: str | None = described.get("sort_key")
        """The attribute that orders the items of one key; None: a key has one item."""
        self.ttl: str | None = described.get("ttl")
        """The attribute that says when an item ends."""
        self.indexes: Mapping[str, tuple[str, ...]] = {
            index: tuple(keys) for index, keys in (described.get("indexes") or {}).items()
        }
        """Name → (key,) or (key, sort key)."""
        self._driver = driver
        self._rights = Rights("table", name, described)

    def get(self, key: str, sort: str | None = None) -> Item | None:
        """The item; None where there is none. `sort`: its sort key, where the table has one. Needs `read()`."""
        self._rights.need("r")
        found = self._driver.get(self._key(key, sort))
        return None if found is None else Item(*found)

    def put(self, item: Mapping[str, Any], *, if_absent: bool = False, if_version: str | None = None) -> str:
        """Writes a whole item, over one of its key that may be there; returns its version. Needs `write()`.

        `if_absent`: raises Conflict where one of its key is there. `if_version`: raises Conflict where what is there is
        of another version, or nothing is. ValueError where both are given, or the item lacks its key.
        """
        self._rights.need("w")
        if if_absent and if_version is not None:
            raise ValueError("an item can't be both absent and of a version: give if_absent or if_version")
        return self._driver.put(self._item(item), bool(if_absent), _version(if_version))

    def update(
        self,
        key: str,
        changes: Mapping[str, Any],
        sort: str | None = None,
        *,
        remove: Iterable[str] = (),
        if_version: str | None = None,
    ) -> Item:
        """Sets attributes of an item that is there, and removes some, at once; returns the item as it then is. Needs
        `write()`.

        `changes`: attribute → new value, whole; `remove`: names of attributes, which may be missing. Raises NotFound
        where there is no such item, Conflict where it is not of `if_version`, ValueError for a key's attribute, one
        that is both set and removed, nothing to do, or more than 200 attributes: put the whole item then.
        """
        self._rights.need("w")
        where = self._key(key, sort)
        changed, removed = limits.item(changes, f"changes of {self._what}"), _names(remove)
        if not changed and not removed:
            raise ValueError(f"there is nothing to change in an item of {self._what}")
        limits.free(removed, f"changes of {self._what}")
        if len(changed) + len(removed) > limits.MAX_CHANGES:
            raise ValueError(
                f"an update of {self._what} changes {len(changed) + len(removed)} attributes, over"
                f" {limits.MAX_CHANGES}: put the whole item"
            )
        for name in (*changed, *removed):
            if name in (self.key, self.sort_key):
                raise ValueError(f"{name!r} is a key of {self._what}, which can't be changed: put another item")
        limits.once([*changed, *removed], f"changes of {self._what}")
        self._check_ttl(changed)
        return Item(*self._driver.update(where, changed, removed, _version(if_version)))

    def delete(self, key: str, sort: str | None = None, *, if_version: str | None = None) -> None:
        """Removes an item; nothing happens where there is none. Needs `write()`. `if_version`: raises Conflict where
        what is there is of another version, or nothing is."""
        self._rights.need("w")
        self._driver.delete(self._key(key, sort), _version(if_version))

    def query(
        self,
        key: str,
        *,
        index: str | None = None,
        begins_with: str = "",
        limit: int = 100,
        cursor: str | None = None,
        reverse: bool = False,
    ) -> Page:
        """The items of one key, by their sort key in the order of its UTF-8 bytes, a page at a time. Needs `read()`.

        `index`: by that index's key and order instead; an item is in it when it has all the index's attributes, as
        text. `begins_with`: only those whose sort key starts with it; `limit`: 1 to 1000 items a page; `cursor`: the
        last page's, for the next one, with all else the same; `reverse`: from the end. Raises ValueError for a cursor
        that is none of this query, and for an index or sort key that the table does not have.
        """
        self._rights.need("r")
        limits.key(key, f"a key of {self._what}")
        limits.whole(limit, 1, limits.MAX_PAGE, "the limit of a page")
        if begins_with:
            limits.key(begins_with, f"what a sort key of {self._what} begins with")
            if self._order(index) is None:
                raise ValueError(
                    f"{self._what} has no sort key {f'in the index {index!r} ' if index else ''}to begin so"
                )
        self._order(index)
        query = [self.name, key, index, begins_with, bool(reverse)]
        start = None if cursor is None else cursors.read(cursor, query)
        found, following = self._driver.query(key, index, begins_with, limit, start, bool(reverse))
        return Page((Item(*each) for each in found), None if following is None else cursors.written(following, query))

    def batch(self, put: Iterable[Mapping[str, Any]] = (), delete: Iterable[str | tuple[str, str]] = ()) -> None:
        """Writes and removes many items, in no order and not all at once: after an error some may be done and some not,
        and doing it again is safe. Needs `write()`.

        `delete`: keys, or (key, sort key) where the table has one. Raises ValueError where a key comes twice,
        Throttled where some were left undone.
        """
        self._rights.need("w")
        items = [self._item(item) for item in put]
        keys = [self._key(*each) if isinstance(each, tuple) else self._key(each, None) for each in delete]
        limits.once([*map(self._key_of, items), *keys], f"a batch for {self._what}")
        if items or keys:
            self._driver.write(items, keys)

    def need(self, rights: str) -> None:
        """Raises NotLinked where the link does not give these rights: "r", "w" or "rw"."""
        self._rights.need(rights)

    @property
    def _what(self) -> str:
        return f'the table "{self.name}"'

    def _key(self, key: str, sort: str | None) -> drivers.Key:
        limits.key(key, f"a key ({self.key}) of {self._what}")
        if self.sort_key is None:
            if sort is not None:
                raise ValueError(f"{self._what} has no sort key, and {sort!r} was given"[:300])
        elif sort is None:
            raise ValueError(f"{self._what} has a sort key, {self.sort_key}, which is missing")
        else:
            limits.key(sort, f"a sort key ({self.sort_key}) of {self._what}")
        return key, sort

    def _key_of(self, item: Mapping[str, Any]) -> drivers.Key:
        return item[self.key], None if self.sort_key is None else item[self.sort_key]

    def _item(self, item: Mapping[str, Any]) -> dict[str, Any]:
        copied = limits.item(item, f"an item of {self._what}")
        for name in (self.key, self.sort_key):
            if name is not None and name not in copied:
                raise ValueError(f"an item of {self._what} lacks its key: {name!r}")
        self._key(*self._key_of(copied))
        self._check_ttl(copied)
        return copied

    def _check_ttl(self, values: Mapping[str, Any]) -> None:
        if self.ttl is None or self.ttl not in values:
            return
        value = values[self.ttl]
        if not isinstance(value, int) or isinstance(value, bool):
            raise TypeError(f"{self.ttl!r} of {self._what} is seconds since 1970, an int, not {value!r}"[:300])

    def _order(self, index: str | None) -> str | None:
        """What the items of one key are ordered by."""
        if index is None:
            return self.sort_key
        if index not in self.indexes:
            has = ", ".join(self.indexes) or "none"
            raise ValueError(f"{self._what} has no index {index!r}: it has {has}")
        return self.indexes[index][1] if len(self.indexes[index]) > 1 else None


def _version(value: str | None) -> str | None:
    if value is not None and not isinstance(value, str):
        raise TypeError(f"a version is text, as put and get give it, not {type(value).__qualname__}")
    return value


def _names(names: Iterable[str]) -> list[str]:
    found = [names] if isinstance(names, str) else list(names)
    for name in found:
        if not isinstance(name, str):
            raise TypeError(f"the name of an attribute is text, not {type(name).__qualname__}")
    return found
