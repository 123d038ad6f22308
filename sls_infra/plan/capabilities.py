"""What a cloud can do, as data: each requirement is native, runtime or refused, within bounds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from ..errors import Problem
from .model import Plan, RoutePlan
from .ways import by_runtime


@dataclass(frozen=True, slots=True)
class Native:
    """A resource of the cloud does it."""

    by: str
    """Which, short: "JWT authorizer"."""
    note: str = ""
    """What a caller or the bill may notice; printed by `plan`."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """The code shipped with the function does it, with the same result."""

    by: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """Not to be had there."""

    why: str
    fix: str


Meeting = Native | Runtime | Refused


@dataclass(frozen=True, slots=True)
class Bound:
    """The least and most of a quantity, and whose word that is."""

    low: float | None = None
    high: float | None = None
    unit: str = ""
    source: str = ""
    """The vendor's page or name of the quota."""
    choices: tuple[float, ...] = ()
    """Where only some values are taken."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """All that `plan` knows of a target. Data only: no SDK is imported for it."""

    target: str
    """"aws", "azure", "gcp" or "local"."""
    title: str
    """What it is called in messages."""
    meets: Mapping[str, Meeting]
    """Requirement → how it is met; what is not in it is refused."""
    bounds: Mapping[str, Bound]
    """Size → its bounds; what is not in it is free."""
    pythons: tuple[str, ...]
    """Versions of Python that functions may have; empty: any."""
    architectures: tuple[str, ...]
    front: str
    """The front that is used and what it costs while idle, for `plan`."""
    front_name: str = field(default="")
    """What the target's option `front` calls it: "http", "rest", …; empty where there is one alone."""
    by_runtime: Callable[[RoutePlan], bool] = field(default=by_runtime)
    """Whether the runtime verifies the ways into a route: all of them, or none. The gateway does where it does not."""
    notes: tuple[str, ...] = field(default=())
    """What holds for every Api there."""
    gateway_notes: tuple[str, ...] = field(default=())
    """What holds for every Api that has routes: whose body a refusal carries, and the like."""
    reserved_env: tuple[str, ...] = field(default=())
    """Names of environment variables that the cloud keeps for itself; one that ends in "*" is the start of such."""
    tag: str = field(default="")
    """What each tag, as `key=value`, must match wholly: a regular expression; empty: anything."""
    tag_fix: str = field(default="")
    """What to write where one does not."""
    rules: tuple[Callable[[Plan], Iterable[Problem]], ...] = field(default=())
    """What tables can't say: each rule yields what this cloud would not take of a Plan."""

    def meeting(self, kind: str) -> Meeting:
        """How a requirement is met; one that is not in the table is refused, never dropped."""
        fix = "leave it out for now, or choose a target that has it: `sls-infra plan` shows them"
        return self.meets.get(kind) or Refused(f"it is not built for {self.title} yet", fix)
