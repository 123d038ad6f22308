"""JSON values as JSON Schema sees them: their types, when two are equal; and what patterns and references mean."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def is_number(value: Any) -> bool:
    """Whether it is a number: true and false are none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_integer(value: Any) -> bool:
    """Whether it is a whole number, however written: 1.0 is one."""
    return is_number(value) and (isinstance(value, int) or value.is_integer())


TYPES: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "null": ("null", lambda value: value is None),
    "boolean": ("true or false", lambda value: isinstance(value, bool)),
    "integer": ("a whole number", is_integer),
    "number": ("a number", is_number),
    "string": ("a string", lambda value: isinstance(value, str)),
    "array": ("an array", lambda value: isinstance(value, list)),
    "object": ("an object", lambda value: isinstance(value, dict)),
}
"""By name: in words, and the test."""


def identity(value: Any) -> Any:
    """A hashable stand-in that is equal where JSON Schema calls two values equal: 1 is 1.0 and is not true."""
    if isinstance(value, bool):
        return ("boolean", value)
    if isinstance(value, list):
        return ("array", *map(identity, value))
    if isinstance(value, dict):
        return ("object", frozenset((key, identity(item)) for key, item in value.items()))
    return value


def shown(value: Any) -> str:
    """The value as JSON, for a message: cut where it is long."""
    from json import dumps

    text = dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "…"


def regex(pattern: str) -> Callable[[str], object]:
    """Searches for the pattern; `$` outside of a character class is the very end, and not also a line break before it,
    as in ECMAScript and in pydantic. Raises re.error for what Python can't compile."""
    parts, in_class = [], False
    for part in re.findall(r"\\.|.", pattern, re.DOTALL):
        if part == "[":
            in_class = True
        elif part == "]":
            in_class = False
        parts.append(r"\Z" if part == "$" and not in_class else part)
    return re.compile("".join(parts)).search


def resolve(ref: Any, root: Any) -> Any:
    """The schema within the document that a reference points to; None where that is nothing."""
    if not isinstance(ref, str) or not ref.startswith("#") or ref[1:2] not in ("", "/"):
        return None
    from urllib.parse import unquote

    target = root
    for part in unquote(ref[1:]).split("/")[1:]:
        part = part.replace("~1", "/").replace("~0", "~")
        if isinstance(target, dict) and part in target:
            target = target[part]
        elif isinstance(target, list) and part.isdecimal() and int(part) < len(target):
            target = target[int(part)]
        else:
            return None
    return target if isinstance(target, (dict, bool)) else None
