"""Request bodies against a JSON Schema (2020-12): the keywords that pydantic emits, and most others.

`unsupported` names what is not checked here, for a plan to refuse; `compile` takes the rest. A schema becomes a tree of
closures once; a check walks the value. A pattern that backtracks badly is slow on hostile input, as everywhere in
Python: pydantic's own engine would not be.
"""

from __future__ import annotations

import re

from . import formats
from .applicators import APPLICATORS
from .assertions import ASSERTIONS
from .compiler import Compiler, collect
from .values import TYPES, is_integer, is_number, regex, resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any, TypeAlias

    Check: TypeAlias = Callable[[Any], list[tuple[str, str]]]

DIALECT = "https://json-schema.org/draft/2020-12/schema"

KEYWORDS = {"$ref": APPLICATORS["$ref"], **ASSERTIONS, **APPLICATORS}

_ANNOTATIONS = frozenset(
    (
        "$comment", "contentEncoding", "contentMediaType", "contentSchema", "default", "deprecated",
        "description", "discriminator", "example", "examples", "externalDocs", "readOnly", "title", "writeOnly", "xml",
    )
)  # fmt: skip
"""Keywords that say nothing about which values fit."""


def _is_size(value: Any) -> bool:
    return is_integer(value) and value >= 0


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


_SCHEMA = ("additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then")
_SCHEMA_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_SCHEMA_MAPS = ("$defs", "definitions", "dependentSchemas", "patternProperties", "properties")
_SHAPES: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys(_SCHEMA, lambda value: isinstance(value, (dict, bool))),
    **dict.fromkeys(_SCHEMA_LISTS, lambda value: isinstance(value, list) and len(value) > 0),
    **dict.fromkeys(_SCHEMA_MAPS, lambda value: isinstance(value, dict)),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), is_number),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), _is_size),
    **dict.fromkeys(("minContains", "maxContains"), _is_size),
    "multipleOf": lambda value: is_number(value) and value > 0,
    "required": _is_names,
    "dependentRequired": lambda value: isinstance(value, dict) and all(map(_is_names, value.values())),
    "enum": lambda value: isinstance(value, list),
    "uniqueItems": lambda value: isinstance(value, bool),
    "const": lambda value: True,
}
"""What a keyword's own value must look like."""


def compile(schema: Mapping[str, Any] | bool) -> Check:
    """The check of a schema: value → [(JSON pointer, message)], empty where the value fits, at most 100 long.

    Raises ValueError for a schema that holds what `unsupported` names.
    """
    cannot = unsupported(schema)
    if cannot:
        raise ValueError(f"the schema holds what can't be checked: {', '.join(cannot)}")
    step = Compiler(schema, KEYWORDS).step(schema)

    def check(value: Any) -> list[tuple[str, str]]:
        try:
            return [(pointer(at), message) for at, message in collect(step, value, ())]
        except RecursionError:
            return [("", "is nested too deeply")]

    return check


def pointer(at: tuple[str | int, ...]) -> str:
    """The JSON pointer (RFC 6901) of a place in a value; "" is the value itself."""
    return "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in at)


def unsupported(schema: Any) -> list[str]:
    """What a schema asks for that is not checked here, each with its place: "unevaluatedItems (at #/properties/a)"."""
    return list(_walk(schema, schema, "#"))


def _walk(schema: Any, root: Any, place: str) -> Iterator[str]:
    if isinstance(schema, bool):
        return
    if not isinstance(schema, dict):
        yield f"{type(schema).__name__} in place of a schema (at {place})"
        return
    for keyword, value in schema.items():
        if keyword == "$id" and schema is root and isinstance(value, str):
            continue  # names the document; references into it are by "#/…" all the same
        problem = _problem(keyword, value, root)
        if problem:
            yield f"{problem} (at {place})"
            continue
        nested: Mapping[Any, Any] = {}
        if keyword in _SCHEMA_MAPS:
            nested = value
        elif keyword in _SCHEMA_LISTS:
            nested = dict(enumerate(value))
        elif keyword in _SCHEMA:
            yield from _walk(value, root, f"{place}/{keyword}")
        for name, item in nested.items():
            yield from _walk(item, root, f"{place}/{keyword}/{name}")


def _problem(keyword: str, value: Any, root: Any) -> str | None:
    """What is wrong with a keyword by itself, if anything is."""
    if keyword in _SHAPES and not _SHAPES[keyword](value):
        return f"{keyword}: {value!r}"[:200]
    if keyword in ("pattern", "patternProperties"):
        bad = [pattern for pattern in ([value] if keyword == "pattern" else value) if not _is_pattern(pattern)]
        return f"{keyword} {bad[0]!r}" if bad else None
    if keyword == "$ref":
        return None if resolve(value, root) is not None else f"$ref {value!r}"
    if keyword == "$schema":
        return None if value in (DIALECT, DIALECT + "#") else f"$schema {value!r}"
    if keyword == "type":
        names = [value] if isinstance(value, str) else value
        return None if _is_names(names) and names and TYPES.keys() >= set(names) else f"type {value!r}"
    if keyword == "format":
        known = isinstance(value, str) and value in {*formats.CHECKS, *formats.RANGES, *formats.ANNOTATIONS}
        return None if known else f"format {value!r}"
    known = keyword in KEYWORDS or keyword in _SHAPES or keyword in _ANNOTATIONS or keyword.startswith("x-")
    return None if known else keyword


def _is_pattern(pattern: Any) -> bool:
    try:
        regex(pattern)
    except (re.error, TypeError):
        return False
    return True
