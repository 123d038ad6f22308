"""What a world is to the contract's cases, and what cases give it.

A further platform is a file `worlds/<platform>.py` with a class `World` that is made without arguments, once a session.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol
from uuid import uuid4

from sls_infra.plan.model import FunctionPlan, Plan


def fresh() -> str:
    """An id that no other event has: some platforms' failures are counted in memory."""
    return uuid4().hex


@dataclass(frozen=True, kw_only=True)
class Happened:
    """Something that the platform tells a function of. The same one may be delivered again."""

    id: str = field(default_factory=fresh)
    """As the platform knows it."""


@dataclass(frozen=True, kw_only=True)
class Sent(Happened):
    """A message was sent."""

    body: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    group: str | None = None
    """Of a FIFO queue."""


@dataclass(frozen=True, kw_only=True)
class Put(Happened):
    """An object was put into a bucket."""

    key: str
    size: int = 3
    etag: str = "0f343b0931126a20f133d67c2b018a3b"
    content_type: str = "text/plain"


@dataclass(frozen=True, kw_only=True)
class Written(Happened):
    """An item was inserted (no `old`), updated or deleted (no `new`). Its key is "id"."""

    old: Mapping[str, Any] | None = None
    new: Mapping[str, Any] | None = None

    @property
    def kind(self) -> str:
        """As the platforms that tell it call it."""
        return "insert" if self.old is None else "delete" if self.new is None else "update"

    @property
    def key(self) -> str:
        """The value of "id"."""
        return str((self.new or self.old or {})["id"])


@dataclass(frozen=True, kw_only=True)
class Due(Happened):
    """The schedule was due, at a minute in UTC."""

    at: datetime


@dataclass(frozen=True, kw_only=True)
class Garbled(Happened):
    """What tells of nothing that can be read."""


class Letter(NamedTuple):
    """A dead letter, as it was written."""

    body: str
    attributes: Mapping[str, str]
    """Without the one that tells why."""
    source: str
    attempts: int
    reason: str


class Outcome(NamedTuple):
    """What became of one event."""

    what: Literal["done", "again", "dead"]
    letter: Letter | None = None
    """Of one that is dead."""


DONE, AGAIN = Outcome("done"), Outcome("again")


class Served(Protocol):
    """A function, ready to be called."""

    seen: list[Any]
    """What its module's `seen` holds, empty where the module can't be imported."""

    def deliver(self, source: str, events: Sequence[Any], attempt: int = 1) -> list[Outcome]:
        """Calls it with these events of the source, for the n-th time: in one call where the platform does so. Where
        the runtime counts attempts itself, that has to be said in order, from 1. A platform that gives the next of a
        group only once the one before it is done does so here too."""

    def break_graves(self) -> None:
        """From now on no dead letter can be written."""

    def stray(self) -> bool:
        """Brings a message of a source that the function does not have; whether the platform is told that it failed."""


class World(Protocol):
    """One platform."""

    platform: str
    """As `services.use` knows it."""
    lacking: Mapping[str, str]
    """What cases can't be asked here: by what they need (`@pytest.mark.needs("stray")`) → why."""

    def serve(
        self, plan: Plan, function: FunctionPlan, deployed: Mapping[str, Any], folder: Path, code: str
    ) -> AbstractContextManager[Served]:
        """The function of that plan, its module's text `code`. `deployed`: what its rendering tells it."""
