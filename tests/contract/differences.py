"""Where a caller does not get the same status everywhere: known, asserted, and told by the cloud's own notes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .model import Call


@dataclass(frozen=True)
class Difference:
    """A call whose status depends on the cloud."""

    call: Call
    status: int
    """What a cloud answers that is not named."""
    elsewhere: Mapping[str, int]
    """Cloud → what it answers."""
    word: str
    """What the notes of these clouds' capabilities must speak of."""
    why: str


DIFFERENCES = {
    "a slash too many at the end of a path that asks for a token, without one": Difference(
        Call("GET", "/me/"),
        404,
        {"azure": 401, "gcp": 401},
        "slash",
        "the vendor's gateway takes the path for the route's, and asks for the token before anything of ours is asked",
    ),
    "a literal segment that is not ASCII, percent-encoded in lower case": Difference(
        Call("GET", "/gr%c3%bc%c3%9fe/7"),
        200,
        {"gcp": 404},
        "percent",
        "path templates are compared with what is on the wire; clients write upper case (RFC 3986, 2.1)",
    ),
}
