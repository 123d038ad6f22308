"""Paths as descriptions have them → paths of the one grammar (`runtime.paths`)."""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import unquote

from ...runtime.paths import PathError, parse

_PARAMETER = re.compile(r"\{([^{}]*)\}")


class Paths:
    """Translates the paths of one document: those of one shape get the names of the first."""

    def __init__(self) -> None:
        self._named: dict[str, str] = {}

    def translated(self, template: str, greedy: Collection[str] = ()) -> tuple[str | None, list[str]]:
        """The path, and remarks on how it differs; None where it can't be one. `greedy` names parameters that take
        several segments."""
        remarks: list[str] = []
        if not template.startswith("/"):
            template = "/" + template
        if any(sign in template for sign in "?#"):
            return None, ["left out: routes are told by their path alone, not by a query or fragment in it"]
        if len(template) > 1 and template.endswith("/"):
            template = template.rstrip("/") or "/"
            remarks.append("the path's slash at the end is left out: no route ends in one")
        taken: set[str] = set()
        segments = [self._segment(text, greedy, taken, remarks) for text in template.split("/")[1:]]
        path = "/" + "/".join(segments)
        try:
            parsed = parse(path)
        except PathError as error:
            return None, [*remarks, f"left out: {error.message}"]
        first = self._named.setdefault(parsed.shape, path)
        if first != path:
            remarks.append(f"the path's parameters have the names of {first}, which is the same path")
        return first, remarks

    def _segment(self, segment: str, greedy: Collection[str], taken: set[str], remarks: list[str]) -> str:
        names = _PARAMETER.findall(segment)
        if not names:
            return unquote(segment)
        whole = f"{{{names[0]}}}" == segment
        name = _identifier("_".join(names))
        if not whole:
            remarks.append(f"the segment {segment} is one parameter {{{name}}}: split its value in the handler")
        elif name != names[0].removesuffix("+"):
            remarks.append(f"the path parameter {names[0]!r} is called {name!r}")
        unique, number = name, 2
        while unique in taken:
            unique, number = f"{name}_{number}", number + 1
        taken.add(unique)
        return f"{{{unique}+}}" if whole and (names[0] in greedy or names[0].endswith("+")) else f"{{{unique}}}"


def _identifier(name: str) -> str:
    """The name of ASCII letters, digits and underscores, not starting with a digit."""
    text = re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_")
    if not text:
        return "value"
    return f"_{text}" if text[0].isdigit() else text
