"""`sls-infra plan`: requirement by requirement, how each target meets the spec."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..errors import Problem
from ..plan.capabilities import Capabilities, Native, Refused, Runtime
from ..plan.check import look
from ..plan.fronts import choose
from ..plan.model import Plan, Requirement
from ..providers.registry import BUILT, fronts
from .load import load


def plan(reference: str, targets: Sequence[str] | None) -> int:
    """Prints the table and every mistake; 1 where there is one, or where a target refuses something."""
    api = load(reference)
    planned, problems = look(api)
    chosen = [choose(planned, fronts(name)) for name in targets or BUILT]
    clouds = [front.capabilities for front in chosen]
    problems = list(dict.fromkeys((*problems, *(problem for front in chosen for problem in front.problems))))
    console = Console(highlight=False, soft_wrap=False)
    console.print(_table(planned, clouds))
    for front, cloud in zip(chosen, clouds, strict=True):
        gateway = cloud.front if planned.routes else "no routes, and so no gateway"
        console.print(f"{cloud.title}: {gateway}", style="dim")
        for problem in front.because:
            console.print(f"  - because of {problem.path}: {problem.message}", style="dim", markup=False)
        notes = (*cloud.gateway_notes, *cloud.notes) if planned.routes else cloud.notes
        for note in (*notes, *_remarks(planned, cloud)):
            console.print(f"  - {note}", style="dim", markup=False)
    _tell(console, problems)
    return 1 if problems else 0


def _table(planned: Plan, clouds: Sequence[Capabilities]) -> Table:
    counts = [
        _count(len(found), thing)
        for found, thing in (
            (planned.routes, "route"), (planned.events, "event source"), (planned.functions, "function")
        )
        if found
    ]  # fmt: skip
    table = Table(title=f"{planned.name}: {', '.join(counts)}", title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("requirement", overflow="fold")
    table.add_column("first asked at", overflow="fold")
    for cloud in clouds:
        table.add_column(cloud.target)
    for requirement in _distinct(planned.requirements):
        cells = [_cell(requirement, cloud) for cloud in clouds]
        table.add_row(Text(_named(requirement)), Text(requirement.where), *cells)
    return table


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _distinct(requirements: Sequence[Requirement]) -> list[Requirement]:
    """One row a requirement; what differs only in its detail shares one, unless the detail tells more."""
    return list({(r.kind, r.detail if r.kind != "function" else ""): r for r in reversed(requirements)}.values())[::-1]


def _named(requirement: Requirement) -> str:
    shown = requirement.detail if requirement.kind != "function" else ""
    return f"{requirement.kind}: {shown}" if shown else requirement.kind


def _cell(requirement: Requirement, cloud: Capabilities) -> Text:
    match cloud.meeting(requirement.kind):
        case Native(by, _):
            return Text.assemble(("native ", "green"), by)
        case Runtime(by, _):
            return Text.assemble(("runtime ", "cyan"), by)
        case Refused():
            return Text.assemble(("refused", "bold red"), ": see below")


def _remarks(planned: Plan, cloud: Capabilities) -> list[str]:
    """What a caller or the bill may notice of the requirements that are met."""
    found: dict[str, None] = {}
    for requirement in planned.requirements:
        meeting = cloud.meeting(requirement.kind)
        if not isinstance(meeting, Refused) and meeting.note:
            found[f"{requirement.kind}: {meeting.note}"] = None
    return list(found)


def _tell(console: Console, problems: Sequence[Problem]) -> None:
    if not problems:
        console.print("Nothing is refused.", style="green")
        return
    console.print(f"{_count(len(problems), 'problem')}:", style="bold red")
    for problem in problems:
        console.print(f"  {problem.path}: {problem.message}", markup=False)
        console.print(f"    fix: {problem.fix}", markup=False, style="dim")
