"""Keywords that test a value by itself. They say nothing about values of another type, as the standard has it."""

from __future__ import annotations

from . import formats
from .compiler import refuse_if
from .values import TYPES, identity, is_number, regex, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from .compiler import At, Build, Compiler, Report, Schema, Step


# Any value


def _type(compiler: Compiler, names: str | list[str], schema: Schema) -> Step:
    words, tests = zip(*(TYPES[name] for name in ([names] if isinstance(names, str) else names)), strict=True)
    fits = tests[0] if len(tests) == 1 else lambda value: any(test(value) for test in tests)
    return refuse_if(lambda value: not fits(value), f"must be {' or '.join(words)}")


def _enum(compiler: Compiler, values: list[Any], schema: Schema) -> Step:
    allowed = {identity(value) for value in values}
    return refuse_if(lambda value: identity(value) not in allowed, f"must be one of {', '.join(map(shown, values))}")


def _const(compiler: Compiler, expected: Any, schema: Schema) -> Step:
    wanted = identity(expected)
    return refuse_if(lambda value: identity(value) != wanted, f"must be {shown(expected)}")


def _format(compiler: Compiler, name: str, schema: Schema) -> Step:
    if name in formats.RANGES:
        low, high = formats.RANGES[name]
        return refuse_if(lambda value: is_number(value) and not low <= value <= high, f"is out of the range of {name}")
    check = formats.CHECKS.get(name)
    return refuse_if(lambda value: check is not None and isinstance(value, str) and not check(value), f"is no {name}")


# Numbers


def _bound(fails: Callable[[Any, Any], bool], words: str) -> Build:
    def build(compiler: Compiler, limit: Any, schema: Schema) -> Step:
        return refuse_if(lambda value: is_number(value) and fails(value, limit), f"must be {words} {limit}")

    return build


def _multiple_of(compiler: Compiler, divisor: Any, schema: Schema) -> Step:
    def fails(value: Any) -> bool:
        if not is_number(value):
            return False
        if isinstance(value, int) and isinstance(divisor, int):
            return value % divisor != 0
        from fractions import Fraction  # exact: 0.3 is a multiple of 0.1, as written in decimal

        return Fraction(repr(value)) % Fraction(repr(divisor)) != 0

    return refuse_if(fails, f"must be a multiple of {divisor}")


# Strings, arrays, objects: sizes


def _size(
    kind: type[str] | type[list[Any]] | type[dict[Any, Any]], fails: Callable[[int, int], bool], words: str
) -> Build:
    def build(compiler: Compiler, limit: int, schema: Schema) -> Step:
        return refuse_if(lambda value: isinstance(value, kind) and fails(len(value), limit), words.format(int(limit)))

    return build


def _fewer(size: int, limit: int) -> bool:
    return size < limit


def _more(size: int, limit: int) -> bool:
    return size > limit


def _pattern(compiler: Compiler, pattern: str, schema: Schema) -> Step:
    search = regex(pattern)
    return refuse_if(lambda value: isinstance(value, str) and not search(value), f"must match the pattern {pattern}")


def _unique_items(compiler: Compiler, unique: bool, schema: Schema) -> Step:
    def fails(value: Any) -> bool:
        return unique and isinstance(value, list) and len(set(map(identity, value))) != len(value)

    return refuse_if(fails, "must not hold the same item twice")


def _required(compiler: Compiler, names: list[str], schema: Schema) -> Step:
    def step(value: Any, at: At, report: Report) -> None:
        if isinstance(value, dict):
            for name in names:
                if name not in value:
                    report((*at, name), "is missing")

    return step


def _dependent_required(compiler: Compiler, dependents: Mapping[str, list[str]], schema: Schema) -> Step:
    def step(value: Any, at: At, report: Report) -> None:
        if isinstance(value, dict):
            for name, needed in dependents.items():
                if name in value:
                    for other in needed:
                        if other not in value:
                            report((*at, other), f"is missing beside {name}")

    return step


ASSERTIONS: dict[str, Build] = {
    "type": _type,
    "enum": _enum,
    "const": _const,
    "format": _format,
    "minimum": _bound(lambda value, limit: value < limit, "at least"),
    "maximum": _bound(lambda value, limit: value > limit, "at most"),
    "exclusiveMinimum": _bound(lambda value, limit: value <= limit, "greater than"),
    "exclusiveMaximum": _bound(lambda value, limit: value >= limit, "less than"),
    "multipleOf": _multiple_of,
    "minLength": _size(str, _fewer, "must have at least {} characters"),
    "maxLength": _size(str, _more, "must have at most {} characters"),
    "pattern": _pattern,
    "minItems": _size(list, _fewer, "must have at least {} items"),
    "maxItems": _size(list, _more, "must have at most {} items"),
    "uniqueItems": _unique_items,
    "minProperties": _size(dict, _fewer, "must have at least {} properties"),
    "maxProperties": _size(dict, _more, "must have at most {} properties"),
    "required": _required,
    "dependentRequired": _dependent_required,
}
"""By keyword."""
