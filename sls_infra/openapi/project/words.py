"""Python source, made of parts: laid out as formatters do, in lines of at most 120 characters."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH = 120


@dataclass(frozen=True, slots=True)
class Code:
    """An expression as it is written."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """A call; arguments without a name are by position."""

    name: str
    arguments: tuple[tuple[str, Any], ...]
    comments: tuple[str, ...] = ()
    """Lines above it, where it stands in a list."""


def expression(value: Any, indent: int = 0, before: int = 0, after: int = 0) -> str:
    """The source of a value. `before` and `after` are characters beside it on its first and last line."""
    match value:
        case Code(text):
            return text
        case Call(name, arguments):
            parts = [(f"{key}=" if key else "", part) for key, part in arguments]
            return _enclosed(f"{name}(", parts, ")", indent, before, after)
        case str():
            return quoted(value)
        case Mapping():
            parts = [(f"{quoted(key)}: ", part) for key, part in value.items()]
            return _enclosed("{", parts, "}", indent, before, after)
        case Sequence():
            return _enclosed("[", [("", part) for part in value], "]", indent, before, after)
    return repr(value)


def _enclosed(start: str, parts: list[tuple[str, Any]], end: str, indent: int, before: int, after: int) -> str:
    """On one line where that fits; else what is inside on a line of its own; else each part on one."""
    commented = any(isinstance(part, Call) and part.comments for _, part in parts)
    if not commented:
        flat = ", ".join(head + expression(part, -10_000) for head, part in parts)
        if before + len(start) + len(flat) + len(end) + after <= WIDTH - indent or indent < 0 or not parts:
            return start + flat + end
        if indent + 4 + len(flat) <= WIDTH:
            return f"{start}\n{' ' * (indent + 4)}{flat}\n{' ' * indent}{end}"
    pad = " " * (indent + 4)
    lines = [start]
    for head, part in parts:
        lines += [f"{pad}# {text}" for text in part.comments] if isinstance(part, Call) else []
        lines.append(f"{pad}{head}{expression(part, indent + 4, len(head), 1)},")
    return "\n".join([*lines, " " * indent + end])


def quoted(text: str) -> str:
    """A string's source, of one that holds printable characters alone."""
    escaped = text.replace("\\", "\\\\")
    if '"' in text and "'" not in text:
        return f"'{escaped}'"
    return '"' + escaped.replace('"', '\\"') + '"'


def printable(text: str) -> str:
    """The text on one line, without what no source file should hold."""
    return "".join(char if char.isprintable() else " " for char in text).strip()


def prose(text: str) -> str:
    """Text for a docstring: nothing in it ends the string, or is an escape."""
    return printable(text).replace("\\", "/").replace('"', "'")


def identifier(name: str, taken: Sequence[str] = ()) -> str:
    """A snake_case name of ASCII letters, unlike those taken."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    base = re.sub(r"[^A-Za-z0-9]+", "_", words).strip("_").lower() or "unnamed"
    base = base[:60].rstrip("_")
    if base[0].isdigit():
        base = f"_{base}"
    if keyword.iskeyword(base) or keyword.issoftkeyword(base):
        base += "_"
    found, number = base, 2
    while found in taken:
        found, number = f"{base}_{number}", number + 1
    return found


def wrapped(text: str, prefix: str) -> list[str]:
    """The text in lines that each begin with the prefix."""
    import textwrap

    width = WIDTH - len(prefix)
    return [prefix + each for each in textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)]
