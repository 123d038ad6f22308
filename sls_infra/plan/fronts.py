"""Which of a cloud's fronts an Api gets: the first, and so the lightest, that meets all it asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import Problem
from .capabilities import Capabilities
from .check import against
from .model import Plan


@dataclass(frozen=True, slots=True)
class Front:
    """The front that is chosen, and why."""

    capabilities: Capabilities
    because: tuple[Problem, ...]
    """What the lightest would refuse and this does not; empty where this is the lightest, or was asked for by name."""
    problems: tuple[Problem, ...]
    """What this one refuses."""

    @property
    def why(self) -> str:
        """In a line: "api.rate_limit: limit.ip (…) is refused …"; empty where nothing asked for it."""
        return "; ".join(dict.fromkeys(f"{problem.path}: {problem.message}" for problem in self.because))


def choose(planned: Plan, fronts: Sequence[Capabilities], forced: str | None = None) -> Front:
    """The front for a Plan: the forced one, else the lightest that refuses nothing, else the one that refuses least; of
    two that refuse as much the heavier, whose reasons are the last word, unless they are the same."""
    if forced is not None:
        front = next(each for each in fronts if each.front_name == forced)
        return Front(front, (), tuple(against(planned, front)))
    refused = [tuple(dict.fromkeys(against(planned, front))) for front in fronts]
    least = min(range(len(fronts)), key=lambda index: (len(refused[index]), -index if refused[index] else index))
    if set(refused[least]) == set(refused[0]):
        least = 0
    return Front(fronts[least], tuple(each for each in refused[0] if each not in refused[least]), refused[least])
