"""An example of a schema: the schema's own, or one made of it; none rather than one that does not fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...runtime import schema as checker
from ...runtime.schema.values import resolve

NOTHING = object()
"""Stands for no example: None is one."""
_DEPTH = 8
_MOST = 100
"""Definitions of a schema that is looked at: to check an example of a larger one would take longer than all else."""
_STRINGS = {
    "date": "2026-01-31",
    "date-time": "2026-01-31T12:00:00Z",
    "time": "12:00:00Z",
    "duration": "P1D",
    "email": "ann@example.com",
    "uri": "https://example.com/",
    "uuid": "3f2b0c1e-8a5d-4f6e-9b7c-1d2e3f4a5b6c",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "hostname": "example.com",
    "byte": "ZXhhbXBsZQ==",
    "binary": "example",
}
_TRIES = ("string", "a", "A", "1", "a1", "A1", "ABC", "abc-1", "ABC-1", "12345", "2026-01-31", "EUR", "en", "+1", "#0")


def example(schema: Mapping[str, Any]) -> Any:
    """A value that fits the schema, or NOTHING where none is found."""
    if len(schema.get("$defs", ())) > _MOST:
        return NOTHING
    try:
        fits = checker.compile(dict(schema))
        value = _made(schema, schema, 0)
        return NOTHING if value is NOTHING or fits(value) else value
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
        return NOTHING  # a schema that can't be checked, or that is none, has no example that is known to fit


def _made(schema: Any, root: Mapping[str, Any], depth: int) -> Any:
    if not isinstance(schema, Mapping):
        return NOTHING if schema is False else "anything"
    given = _given(schema)
    if given is not NOTHING:
        return given
    if depth > _DEPTH:
        return NOTHING
    if isinstance(schema.get("$ref"), str):
        return _made(resolve(schema["$ref"], root), root, depth + 1)
    if schema.get("allOf"):
        return _of_all(schema, root, depth)
    for word in ("anyOf", "oneOf"):
        for arm in schema.get(word, ()):
            found = _made(arm, root, depth + 1)
            if found is not NOTHING and found is not None:
                return found
    return _of_type(schema, root, depth)


def _given(schema: Mapping[str, Any]) -> Any:
    """What the schema says itself."""
    for word in ("examples", "enum"):
        if schema.get(word):
            return schema[word][0]
    for word in ("const", "example", "default"):
        if word in schema:
            return schema[word]
    return NOTHING


def _of_all(schema: Mapping[str, Any], root: Mapping[str, Any], depth: int) -> Any:
    """The members of all parts together, where they are objects; else the first part's."""
    made = [_made(part, root, depth + 1) for part in schema["allOf"]]
    own = {key: value for key, value in schema.items() if key != "allOf"}
    if "type" in own or "properties" in own:
        made.append(_of_type(own, root, depth))
    objects = [value for value in made if isinstance(value, dict)]
    if objects:
        return {key: value for each in objects for key, value in each.items()}
    return made[0]


def _of_type(schema: Mapping[str, Any], root: Mapping[str, Any], depth: int) -> Any:
    kinds = schema.get("type", "object" if "properties" in schema else "string")
    kind = kinds if isinstance(kinds, str) else next((each for each in kinds if each != "null"), "null")
    match kind:
        case "object":
            return _object(schema, root, depth)
        case "array":
            return _array(schema, root, depth)
        case "string":
            return _string(schema)
        case "integer" | "number":
            return _number(schema, kind)
        case "boolean":
            return True
        case _:
            return None


def _object(schema: Mapping[str, Any], root: Mapping[str, Any], depth: int) -> Any:
    made = {}
    for name, part in schema.get("properties", {}).items():
        value = _made(part, root, depth + 1)
        if value is not NOTHING:
            made[name] = value
        elif name in schema.get("required", ()):
            return NOTHING
    return made


def _array(schema: Mapping[str, Any], root: Mapping[str, Any], depth: int) -> Any:
    made = [_made(part, root, depth + 1) for part in schema.get("prefixItems", ())]
    if not made and schema.get("items") is not False:
        item = _made(schema.get("items", True), root, depth + 1)
        made = [] if item is NOTHING else [item] * max(1, min(int(schema.get("minItems", 1)), 5))
    return NOTHING if NOTHING in made else made


def _string(schema: Mapping[str, Any]) -> Any:
    if schema.get("format") in _STRINGS:
        return _STRINGS[schema["format"]]
    fits = checker.compile({key: schema[key] for key in ("pattern", "minLength", "maxLength") if key in schema})
    shortest = min(int(schema.get("minLength", 0)), 200)
    tries = (*_TRIES, *(text * shortest for text in ("x", "X", "0")))
    return next((text for text in tries if not fits(text)), NOTHING)


def _number(schema: Mapping[str, Any], kind: str) -> Any:
    step = schema.get("multipleOf", 1)
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is None and "exclusiveMinimum" in schema:
        low = schema["exclusiveMinimum"] + step
    if high is None and "exclusiveMaximum" in schema:
        high = schema["exclusiveMaximum"] - step
    value = low if low is not None else min(high, step) if high is not None else step
    value = -(-value // step) * step
    return int(value) if kind == "integer" else value
