"""What became of each case on each cloud, gathered while pytest runs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from .clouds import CLOUDS
from .unjudged import UNJUDGED

FOLDER = Path(__file__).parent
_NODE = re.compile(r"(?:.*/)?contract/(?P<module>test_\w+)\.py::(?P<test>\w+)\[(?P<ids>.*)\]")

Case = tuple[str, str]
"""Module and test with its ids, the cloud's left out."""

collected: dict[Case, set[str]] = {}
"""Case → the clouds it is collected for."""
deselected: list[str] = []
"""Tests that were collected and are not to run."""
outcomes: dict[Case, dict[str, str]] = {}
"""Case → cloud → "passed", "failed" or "skipped"."""


def case_of(nodeid: str) -> tuple[Case, str] | None:
    """The case and the cloud of a test; None for one that is not run on every cloud."""
    found = _NODE.fullmatch(nodeid)
    if found is None:
        return None
    ids = found["ids"]
    for cloud in (cloud.name for cloud in CLOUDS):
        for rest in (ids.removeprefix(f"{cloud}-"), ids.removesuffix(f"-{cloud}")):
            if rest != ids or ids == cloud:
                rest = "" if ids == cloud else f" [{rest}]"
                return (found["module"], found["test"] + rest), cloud
    return None


def collect(items: Iterable[pytest.Item]) -> None:
    """Notes what is about to run."""
    collected.clear()
    outcomes.clear()
    for item in items:
        if (found := case_of(item.nodeid)) is not None:
            case, cloud = found
            collected.setdefault(case, set()).add(cloud)


def note(report: pytest.TestReport) -> None:
    """Notes what became of one: the worst of its set-up, call and end."""
    found = case_of(report.nodeid)
    if found is None or (report.when != "call" and report.passed):
        return
    case, cloud = found
    known = outcomes.setdefault(case, {})
    if known.get(cloud) != "failed":
        known[cloud] = report.outcome


def is_whole() -> bool:
    """Whether every case is to run: none was deselected, and every module of cases was collected."""
    if any(case_of(nodeid) for nodeid in deselected):
        return False
    modules = {module for module, _ in collected}
    return all(path.stem in modules for path in FOLDER.glob("test_*.py") if _has_cases(path))


def _has_cases(path: Path) -> bool:
    """Whether a module's tests take a cloud, or one of the Apis on it."""
    return (
        re.search(r"^def test_\w+\([^)]*\b(cloud|shop|one|many|frameworks): ", path.read_text(), re.MULTILINE)
        is not None
    )


def table() -> str:
    """Case by target, as markdown."""
    clouds = [cloud.name for cloud in CLOUDS]
    lines = [f"| case | {' | '.join(clouds)} |", f"| --- |{' --- |' * len(clouds)}"]
    module = ""
    for case in collected:
        if case[0] != module:
            module = case[0]
            title = module.removeprefix("test_").replace("_", " ")
            lines.append(f"| **{title}** |{' |' * len(clouds)}")
        marks = [outcomes.get(case, {}).get(cloud, "not run") for cloud in clouds]
        words = case[1].removeprefix("test_").replace("_", " ").replace("|", "\\|")
        lines.append(f"| {words} | {' | '.join(marks)} |")
    passed = sum(mark == "passed" for known in outcomes.values() for mark in known.values())
    lines.append("")
    lines.append(f"{len(collected)} cases on {len(clouds)} targets: {passed} of {len(collected) * len(clouds)} passed.")
    lines += ["", "Not judged, since only an account can show it:", ""]
    lines += [f"- {each.what}: {', '.join(each.clouds)} ({each.why})" for each in UNJUDGED]
    return "\n".join(lines)
