"""Mistakes in schemas that nothing checks but the reader of a description: a response's, a query's."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ...errors import Problem
from ...plan.model import Plan
from ...runtime.schema.values import TYPES, resolve
from ..schemas import DIALECT, LISTS, MAPS, ONE, nested

_FIX = "write it as a pydantic model, or as a JSON Schema (2020-12) that stands by itself"


def _size(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _names(value: Any) -> bool:
    return isinstance(value, list) and all(map(_text, value)) and len(set(value)) == len(value)


def _type(value: Any) -> bool:
    names = [value] if isinstance(value, str) else value
    return _names(names) and bool(names) and TYPES.keys() >= set(names)


_SHAPES: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys(ONE, lambda value: isinstance(value, (Mapping, bool))),
    **dict.fromkeys(LISTS, lambda value: isinstance(value, list) and bool(value)),
    **dict.fromkeys(MAPS, lambda value: isinstance(value, Mapping)),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _number),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), _size),
    **dict.fromkeys(("minContains", "maxContains"), _size),
    **dict.fromkeys(("title", "description", "format", "pattern", "contentEncoding", "contentMediaType"), _text),
    **dict.fromkeys(("$comment", "$ref"), _text),
    **dict.fromkeys(("deprecated", "readOnly", "writeOnly", "uniqueItems"), _flag),
    "multipleOf": lambda value: _number(value) and value > 0,
    "required": _names,
    "dependentRequired": lambda value: isinstance(value, Mapping) and all(map(_names, value.values())),
    "enum": lambda value: isinstance(value, list),
    "examples": lambda value: isinstance(value, list),
    "type": _type,
}
"""What the value of a keyword must look like."""

_ELSEWHERE = ("$anchor", "$dynamicAnchor", "$dynamicRef", "$recursiveAnchor", "$recursiveRef", "$vocabulary")
"""Keywords whose meaning hangs on the document that a schema stands in: moved into another, it would be another."""


def problems(planned: Plan) -> Iterator[Problem]:
    """Every mistake in the schemas of responses and queries. Those of requests are the plan's to check."""
    for route in planned.routes:
        for field, schema in (("response", route.response), ("query", route.query)):
            if schema is None:
                continue
            for message in mistakes(schema):
                yield Problem(f"{route.where}.{field}", message, _FIX)


def mistakes(schema: Mapping[str, Any]) -> Iterator[str]:
    """What keeps a value from being a schema that can be moved into a document."""
    try:
        json.dumps(schema, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        yield f"is no JSON: {error}"
        return
    yield from _walk(schema, schema, "#")


def _walk(schema: Any, root: Mapping[str, Any], place: str) -> Iterator[str]:
    if isinstance(schema, bool):
        return
    if not isinstance(schema, Mapping):
        yield f"{type(schema).__name__} in place of a schema (at {place})"
        return
    for keyword, value in schema.items():
        shape = _SHAPES.get(keyword)
        if shape is not None and not shape(value):
            yield f"{keyword}: {value!r}"[:200] + f" (at {place})"
        elif keyword == "$ref" and resolve(value, root) is None:
            yield f"$ref {value!r} points at nothing within the schema (at {place})"
        elif keyword == "$schema" and value not in (DIALECT, DIALECT + "#"):
            yield f"$schema {value!r} is another dialect (at {place})"
        elif keyword in _ELSEWHERE or (keyword == "$id" and schema is not root):
            yield f"{keyword} can't be carried into a document (at {place})"
    for at, inner in nested(schema):
        yield from _walk(inner, root, "/".join((place, *at)))
