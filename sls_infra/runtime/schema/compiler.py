"""Schemas as steps: step(value, where, report) reports what does not fit."""

from __future__ import annotations

from contextlib import suppress

from .values import resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TypeAlias

    At: TypeAlias = tuple[str | int, ...]
    Report: TypeAlias = Callable[[At, str], None]
    Step: TypeAlias = Callable[[Any, At, Report], None]
    Schema: TypeAlias = Mapping[str, Any]
    Build: TypeAlias = Callable[["Compiler", Any, Schema], Step]

MAX_ERRORS = 100
"""After so many a check stops looking."""


class Enough(Exception):
    """Raised by a report that wants to hear no more."""


class Compiler:
    """Turns schemas of one document into steps."""

    def __init__(self, root: Any, keywords: Mapping[str, Build]) -> None:
        self.root = root
        self.keywords = keywords
        self.refs: dict[str, Step] = {}

    def step(self, schema: Any) -> Step:
        """All keywords of a schema, in the order of the table: the type is told before what depends on it."""
        if schema is True:
            return lambda value, at, report: None
        if schema is False:
            return lambda value, at, report: report(at, "is not allowed here")
        steps = [build(self, schema[keyword], schema) for keyword, build in self.keywords.items() if keyword in schema]
        if len(steps) == 1:
            return steps[0]

        def every(value: Any, at: At, report: Report) -> None:
            for step in steps:
                step(value, at, report)

        return every

    def fits(self, schema: Any) -> Callable[[Any], bool]:
        """Whether a value fits, without saying why not."""
        step = self.step(schema)

        def refuse(at: At, message: str) -> None:
            raise Enough

        def check(value: Any) -> bool:
            try:
                step(value, (), refuse)
            except Enough:
                return False
            return True

        return check

    def target(self, schema: Any) -> Schema:
        """The schema behind references, as far as they lead; {} for true and false."""
        seen = set()
        while isinstance(schema, dict) and "$ref" in schema and schema["$ref"] not in seen:
            seen.add(schema["$ref"])
            schema = resolve(schema["$ref"], self.root)
        return schema if isinstance(schema, dict) else {}


def collect(step: Step, value: Any, at: At) -> list[tuple[At, str]]:
    """What a step reports, at most MAX_ERRORS of it."""
    errors: list[tuple[At, str]] = []

    def report(where: At, message: str) -> None:
        errors.append((where, message))
        if len(errors) >= MAX_ERRORS:
            raise Enough

    with suppress(Enough):
        step(value, at, report)
    return errors


def refuse_if(fails: Callable[[Any], bool], message: str) -> Step:
    """A step that looks at the value alone."""

    def step(value: Any, at: At, report: Report) -> None:
        if fails(value):
            report(at, message)

    return step
