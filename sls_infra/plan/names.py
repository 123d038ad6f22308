"""One naming scheme: readable, within each cloud's length and alphabet, and stable."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from ..errors import Problem

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
LONGEST = 64
"""Characters of a name in a spec, at the most."""
HASH = 6
ROUTE_ID = 11
"""Hexadecimal digits of a route's id: two of 300 routes are alike once in 10^8 Apis."""


def canonical(name: str) -> str:
    """The name in the alphabet that every cloud takes: lower case, digits and "-"."""
    return re.sub(r"-+", "-", name.lower().replace("_", "-")).strip("-")


def shortened(name: str, limit: int) -> str:
    """`canonical(name)` in at most `limit` characters: what is cut off is replaced by a hash of the whole."""
    text = canonical(name)
    if len(text) <= limit:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()[:HASH]
    return f"{text[: limit - HASH - 1].rstrip('-')}-{digest}"


def child(parent: str, name: str, limit: int) -> str:
    """The logical name of something an Api owns: `<api>-<name>`, never numbered by position."""
    return shortened(f"{parent}-{name}", limit)


def route_id(method: str, path: str) -> str:
    """What a gateway calls a route where it takes few characters: the same for the same route, whatever its place."""
    return "r" + hashlib.sha256(f"{method} {path}".encode()).hexdigest()[:ROUTE_ID]


def bad_name(where: str, name: str) -> Iterator[Problem]:
    """A name that no naming scheme could carry to every cloud."""
    if not NAME.fullmatch(name):
        fix = "use letters, digits, '-' and '_', starting with a letter"
        yield Problem(where, f"{name!r} is no name", fix)
    elif len(name) > LONGEST:
        yield Problem(where, f"the name has {len(name)} characters, over {LONGEST}", "use a shorter one")
