"""One operation: what a route takes and answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ...plan.model import RoutePlan
from ...runtime.paths import parse
from ...runtime.schema.values import resolve
from ..schemas import refs
from .answers import refusals
from .components import Components
from .examples import NOTHING, example
from .limits import rate_limits
from .security import asked

_GREEDY = (
    "One or more segments of the path, slashes and all. OpenAPI has no parameter of that kind: tools that percent-"
    "encode the slash of a value can call this with one segment alone."
)


def operation(route: RoutePlan, operation_id: str, components: Components) -> dict[str, Any]:
    """The operation of a route, under one of its methods."""
    made: dict[str, Any] = {"operationId": operation_id}
    if tag := _tag(route.path):
        made["tags"] = [tag]
    if route.summary:
        made["summary"] = route.summary
    if route.query is not None:
        made |= _query(route, components)
    if route.request is not None:
        name = f"{_capital(route.operation_id)}Request"
        made["requestBody"] = {
            "required": True,
            "content": {"application/json": _media(route.request, name, components)},
        }
    made["responses"] = {"2XX": _answer(route, components)} | {
        status: {"$ref": f"#/components/responses/{name}"} for status, name in refusals(route).items()
    }
    made["security"] = asked(route)
    if route.limits:
        made["x-sls-rate-limit"] = rate_limits(route.limits)
    return made


def path_parameters(path: str) -> list[dict[str, Any]]:
    """The parameters in a path."""
    made = []
    for segment in parse(path).segments:
        if segment.kind == "static":
            continue
        one: dict[str, Any] = {"name": segment.name, "in": "path", "required": True}
        if segment.kind == "greedy":
            one |= {"description": _GREEDY, "x-sls-greedy": True}
        made.append({**one, "schema": {"type": "string", "minLength": 1}})
    return made


def _answer(route: RoutePlan, components: Components) -> dict[str, Any]:
    if route.response is None:
        return {"description": "The handler's answer, which is not described."}
    media = _media(route.response, f"{_capital(route.operation_id)}Response", components)
    return {"description": "The handler's answer.", "content": {"application/json": media}}


def _media(schema: Mapping[str, Any], name: str, components: Components) -> dict[str, Any]:
    media: dict[str, Any] = {"schema": components.take(schema, name)}
    shown = example(schema)
    return media if shown is NOTHING else {**media, "example": shown}


def _query(route: RoutePlan, components: Components) -> dict[str, Any]:
    """The query's properties as parameters. One that is described as a whole alone stays whole, in a member of ours."""
    assert route.query is not None
    whole: Mapping[str, Any] = route.query
    described = whole
    while isinstance(described, Mapping) and "properties" not in described and isinstance(described.get("$ref"), str):
        found = resolve(described["$ref"], whole)
        if found is described or not isinstance(found, Mapping):
            break
        described = found
    properties = described.get("properties") or {}
    inward = [ref for ref in refs(whole) if not ref.startswith(("#/$defs/", "#/definitions/"))]
    if not properties or inward:  # taken out of it, its parts would mean something else
        return {"x-sls-query": components.take(whole, f"{_capital(route.operation_id)}Query")}
    required = described.get("required", ())
    defs = {key: whole[key] for key in ("$defs", "definitions") if key in whole}
    return {"parameters": [_one(name, part, name in required, defs, components) for name, part in properties.items()]}


def _one(name: str, part: Any, required: bool, defs: Mapping[str, Any], components: Components) -> dict[str, Any]:
    made: dict[str, Any] = {"name": name, "in": "query", "required": required}
    if not isinstance(part, Mapping):
        return {**made, "schema": part}
    if "description" in part:
        made["description"] = part["description"]
    if part.get("deprecated"):
        made["deprecated"] = True
    bare = {key: value for key, value in part.items() if key not in ("description", "deprecated", "title")}
    if bare.get("type") == "object":
        made["style"] = "deepObject"
    return {**made, "schema": components.take({**bare, **defs}, _capital(name) or "Parameter")}


def _capital(name: str) -> str:
    name = re.sub(r"[^A-Za-z0-9._-]+", "", name)
    return name[:1].upper() + name[1:]


def _tag(path: str) -> str:
    """The first word of the path that is no version."""
    words = [segment.value for segment in parse(path).segments if segment.kind == "static"]
    return next((word for word in words if not re.fullmatch(r"v\d+|api", word)), "")
