"""How a stand-in provider is told what a cloud's resources look like: a table of kinds, one a type."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Values = Mapping[str, Any]
Naming = Literal["dashed", "random", "uuid", "copy"]
"""How a provider names what the program leaves unnamed, after its logical name: with a dash and seven random digits
(the bridged providers); with eight and no dash, with a UUID in its place, or as it is (azure-native, by kind)."""


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

    def at(self, *path: str) -> Any:
        """An input within inputs; None where there is none (or where only the deployment knows it)."""
        value: Any = self.inputs
        for key in path:
            value = value.get(key) if isinstance(value, Mapping) else None
        return value

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


def _nothing(made: Made) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Kind:
    """One type of resource."""

    id: Callable[[Made], str]
    """Its id, once it is there."""
    outputs: Callable[[Made], Values] = _no_outputs
    """What the cloud adds to the inputs, within objects too; all of it is unknown in the preview of a create. An input
    wins."""
    name: str | None = None
    """The property that is filled in by Pulumi's auto-naming where the program gives none."""
    replace: frozenset[str] = frozenset()
    """The inputs that cannot be changed in place (the name is always one)."""
    volatile: frozenset[str] = frozenset()
    """The outputs that every update changes: unknown in its preview."""
    naming: Naming = "dashed"
    fits: Mapping[str, str] = field(default_factory=dict)
    """What the cloud takes for inputs such as names: a pattern for the whole of each."""
    own: frozenset[str] = frozenset()
    """The outputs that have another shape than the inputs of their names: these do not win."""
    gone_first: bool = False
    """Is the old one deleted before its replacement is made, unless its name is random? For the bridged providers it
    is only where the program chose the name."""
    located: bool = False
    """Does it take `location` from the provider's configuration, or from its resource group, where none is given?"""
    forgets: bool = False
    """Are all outputs but name and location unknown in the preview of an update?"""
    needs: Callable[[Made], Iterable[str | None]] = _nothing
    """The ids of what must be there before it; None is left out."""
    brings: Callable[[Made], Iterable[str]] = _nothing
    """The ids of what the cloud makes along with it."""
    holds: Callable[[Made], Iterable[str | None]] = _nothing
    """The ids of what the cloud refuses to delete while this is there."""


@dataclass(frozen=True, slots=True)
class Package:
    """All that the stand-in knows of one provider."""

    name: str
    """`aws`, as in the first part of a type."""
    kinds: Mapping[str, Kind]
    invokes: Mapping[str, Callable[[Values], Values]] = field(default_factory=dict)
    """Answers to functions such as `aws:index/getRegion:getRegion`, given their arguments."""
    asked_of: Mapping[str, Callable[[Values], Iterable[str]]] = field(default_factory=dict)
    """The ids of what must be there to be asked about, for functions that ask about a resource."""
    accept_secrets: bool = True
    """Does it see which values are secret? If not, the engine marks outputs that have the name of a secret input."""
    configuration: Values = field(default_factory=dict)
    """Default values of the provider's own configuration; `account` and `region` are read from it."""
