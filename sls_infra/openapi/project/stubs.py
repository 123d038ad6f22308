"""The handlers of a project made from a description: each answers 501 until it is written."""

from __future__ import annotations

from ..reading.model import CUSTOM, Description, ReadRoute
from .names import handlers
from .words import prose, wrapped

_HEAD = "from sls_infra.runtime import HttpError, Request, Response\n"


def stubs(read: Description) -> dict[str, str]:
    """Module → its text, below the package of the project."""
    modules: dict[str, list[str]] = {}
    groups: dict[str, str] = {}
    for route, (module, function) in handlers(read.routes).items():
        modules.setdefault(module, []).append(_stub(route, function))
        groups.setdefault(module, route.group)
    made = {"handlers/__init__.py": '"""What the API does: a module for each group of operations."""\n'}
    for module, functions in modules.items():
        title = f'"""Handlers: {prose(groups[module])[:90]}."""\n'
        made[f"handlers/{module}.py"] = "\n\n".join([f"{title}\n{_HEAD}", *functions])
    if any(way.variable == CUSTOM for way in read.ways):
        why = next(way.why for way in read.ways if way.variable == CUSTOM)
        made["authorizers.py"] = _authorizer(why)
    return made


def _stub(route: ReadRoute, function: str) -> str:
    summary = prose(route.summary)[:100].rstrip(".") or prose(route.where)
    said = [prose(route.where), *(prose(note) for note in route.notes if prose(note).rstrip(".") != summary)]
    lines = [line for each in said for line in wrapped(each, "    ")]
    text = [
        f"def {function}(request: Request) -> Response:",
        f'    """{summary}.',
        "",
        *lines,
        '    """',
        '    raise HttpError(501, "not written yet")',
    ]
    return "\n".join(text) + "\n"


def _authorizer(why: str) -> str:
    lines = "\n".join(wrapped(prose(why[:1].upper() + why[1:]) + ".", ""))
    return f'''"""Who may call, where the spec has no word for it."""

from collections.abc import Mapping

from sls_infra.runtime import Request


def authorize(request: Request) -> Mapping[str, object] | None:
    """The claims of the caller, or None: 401.

{_indented(lines)}
    """
    return None
'''


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())
