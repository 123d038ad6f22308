"""Cursors: where a query goes on, as text that a URL can hold."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

MAX = 16_384
"""Characters of a cursor."""
_SUM = 12
"""Bytes by which a cursor knows its query."""


def written(position: Mapping[str, Any], query: Sequence[object]) -> str:
    """The cursor of a position in that query. It is not encrypted: it tells the key of the last item."""
    from base64 import urlsafe_b64encode
    from json import dumps

    content = dumps(position, separators=(",", ":"), sort_keys=True).encode()
    return urlsafe_b64encode(_sum(content, query) + content).decode().rstrip("=")


def read(cursor: str, query: Sequence[object]) -> dict[str, Any]:
    """The position. Raises ValueError where the text is no cursor of that query: cut short, another's, made up. (Who
    makes one up with care can start elsewhere in the same query, and that is all.)"""
    from binascii import Error, a2b_base64
    from json import loads

    try:
        if len(cursor) > MAX:
            raise ValueError
        plain = a2b_base64(cursor.translate({45: "+", 95: "/"}).encode("ascii") + b"=" * (-len(cursor) % 4))
        content = plain[_SUM:]
        if plain[:_SUM] != _sum(content, query):
            raise ValueError
        position = loads(content)
        if not isinstance(position, dict):
            raise ValueError
    except (ValueError, Error, AttributeError, TypeError):
        raise ValueError("the cursor is none that this query gave: start again without one") from None
    return position


def _sum(content: bytes, query: Sequence[object]) -> bytes:
    from hashlib import sha256
    from json import dumps

    return sha256(dumps(query).encode() + b"\n" + content).digest()[:_SUM]
