"""Mistakes in schemas that nothing checks but the reader of a description: a response's, a query's."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ...errors import Problem
from ...plan.model import Plan
from ...runtime.schema.values import resolve
from ..schemas import DIALECT, nested
from ..shapes import well_formed

_FIX = "write it as a pydantic model, or as a JSON Schema (2020-12) that stands by itself"


_ELSEWHERE = ("$anchor", "$dynamicAnchor", "$dynamicRef", "$recursiveAnchor", "$recursiveRef", "$vocabulary")
"""Keywords whose meaning hangs on the document that a schema stands in: moved into another, it would be another."""


def problems(planned: Plan) -> Iterator[Problem]:
    """Every mistake in the schemas of responses and queries. Those of requests are the plan's to check, but for
    references that lead to themselves: there they only mean that nothing fits."""
    for route in planned.routes:
        for message in _loops(route.request or {}, route.request or {}, "#"):
            yield Problem(f"{route.where}.request", message, _FIX)
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
    yield from _loops(schema, schema, "#")


def _loops(schema: Any, root: Mapping[str, Any], place: str) -> Iterator[str]:
    """References that lead to themselves: nothing ever says which values fit."""
    seen: list[str] = []
    here = schema
    while isinstance(here, Mapping) and isinstance(here.get("$ref"), str):
        if here["$ref"] in seen:
            yield f"$ref {here['$ref']!r} leads to itself (at {place})"
            break
        seen.append(here["$ref"])
        here = resolve(here["$ref"], root)
    for at, inner in nested(schema):
        yield from _loops(inner, root, "/".join((place, *at)))


def _walk(schema: Any, root: Mapping[str, Any], place: str) -> Iterator[str]:
    if isinstance(schema, bool):
        return
    if not isinstance(schema, Mapping):
        yield f"{type(schema).__name__} in place of a schema (at {place})"
        return
    for keyword, value in schema.items():
        if not well_formed(keyword, value):
            yield f"{keyword}: {value!r}"[:200] + f" (at {place})"
        elif keyword == "$ref" and resolve(value, root) is None:
            yield f"$ref {value!r} points at nothing within the schema (at {place})"
        elif keyword == "$schema" and value not in (DIALECT, DIALECT + "#"):
            yield f"$schema {value!r} is another dialect (at {place})"
        elif keyword in _ELSEWHERE or (keyword == "$id" and schema is not root):
            yield f"{keyword} can't be carried into a document (at {place})"
    for at, inner in nested(schema):
        yield from _walk(inner, root, "/".join((place, *at)))
