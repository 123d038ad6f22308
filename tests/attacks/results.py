"""What became of each attack on each target, gathered while pytest runs."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from .cases import ATTACKS, CONTROLS
from .model import Attack, Control

_NODE = re.compile(r"(?:.*/)?attacks/test_attacks\.py::(test_an_attack_\w+|test_a_good_\w+)\[(?P<ids>.*)\]", re.DOTALL)
WORDS = {"passed": "refused", "failed": "**FAILED**", "skipped": "-"}

outcomes: dict[tuple[str, str], str] = {}
"""Name of a case and target → "passed", "failed" or "skipped"."""
reasons: Counter[str] = Counter()
"""Target and why it was not attacked → how often."""


def note(report: pytest.TestReport) -> None:
    """Notes what became of one: the worst of its set-up, call and end."""
    found = _NODE.fullmatch(report.nodeid)
    if found is None or (report.when != "call" and report.passed):
        return
    key = (found[1], found["ids"])
    if outcomes.get(key) != "failed":
        outcomes[key] = report.outcome
    if report.skipped and isinstance(report.longrepr, tuple):
        reasons[report.longrepr[2].removeprefix("Skipped: ")] += 1


def table(targets: tuple[str, ...]) -> str:
    """Attack by target, as markdown; then each reason why a target can't be attacked in a way."""
    lines = [f"| attack | {' | '.join(targets)} |", f"| --- |{' --- |' * len(targets)}"]
    count: Counter[str] = Counter()
    family = ""
    cases: dict[str, Attack | Control] = {**ATTACKS, **{f"let in: {name}": case for name, case in CONTROLS.items()}}
    for name, case in cases.items():
        if case.family != family:
            family = case.family
            lines.append(f"| **{family}** |{' |' * len(targets)}")
        cells = []
        for target in targets:
            outcome = _outcome(name.removeprefix("let in: "), target, control=name.startswith("let in: "))
            count[outcome] += 1
            word = "let in" if outcome == "passed" and name.startswith("let in: ") else WORDS.get(outcome, "not run")
            cells.append(word)
        lines.append(f"| {case.name.replace('|', chr(92) + '|')} | {' | '.join(cells)} |")
    lines += ["", f"{len(ATTACKS)} attacks and {len(CONTROLS)} good calls on {len(targets)} targets: "]
    lines[-1] += ", ".join(f"{number} {outcome}" for outcome, number in sorted(count.items())) + "."
    lines += ["", "Not aimed at a target:", ""]
    lines += [f"- {why} ({number})" for why, number in sorted(reasons.items())]
    return "\n".join(lines)


def _outcome(name: str, target: str, *, control: bool) -> str:
    test = "test_a_good_credential_gets_in" if control else "test_an_attack_does_not_get_in"
    escaped = name.encode("unicode_escape").decode("ascii")
    for ids in (f"{target}-{escaped}", f"{escaped}-{target}", f"{target}-{name}", f"{name}-{target}"):
        if (test, ids) in outcomes:
            return outcomes[test, ids]
    return "not run"
