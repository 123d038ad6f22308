"""Every error this package raises on purpose.

    SlsError
    ├── SpecError      the spec is wrong: all of its problems at once
    ├── BundleError    a function's code could not be packed
    ├── LocalError     the local target could not do what was asked
    └── NotFoundError  `nodes.one`, `Rendered.one`, `module:attribute`: nothing (or more than one) of that name

Messages say where, what, and what to do next: they are shown to users without a traceback.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

_Base = Exception
if not TYPE_CHECKING and "pulumi" in sys.modules:
    _Base = sys.modules["pulumi"].RunError  # what `pulumi up` shows by its message alone; pulumi itself is not imported


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a spec: where it is, what is wrong, what to write instead."""

    path: str
    """Where, as one would write it in Python: `api.routes[3].rate_limit`; or `file:line` where a value was written."""
    message: str
    """What is wrong, with the value and the limit that it breaks."""
    fix: str
    """What to write or do instead."""

    def __str__(self) -> str:
        return f"{self.path}: {self.message}\n    fix: {self.fix}"


class SlsError(_Base):
    """Base of every error raised on purpose."""


class SpecError(SlsError):
    """A spec is wrong. `problems` holds every mistake found, in the order of the spec."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        count = len(self.problems)
        head = "1 problem in the spec" if count == 1 else f"{count} problems in the spec"
        return "\n".join([head, *(f"  {line}" for p in self.problems for line in str(p).splitlines())])


class BundleError(SlsError):
    """A function's code could not be packed: dependencies that do not resolve, or a zip over the cloud's limit."""


class LocalError(SlsError):
    """The local target could not do what was asked: a port in use, a worker that does not start."""


class NotFoundError(SlsError, LookupError):
    """A look-up by name or type found nothing, or more than one. The message lists what there is."""
