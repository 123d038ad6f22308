"""What the value of each keyword of JSON Schema (2020-12) must look like, annotations too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..runtime.schema.values import TYPES
from .schemas import LISTS, MAPS, ONE


def well_formed(keyword: str, value: Any) -> bool:
    """Whether a keyword can have this value; one that is not known can have any."""
    shape = _SHAPES.get(keyword)
    return shape is None or shape(value)


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
