"""The parts of a compact JWS: base64url as RFC 7515 has it, and JSON objects in it."""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64
from json import JSONDecoder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ALPHABET = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
_TO_STANDARD = str.maketrans("-_", "+/")


def from_base64url(text: str) -> bytes:
    """The bytes. One text alone stands for them: raises ValueError for other characters, and for bits left over that
    are not 0. Padding that is right is taken, as some issuers write it (AWS's load balancers)."""
    bare = text.rstrip("=")
    if text != bare and (len(text) % 4 or len(text) - len(bare) > 2):
        raise ValueError("padding that does not fit")
    if not ALPHABET.issuperset(bare):
        raise ValueError("a character that is not of base64url")
    standard = bare.translate(_TO_STANDARD)
    standard += "=" * (-len(standard) % 4)
    content = a2b_base64(standard)
    if b2a_base64(content, newline=False).decode("ascii") != standard:
        raise ValueError("bits that are left over")
    return content


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is no JSON")


_decode = JSONDecoder(parse_constant=_refuse).decode


def json_object(text: str) -> dict[str, Any]:
    """The JSON object. Of two members of a name the last counts (RFC 7519, 4, allows it, and Python's readers do it),
    for every check alike, since it is read once. Raises ValueError or RecursionError for what is none."""
    value = _decode(text)
    if not isinstance(value, dict):
        raise ValueError("it is no object")
    return value
