"""Walking JSON Schemas (2020-12): which members are schemas themselves, and where the references are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

DIALECT = "https://json-schema.org/draft/2020-12/schema"
ONE = frozenset(
    (
        "additionalProperties", "contains", "contentSchema", "else", "if", "items", "not", "propertyNames", "then",
        "unevaluatedItems", "unevaluatedProperties",
    )
)  # fmt: skip
"""Keywords whose value is a schema."""
LISTS = frozenset(("allOf", "anyOf", "oneOf", "prefixItems"))
MAPS = frozenset(("$defs", "definitions", "dependentSchemas", "patternProperties", "properties"))


def nested(schema: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The schemas directly within one, each with its place."""
    if not isinstance(schema, Mapping):
        return
    for keyword, value in schema.items():
        if keyword in ONE:
            yield (keyword,), value
        elif keyword in LISTS and isinstance(value, (list, tuple)):
            yield from (((keyword, str(index)), item) for index, item in enumerate(value))
        elif keyword in MAPS and isinstance(value, Mapping):
            yield from (((keyword, str(name)), item) for name, item in value.items())


def refs(schema: Any) -> Iterator[str]:
    """Every reference of a schema, with those that only tell which schema a value is of (`discriminator`)."""
    if not isinstance(schema, Mapping):
        return
    if isinstance(schema.get("$ref"), str):
        yield schema["$ref"]
    yield from _mapping(schema).values()
    for _, inner in nested(schema):
        yield from refs(inner)


def rewritten(schema: Any, change: Callable[[str], str]) -> Any:
    """The schema with every reference changed. What is data (`const`, `examples`, …) stays as it is."""
    if not isinstance(schema, Mapping):
        return schema
    made: dict[str, Any] = {}
    for keyword, value in schema.items():
        if keyword == "$ref" and isinstance(value, str):
            made[keyword] = change(value)
        elif keyword == "discriminator" and _mapping(schema):
            made[keyword] = {**value, "mapping": {name: change(ref) for name, ref in _mapping(schema).items()}}
        elif keyword in ONE:
            made[keyword] = rewritten(value, change)
        elif keyword in LISTS and isinstance(value, (list, tuple)):
            made[keyword] = [rewritten(item, change) for item in value]
        elif keyword in MAPS and isinstance(value, Mapping):
            made[keyword] = {name: rewritten(item, change) for name, item in value.items()}
        else:
            made[keyword] = value
    return made


def _mapping(schema: Mapping[str, Any]) -> dict[str, str]:
    """Value → reference, of a discriminator."""
    discriminator = schema.get("discriminator")
    found = discriminator.get("mapping") if isinstance(discriminator, Mapping) else None
    if not isinstance(found, Mapping):
        return {}
    return {name: ref for name, ref in found.items() if isinstance(ref, str)}


def escaped(part: str) -> str:
    """A name as a part of a JSON pointer in a URL's fragment."""
    from urllib.parse import quote

    return quote(part.replace("~", "~0").replace("/", "~1"), safe="~!$&'()*+,;=:@/?-._")


def parts(pointer: str) -> list[str]:
    """The names in a reference `#/a/b`."""
    from urllib.parse import unquote

    return [part.replace("~1", "/").replace("~0", "~") for part in unquote(pointer.removeprefix("#")).split("/")[1:]]
