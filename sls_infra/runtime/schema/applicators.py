"""Keywords that apply schemas: to the parts of a value, or to the same value once more."""

from __future__ import annotations

from .compiler import collect, refuse_if
from .values import TYPES, identity, regex, resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from .compiler import At, Build, Compiler, Report, Schema, Step


# Arrays


def _prefix_items(compiler: Compiler, schemas: list[Any], schema: Schema) -> Step:
    steps = [compiler.step(item) for item in schemas]

    def step(value: Any, at: At, report: Report) -> None:
        if isinstance(value, list):
            for index, (item, check) in enumerate(zip(value, steps, strict=False)):
                check(item, (*at, index), report)

    return step


def _items(compiler: Compiler, items: Any, schema: Schema) -> Step:
    check = compiler.step(items)
    first = len(schema.get("prefixItems", ()))

    def step(value: Any, at: At, report: Report) -> None:
        if isinstance(value, list):
            for index in range(first, len(value)):
                check(value[index], (*at, index), report)

    return step


def _contains(compiler: Compiler, item: Any, schema: Schema) -> Step:
    fits = compiler.fits(item)
    least, most = schema.get("minContains", 1), schema.get("maxContains")

    def fails(value: Any) -> bool:
        if not isinstance(value, list):
            return False
        count = sum(map(fits, value))
        return count < least or (most is not None and count > most)

    bounds = f"at least {least}" if most is None else f"{least} to {most}"
    return refuse_if(fails, f"must hold {bounds} of the items that are asked for")


# Objects


def _properties(compiler: Compiler, properties: Schema, schema: Schema) -> Step:
    steps = [(name, compiler.step(item)) for name, item in properties.items()]

    def step(value: Any, at: At, report: Report) -> None:
        if isinstance(value, dict):
            for name, check in steps:
                if name in value:
                    check(value[name], (*at, name), report)

    return step


def _pattern_properties(compiler: Compiler, patterns: Schema, schema: Schema) -> Step:
    steps = [(regex(pattern), compiler.step(item)) for pattern, item in patterns.items()]

    def step(value: Any, at: At, report: Report) -> None:
        if isinstance(value, dict):
            for name, item in value.items():
                for search, check in steps:
                    if search(name):
                        check(item, (*at, name), report)

    return step


def _additional_properties(compiler: Compiler, additional: Any, schema: Schema) -> Step:
    check = compiler.step(additional)
    named = frozenset(schema.get("properties", ()))
    searches = [regex(pattern) for pattern in schema.get("patternProperties", ())]

    def step(value: Any, at: At, report: Report) -> None:
        if isinstance(value, dict):
            for name, item in value.items():
                if name not in named and not any(search(name) for search in searches):
                    check(item, (*at, name), report)

    return step


def _property_names(compiler: Compiler, names: Any, schema: Schema) -> Step:
    check = compiler.step(names)

    def step(value: Any, at: At, report: Report) -> None:
        if isinstance(value, dict):
            for name in value:
                for _, message in collect(check, name, ()):
                    report((*at, name), f"the name {message}")

    return step


def _dependent_schemas(compiler: Compiler, dependents: Schema, schema: Schema) -> Step:
    steps = [(name, compiler.step(item)) for name, item in dependents.items()]

    def step(value: Any, at: At, report: Report) -> None:
        if isinstance(value, dict):
            for name, check in steps:
                if name in value:
                    check(value, at, report)

    return step


# Schemas of the same value


def _ref(compiler: Compiler, ref: str, schema: Schema) -> Step:
    refs = compiler.refs
    if ref not in refs:
        refs[ref] = refuse_if(lambda value: False, "")  # a schema that leads back to itself finds this while it is made
        refs[ref] = compiler.step(resolve(ref, compiler.root))
    return lambda value, at, report: refs[ref](value, at, report)


def _all_of(compiler: Compiler, schemas: list[Any], schema: Schema) -> Step:
    steps = [compiler.step(item) for item in schemas]

    def step(value: Any, at: At, report: Report) -> None:
        for check in steps:
            check(value, at, report)

    return step


def _plausible(compiler: Compiler, schema: Any) -> Callable[[Any], bool]:
    """Whether a value looks meant for this one of several schemas: of its type, and with the constants that tell apart
    the members of a tagged union. Only such a schema's errors are worth telling."""
    target = compiler.target(schema)
    names = target.get("type", ())
    tests = [TYPES[name][1] for name in ([names] if isinstance(names, str) else names)]
    constants = {
        name: identity(item["const"])
        for name, item in target.get("properties", {}).items()
        if isinstance(item, dict) and "const" in item
    }

    def check(value: Any) -> bool:
        if tests and not any(test(value) for test in tests):
            return False
        return not isinstance(value, dict) or all(
            identity(value[name]) == constant for name, constant in constants.items() if name in value
        )

    return check


def _branches(exactly_one: bool) -> Build:
    def build(compiler: Compiler, schemas: list[Any], schema: Schema) -> Step:
        branches = [(compiler.step(item), _plausible(compiler, item)) for item in schemas]
        words = list(_kinds(compiler, schemas))
        none = f"must be {' or '.join(words)}" if words else f"fits none of the {len(schemas)} forms that are allowed"

        def step(value: Any, at: At, report: Report) -> None:
            failures = [(collect(check, value, at), plausible) for check, plausible in branches]
            fitting = sum(not errors for errors, _ in failures)
            if fitting > 1 and exactly_one:
                report(at, f"fits {fitting} of the forms that are allowed, where it must fit one")
            if fitting:
                return
            meant = [errors for errors, plausible in failures if plausible(value)]
            if len(meant) == 1:
                for where, message in meant[0]:
                    report(where, message)
            else:
                report(at, none if not meant else f"fits none of the {len(schemas)} forms that are allowed")

        return step

    return build


def _kinds(compiler: Compiler, schemas: list[Any]) -> Iterator[str]:
    """The words for the schemas' types, each once; none where a schema names no type."""
    names = [compiler.target(item).get("type", ()) for item in schemas]
    if all(names):
        flat = [name for some in names for name in ([some] if isinstance(some, str) else some)]
        yield from dict.fromkeys(TYPES[name][0] for name in flat)


def _not(compiler: Compiler, schema_of: Any, schema: Schema) -> Step:
    return refuse_if(compiler.fits(schema_of), "is of a form that is not allowed")


def _if(compiler: Compiler, condition: Any, schema: Schema) -> Step:
    fits = compiler.fits(condition)
    then, otherwise = compiler.step(schema.get("then", True)), compiler.step(schema.get("else", True))
    return lambda value, at, report: (then if fits(value) else otherwise)(value, at, report)


APPLICATORS: dict[str, Build] = {
    "$ref": _ref,
    "prefixItems": _prefix_items,
    "items": _items,
    "contains": _contains,
    "properties": _properties,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional_properties,
    "propertyNames": _property_names,
    "dependentSchemas": _dependent_schemas,
    "allOf": _all_of,
    "anyOf": _branches(exactly_one=False),
    "oneOf": _branches(exactly_one=True),
    "not": _not,
    "if": _if,
}
"""By keyword."""
