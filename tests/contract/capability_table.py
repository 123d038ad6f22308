"""Prints what each front of each target can do, as markdown: `python -m tests.contract.capability_table`.

A row a kind of thing that a spec may ask for, a column a front. A cell is how a small Api with that one thing is met:
native, runtime or refused, and why; by the capabilities, with their rules.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from sls_infra import Domain
from sls_infra.plan import check
from sls_infra.plan.capabilities import Capabilities, Native
from sls_infra.providers import registry

from .capability_rows import Row, rows

NAMED = ("load-balancer",)
"""Fronts that an Api has only with a host name of its own."""

Word = Literal["native", "runtime", "refused"]


@dataclass(frozen=True)
class Cell:
    """How a front meets a row."""

    word: Word
    why: str
    """By what; or why not, and what to do instead."""


def columns() -> list[Capabilities]:
    """Each front of each target, the lightest first."""
    return [front for target in registry.BUILT for front in registry.fronts(target)]


def title(front: Capabilities) -> str:
    """What a column is called."""
    return f"{front.target} {front.front_name}".strip()


def cell(row: Row, front: Capabilities) -> Cell:
    """What becomes of that row's Api there; of one with a host name, where there is none without."""
    api = row.api
    if front.front_name in NAMED and api.domain is None and api.routes:
        api = replace(api, domain=Domain("api.example.com"))
    planned, problems = check.look(api)
    assert not problems, problems
    refused = dict.fromkeys(f"{_bare(problem.message)} ({problem.fix})" for problem in check.against(planned, front))
    if refused:
        return Cell("refused", "; ".join(refused))
    meetings = [front.meeting(kind) for kind in row.kinds]
    by = "; ".join(dict.fromkeys(f"{each.by}{f' ({each.note})' if each.note else ''}" for each in meetings))  # type: ignore[union-attr]
    ours = row.kinds[0].startswith("auth.") and any(map(front.by_runtime, planned.routes))
    return Cell("native" if all(isinstance(each, Native) for each in meetings) and not ours else "runtime", by)


def _bare(message: str) -> str:
    """Without what the row says anyway: "limit.ip (10 per second) is refused on AWS: why" is "why"."""
    return re.sub(r"^[a-z_.]+( \(.*?\))? is refused on [^:]+: ", "", message)


def table() -> str:
    """The table, and below it each cell's reason, once."""
    fronts = columns()
    lines = [f"|  | {' | '.join(map(title, fronts))} |", f"| --- |{' --- |' * len(fronts)}"]
    notes: dict[str, int] = {}
    family = ""
    for index, row in enumerate(rows("aws")):
        if row.family != family:
            family = row.family
            lines.append(f"| **{family}** |{' |' * len(fronts)}")
        cells = []
        for found in (cell(list(rows(front.target))[index], front) for front in fronts):
            number = notes.setdefault(found.why, len(notes) + 1)
            cells.append(f"{found.word} [{number}]")
        lines.append(f"| {row.name} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", *_numbered(notes)])


def _numbered(notes: dict[str, int]) -> Iterator[str]:
    for why, number in notes.items():
        yield f"{number}. {why}"


def main() -> int:
    """Prints it."""
    print(table())
    return 0


if __name__ == "__main__":
    sys.exit(main())
