"""What a world is to the contract's cases.

A further platform is a file `worlds/<platform>.py` with a class `World` that is made without arguments, once a session,
and does this. Nothing else is needed: the fixtures find it by its file.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

Kind = Literal["table", "bucket", "queue", "topic"]


class Unavailable(Exception):
    """Raised by `running` or `make`: what the judge needs is not to be had on this machine. The cases are skipped with
    this text."""


class Made(NamedTuple):
    """A resource that has been made, empty."""

    address: Any
    """As SLS_DEPLOYED tells it."""
    reader: Any = None
    """Of a queue or topic: whatever `World.read` needs to get at what is sent to it from now on (of a topic, a
    subscription)."""


class Read(NamedTuple):
    """A message as a consumer of the platform gets it."""

    id: str
    """As `send` and `publish` returned it."""
    body: str
    attributes: Mapping[str, str]
    """The sender's, as handlers are to see them: nothing of the platform's own or the driver's."""
    group: str | None = None
    """Of a FIFO queue."""


class World(Protocol):
    """One platform, as far as it can be had here."""

    platform: str
    """As `services.use` knows it, and the folder of its drivers."""
    environment: Mapping[str, str]
    """Environment variables that the drivers need in each test: addresses of emulators, credentials."""
    lacking: Mapping[str, str]
    """What cases can't be judged here, though the kind can: by what they need (`@pytest.mark.needs("delay")`) → why.

    "delay": the platform has no `send(delay=…)`; then it is asserted that the driver refuses it with ValueError.
    "race": the judge says nothing about writers at once. "signed": nothing here answers signed URLs, or checks them.
    "fifo": the judge has no order. "byte order": it sorts text otherwise. "index pages": it can't go on within an
    index. "replaced fields": what is left out of an item stays. Otherwise what a case's mark names."""

    def missing(self, kind: Kind) -> str | None:
        """Why there is no judge for resources of this kind; None: there is one."""

    def running(self, folder: Path) -> AbstractContextManager[None]:
        """Starts what the world needs, in a folder of its own, and stops it. Entered once, before the first case; from
        then on `environment` is read."""

    def make(self, kind: Kind, name: str, described: Mapping[str, Any]) -> Made:
        """Makes a resource. `name` is unique in the session: small letters, digits and "-", at most 40. `described` is
        what a manifest's link says of it, and of a table what its definition needs."""

    def nowhere(self, kind: Kind) -> Any:
        """The address of a resource that is not there, of a world that is. Unavailable where there is none."""

    def read(self, made: Made, count: int, timeout: float = 5.0) -> list[Read]:
        """Takes messages off a queue, or what a topic's subscription got, in the order in which they come: returns as
        soon as there are `count`, and after `timeout` seconds what there is. What it returns is done with, and does not
        come again."""
