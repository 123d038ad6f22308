"""The neutral part of what gateways import: paths and operations, no schemas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .model import Plan, RoutePlan


def document(planned: Plan, operation: Callable[[RoutePlan], dict[str, Any]], any_method: str) -> dict[str, Any]:
    """An OpenAPI 3.0.1 document with one operation a route.

    `operation` gives what the gateway adds to one (integration, security); `any_method` is its word for ANY.
    """
    paths: dict[str, dict[str, Any]] = {}
    for route in planned.routes:
        item = paths.setdefault(route.path, _path_item(route.path))
        item[any_method if route.method == "ANY" else route.method.lower()] = {
            "operationId": route.operation_id,
            "responses": {"default": {"description": "the function's answer"}},
            **operation(route),
        }
    return {
        "openapi": "3.0.1",
        "info": {"title": planned.name, "version": planned.version, "description": planned.description},
        "paths": paths,
    }


def parameters(path: str) -> list[dict[str, Any]]:
    """The path parameters of a path: a greedy one is named without its "+"."""
    names = [segment.strip("{}").rstrip("+") for segment in path.split("/") if segment.startswith("{")]
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _path_item(path: str) -> dict[str, Any]:
    found = parameters(path)
    return {"parameters": found} if found else {}
