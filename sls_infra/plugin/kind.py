"""What a kind of resource is: what the engine's protocol comes down to, in plain values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from .values import Values


@dataclass(frozen=True, slots=True)
class Found:
    """A resource as it really is."""

    inputs: Values
    computed: Values


class Kind(Protocol):
    """Makes, changes, looks at and removes resources of one type.

    All values are plain: no secret is wrapped. Inputs hold no unknowns, except where a method says so. What can't be
    done is an `SlsError`, in words for the user, and leaves everything as it was.
    """

    type: str
    """The type token: `sls:local:Function`."""
    replaces: frozenset[str]
    """Inputs whose change makes the resource anew."""
    silent: frozenset[str]
    """Inputs whose change is no change."""

    def check(self, inputs: Values) -> Iterator[tuple[str, str]]:
        """What is wrong with the inputs: property and message. Some may be unknown."""

    def foreseen(self, inputs: Values, before: tuple[Values, Values] | None) -> Values:
        """What a preview can tell of the computed outputs; `before` are the inputs and outputs before a change."""

    def create(self, urn: str, inputs: Values) -> tuple[str, Values]:
        """Makes it: its id and computed outputs."""

    def read(self, urn: str, id: str, inputs: Values, computed: Values) -> Found | None:
        """The resource as it is; None where it is gone. `inputs` and `computed` outputs are the recorded ones."""

    def update(self, urn: str, id: str, inputs: Values) -> Values:
        """Changes it: its computed outputs."""

    def delete(self, urn: str, id: str, inputs: Values) -> None:
        """Removes it; that it is gone already is no error. `inputs` are the recorded ones."""
