"""What one `pulumi` command did, read from the engine's event log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

STACK = "pulumi:pulumi:Stack"


@dataclass(frozen=True, slots=True)
class Step:
    """One operation on one resource."""

    op: str
    """create, update, delete, same, read, refresh; a replacement is create-replacement, replace, delete-replaced."""
    urn: str
    type: str
    old: Mapping[str, Any] = field(repr=False)
    """The resource's state before: `inputs`, `outputs`, `id`, …; empty where there was none."""
    new: Mapping[str, Any] = field(repr=False)
    """Its state after; in a preview what only the deployment will know is UNKNOWN."""
    diffs: tuple[str, ...] = ()
    """The properties that differ."""
    failed: bool = False

    @property
    def name(self) -> str:
        """The logical name."""
        return self.urn.split("::", 3)[-1]

    @property
    def inputs(self) -> Mapping[str, Any]:
        """The inputs that it has now (before, if it is deleted), as the engine keeps them."""
        found: Mapping[str, Any] = (self.new or self.old).get("inputs") or {}
        return found

    @property
    def outputs(self) -> Mapping[str, Any]:
        """Likewise its outputs."""
        found: Mapping[str, Any] = (self.new or self.old).get("outputs") or {}
        return found


@dataclass(frozen=True, slots=True)
class Outcome:
    """A command that ended. Counts and lists leave the stack itself and its providers out."""

    command: str
    exit_code: int
    stdout: str = field(repr=False)
    stderr: str = field(repr=False)
    events: Sequence[Mapping[str, Any]] = field(repr=False)

    @property
    def text(self) -> str:
        """All that the command printed."""
        return self.stdout + self.stderr

    @property
    def steps(self) -> list[Step]:
        """Every operation that ended, in order; in a preview, every one that is planned."""
        done = [_step(event["resOutputsEvent"]["metadata"]) for event in self.events if "resOutputsEvent" in event]
        failed = [
            _step(event["resOpFailedEvent"]["metadata"], failed=True)
            for event in self.events
            if "resOpFailedEvent" in event
        ]
        # A component comes once more when its outputs are registered.
        steps = {(step.op, step.urn): step for step in done + failed}.values()
        return [step for step in steps if step.type != STACK and not step.type.startswith("pulumi:providers:")]

    def named(self, *ops: str) -> list[str]:
        """`type name` of each resource that one of these operations was done to, sorted; failed ones left out."""
        return sorted(f"{step.type} {step.name}" for step in self.steps if step.op in ops and not step.failed)

    @property
    def created(self) -> list[str]:
        """`type name` of each new resource, sorted; replacements are not among them."""
        return self.named("create")

    @property
    def updated(self) -> list[str]:
        """Likewise of those that were changed in place."""
        return self.named("update")

    @property
    def replaced(self) -> list[str]:
        """Likewise of those that were made anew."""
        return self.named("create-replacement")

    @property
    def deleted(self) -> list[str]:
        """Likewise of those that are gone; replacements are not among them."""
        return self.named("delete")

    @property
    def same(self) -> list[str]:
        """Likewise of those that nothing was done to."""
        return self.named("same")

    @property
    def failed(self) -> list[str]:
        """Likewise of those whose operation failed."""
        return sorted(f"{step.type} {step.name}" for step in self.steps if step.failed)

    @property
    def counts(self) -> dict[str, int]:
        """How many resources each operation was done to."""
        return dict(Counter(step.op for step in self.steps if not step.failed))

    @property
    def summary(self) -> dict[str, int]:
        """The engine's own counts, which it prints at the end: with the stack; empty if it came to no end."""
        found = [event["summaryEvent"]["resourceChanges"] for event in self.events if "summaryEvent" in event]
        return dict(found[-1] or {}) if found else {}

    @property
    def outputs(self) -> Mapping[str, Any]:
        """The stack's outputs as this command left them (UNKNOWN in a preview; secrets are not shown)."""
        stack = [
            event["resOutputsEvent"]["metadata"]
            for event in self.events
            if "resOutputsEvent" in event and event["resOutputsEvent"]["metadata"]["type"] == STACK
        ]
        return _step(stack[-1]).outputs if stack else {}

    @property
    def errors(self) -> list[str]:
        """The error messages, as the user sees them."""
        return self._messages("error")

    @property
    def warnings(self) -> list[str]:
        """The warnings, as the user sees them."""
        return self._messages("warning")

    def step(self, type: str, name: str) -> Step:
        """The one step of this resource, besides a refresh before it; AssertionError, with what there is, if none."""
        found = [step for step in self.steps if step.type == type and step.name == name]
        found = [step for step in found if step.op != "refresh"] or found
        known = "\n  ".join(f"{step.op} {step.type} {step.name}" for step in self.steps)
        assert len(found) == 1, f"{len(found)} steps of {type} {name}; there are:\n  {known}"
        return found[0]

    def _messages(self, severity: str) -> list[str]:
        said = (event["diagnosticEvent"] for event in self.events if "diagnosticEvent" in event)
        return [event["message"].strip() for event in said if event["severity"] == severity]


def _step(metadata: Mapping[str, Any], *, failed: bool = False) -> Step:
    return Step(
        op=metadata["op"],
        urn=metadata["urn"],
        type=metadata["type"],
        old=metadata.get("old") or {},
        new=metadata.get("new") or {},
        diffs=tuple(metadata.get("diffs") or ()),
        failed=failed,
    )
