"""What an attack is, whatever it is aimed at."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from .world import World

Headers = Sequence[tuple[str, str]]
WIRE = "its gateway has parsed the message: what it hands on has no framing, lines or raw octets"
"""Why an attack by bytes can't be aimed at an entry."""


@dataclass(frozen=True)
class Shot:
    """One request."""

    target: str = "/jwt"
    """Path and query as they stand in the request line, one octet a character."""
    headers: Headers = ()
    method: str = "GET"
    body: bytes = b""
    route: str = ""
    """The route that a gateway would have to take it for, where it fits none: the worst that could happen."""
    raw: bytes | None = None
    """The whole message instead, for the wire alone; HOST stands for the gateway's own."""

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]


@dataclass(frozen=True)
class Answer:
    """What came back; status 0: the connection was closed without an answer. Header names are lower case."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    more: bytes = b""
    """What came after the first answer, on the same connection."""

    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)

    def text(self) -> str:
        """Everything that the caller sees."""
        head = "\n".join(f"{name}: {value}" for name, value in self.headers)
        return f"{head}\n{(self.body + self.more).decode('latin-1')}"


Check = Callable[[Answer], None]


@dataclass(frozen=True)
class Attack:
    """A way of getting in that must not work."""

    family: str
    name: str
    shots: Callable[[World], Shot | Sequence[Shot]]
    """The last is the attack; those before it are good calls, and let in."""
    status: tuple[int, ...] = (401,)
    """The right refusals: more than one where the standard leaves it open."""
    may_run: tuple[str, ...] = ()
    """Routes whose handlers may run nevertheless: open ones, and where a browser is what keeps the attacker out."""
    check: Check | None = None
    """What the answer must show besides."""
    told: bool = False
    """Whether the caller has put the secret where everybody looks: into the path, which is logged."""
    unfetched: bool = False
    """Whether nobody may have asked the attacker's own server for anything."""
    not_on: Mapping[str, str] = field(default_factory=dict)
    """Target → why it can't be attacked by this. "entries" are all but the local gateway, "gateway" is that."""


@dataclass(frozen=True)
class Control:
    """A good credential of a family: it gets in."""

    family: str
    name: str
    shot: Callable[[World], Shot]
    check: Check | None = None
    not_on: Mapping[str, str] = field(default_factory=dict)


def why_not(case: Attack | Control, target: str) -> str | None:
    """Why a target can't be attacked by this; None where it can."""
    kind = "gateway" if target == "local" else "entries"
    return case.not_on.get(target) or case.not_on.get(kind)


class Elsewhere(Exception):  # an outcome
    """This target has no such route, and says where it is tried."""


class Target(Protocol):
    """Something that is attacked."""

    name: str
    world: World
    runs: Path
    """The file in which handlers tell that they ran."""

    def running(self, folder: Path) -> AbstractContextManager[None]:
        """Ready to be attacked, in a folder of its own."""

    def send(self, shot: Shot) -> Answer:
        """What the attacker gets."""
