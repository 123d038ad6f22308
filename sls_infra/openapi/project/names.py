"""What things are called in a new project."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from ..reading.model import ReadRoute
from .words import identifier

_TAKEN = ("sls_infra", "infra", "schemas", "src", "tests", "conftest", "pulumi", "handlers")


def package(name: str) -> str:
    """The package of a project's handlers: none that another import would mean."""
    found = identifier(name)
    return f"{found}_api" if found in sys.stdlib_module_names or found in _TAKEN else found


def handlers(routes: Sequence[ReadRoute]) -> dict[ReadRoute, tuple[str, str]]:
    """Route → module and function of its handler, each name only once in its module."""
    modules: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    found = {}
    for route in routes:
        if route.group not in names:
            names[route.group] = identifier(route.group, list(names.values()))
        module = names[route.group]
        taken = modules.setdefault(module, ["HttpError", "Request", "Response"])
        words = route.operation_id or f"{route.method.lower()} {route.path}"
        function = identifier(words, taken)
        taken.append(function)
        found[route] = (module, function)
    return found
