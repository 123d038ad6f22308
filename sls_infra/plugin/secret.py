"""`sls:local:Secret`: a value that functions on this machine can be given, kept in a file that is encrypted.

Inputs: `root` (folder of all local state, absolute), `name`, `value` (a secret). Output: `ref`, by which functions and
gateways name it. It stays as it is when the value changes, so that nothing else is deployed anew: whoever asks next is
given the new value.

The value is encrypted in the stack's state, where it stands among the inputs alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from .control import Control
from .identity import fresh_id
from .kind import Found
from .place import stack_folder
from .values import UNKNOWN, Values, has_unknown

MAX_VALUE = 64 * 1024
"""Bytes: as many as AWS and Google Cloud take. (Azure takes 25 kB.)"""


class Store(Protocol):
    """The functions of `sls_infra.local.secrets`; see there."""

    def write_secret(self, root: Path, id: str, value: str, *, urn: str) -> str: ...
    def read_secret(self, root: Path, id: str) -> str | None: ...
    def remove_secret(self, root: Path, id: str) -> None: ...
    def ref_of(self, root: Path, id: str) -> str: ...


class SecretKind:
    """Keeps values of secrets."""

    type = "sls:local:Secret"
    replaces = frozenset({"root"})
    silent: frozenset[str] = frozenset()

    def __init__(self, control: Control, store: Store) -> None:
        self._control = control
        self._store = store

    def check(self, inputs: Values) -> Iterator[tuple[str, str]]:
        for name in ("root", "name", "value"):
            if name not in inputs:
                yield name, "is missing"
        value = inputs.get("value", "")
        if has_unknown(value):
            return
        if not isinstance(value, str):  # never shown
            yield "value", f"is no text but {type(value).__name__}: write it as a string"
        elif len(value.encode()) > MAX_VALUE:
            yield "value", f"has more than {MAX_VALUE // 1024} KiB"

    def foreseen(self, inputs: Values, before: tuple[Values, Values] | None) -> Values:
        return {"ref": UNKNOWN if before is None else before[1].get("ref", UNKNOWN)}

    def create(self, urn: str, inputs: Values) -> tuple[str, Values]:
        id = fresh_id(urn)
        return id, self._write(urn, id, inputs)

    def read(self, urn: str, id: str, inputs: Values, computed: Values) -> Found | None:
        with stack_folder(self._control, urn, inputs) as root:
            value = self._store.read_secret(root, id)
            return None if value is None else Found({**inputs, "value": value}, {"ref": self._store.ref_of(root, id)})

    def update(self, urn: str, id: str, inputs: Values) -> Values:
        return self._write(urn, id, inputs)

    def delete(self, urn: str, id: str, inputs: Values) -> None:
        with stack_folder(self._control, urn, inputs) as root:
            self._store.remove_secret(root, id)

    def _write(self, urn: str, id: str, inputs: Values) -> Values:
        with stack_folder(self._control, urn, inputs) as root:
            return {"ref": self._store.write_secret(root, id, inputs["value"], urn=urn)}
