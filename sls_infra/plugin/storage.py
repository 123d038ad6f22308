"""`sls:local:Queue`, `Topic`, `Bucket` and `Table`: what keeps messages, objects and items on this machine.

Inputs: `root` (folder of all local state, absolute), `name`, and of a queue `fifo` and `retention` (seconds), of a
bucket `versioned` and `expireAfter` (days), of a table `key`, `sortKey`, `ttl` and `indexes`. Output: `ref`, the path
of its folder, which functions, gateways and other stacks name it by.

What it holds stays when its settings change. Only where it can't have them (`fifo`, a table's keys) is it made anew,
and what it held is gone; so it is when it is removed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from .control import Control
from .identity import fresh_id
from .kind import Found
from .place import stack_folder
from .values import UNKNOWN, Values, has_unknown, without_none

_SETTINGS: Mapping[str, Mapping[str, str]] = {
    "queue": {"fifo": "fifo", "retention": "retention"},
    "topic": {},
    "bucket": {"name": "name", "versioned": "versioned", "expireAfter": "expire_after"},
    "table": {"key": "key", "sortKey": "sort_key", "ttl": "ttl", "indexes": "indexes"},
}
"""Kind → input → setting of the resource."""
_FIXED: Mapping[str, frozenset[str]] = {
    "queue": frozenset({"fifo"}),
    "topic": frozenset(),
    "bucket": frozenset(),
    "table": frozenset({"key", "sortKey"}),
}
_NEEDED = {"table": ("root", "name", "key")}


class Store(Protocol):
    """The functions of `sls_infra.local.storage`; see there."""

    def keep(self, root: Path, kind: str, id: str, described: Mapping[str, Any], *, urn: str) -> tuple[str, str]: ...
    def find(self, root: Path, kind: str, id: str) -> tuple[str, Mapping[str, Any]] | None: ...
    def drop(self, root: Path, kind: str, id: str) -> None: ...


class StorageKind:
    """Keeps resources of one kind."""

    silent: frozenset[str] = frozenset()

    def __init__(self, kind: str, control: Control, store: Store) -> None:
        """`kind`: "queue", "topic", "bucket" or "table"."""
        self.type = f"sls:local:{kind.capitalize()}"
        self.replaces = frozenset({"root"}) | _FIXED[kind]
        self._kind = kind
        self._control = control
        self._store = store

    def check(self, inputs: Values) -> Iterator[tuple[str, str]]:
        for name in _NEEDED.get(self._kind, ("root", "name")):
            if name not in inputs:
                yield name, "is missing"
        for name in ("retention", "expireAfter"):
            value = inputs.get(name)
            if value is not None and not has_unknown(value) and not (isinstance(value, int | float) and value > 0):
                yield name, f"{value!r} is no time that something is kept for"

    def foreseen(self, inputs: Values, before: tuple[Values, Values] | None) -> Values:
        return {"ref": UNKNOWN if before is None else before[1].get("ref", UNKNOWN)}

    def create(self, urn: str, inputs: Values) -> tuple[str, Values]:
        return self._keep(urn, fresh_id(urn), inputs)

    def read(self, urn: str, id: str, inputs: Values, computed: Values) -> Found | None:
        with stack_folder(self._control, urn, inputs) as root:
            found = self._store.find(root, self._kind, id)
        if found is None:
            return None
        path, settings = found
        known = {name: settings.get(setting) for name, setting in _SETTINGS[self._kind].items()}
        return Found(without_none({**inputs, **known}), {"ref": path})

    def update(self, urn: str, id: str, inputs: Values) -> Values:
        return self._keep(urn, id, inputs)[1]

    def delete(self, urn: str, id: str, inputs: Values) -> None:
        with stack_folder(self._control, urn, inputs) as root:
            self._store.drop(root, self._kind, id)

    def _keep(self, urn: str, id: str, inputs: Values) -> tuple[str, Values]:
        described = {setting: inputs.get(name) for name, setting in _SETTINGS[self._kind].items()}
        with stack_folder(self._control, urn, inputs) as root:
            id, path = self._store.keep(root, self._kind, id, described, urn=urn)
        return id, {"ref": path}
