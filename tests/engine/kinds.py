"""How a stand-in provider is told what a cloud's resources look like: a table of kinds, one a type."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Made:
    """A resource that is being made (or is there), for the rules that give its id and outputs."""

    type: str
    """`aws:lambda/function:Function`."""
    logical: str
    """Its name in the program."""
    inputs: Values
    """Its inputs, secrets unwrapped."""
    account: str
    region: str
    serial: int
    """A number of its own, kept over updates."""

    def __getitem__(self, key: str) -> Any:
        """An input; None where it is not given."""
        return self.inputs.get(key)

    def token(self, length: int, alphabet: str = "abcdefghijklmnopqrstuvwxyz0123456789") -> str:
        """Letters as a cloud makes them up: the same for one resource, different for any other."""
        digest = int.from_bytes(hashlib.sha256(f"{self.type} {self.logical} {self.serial}".encode()).digest())
        letters = []
        for _ in range(length):
            digest, index = divmod(digest, len(alphabet))
            letters.append(alphabet[index])
        return "".join(letters)

    def arn(self, service: str, resource: str, *, region: str | None = None, account: str | None = None) -> str:
        """`arn:aws:<service>:<region>:<account>:<resource>`; pass "" to leave a part out, as some services do."""
        where = self.region if region is None else region
        whose = self.account if account is None else account
        return f"arn:aws:{service}:{where}:{whose}:{resource}"


def _no_outputs(made: Made) -> Values:
    return {}


@dataclass(frozen=True, slots=True)
class Kind:
    """One type of resource."""

    id: Callable[[Made], str]
    """Its id, once it is there."""
    outputs: Callable[[Made], Values] = _no_outputs
    """What the cloud adds to the inputs; all of it is unknown in the preview of a create. An input wins."""
    name: str | None = None
    """The property that is filled in by Pulumi's auto-naming where the program gives none."""
    replace: frozenset[str] = frozenset()
    """The inputs that cannot be changed in place (the name is always one)."""
    volatile: frozenset[str] = frozenset()
    """The outputs that every update changes: unknown in its preview."""


@dataclass(frozen=True, slots=True)
class Package:
    """All that the stand-in knows of one provider."""

    name: str
    """`aws`, as in the first part of a type."""
    kinds: Mapping[str, Kind]
    invokes: Mapping[str, Callable[[Values], Values]] = field(default_factory=dict)
    """Answers to functions such as `aws:index/getRegion:getRegion`, given their arguments."""
    configuration: Values = field(default_factory=dict)
    """Default values of the provider's own configuration; `account` and `region` are read from it."""
