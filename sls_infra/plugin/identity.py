"""What resources are called: by the engine, and on this machine."""

from __future__ import annotations

import re
import secrets

LONGEST = 48
"""Characters of an id's readable part."""


def name_of(urn: str) -> str:
    """The logical name that a URN ends with."""
    return urn.split("::", 3)[-1]


def type_of(urn: str) -> str:
    """The type token of a URN, which carries those of its parents before it."""
    return urn.split("::", 3)[2].rsplit("$", 1)[-1]


def fresh_id(urn: str) -> str:
    """An id that is safe as a folder's name, and new each time: the one before it may still be there."""
    readable = re.sub(r"[^a-z0-9]+", "-", name_of(urn).lower())[:LONGEST].strip("-")
    return f"{readable or 'sls'}-{secrets.token_hex(4)}"
