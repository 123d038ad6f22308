"""What handlers import: `from sls_infra.runtime import HttpError, Message, Request, Response, idempotent, links`.

Ships in every bundle and is part of every cold start: standard library only, and what costs is imported on first use.
"""

from __future__ import annotations

from . import links
from .errors import Conflict, HttpError, NotFound, NotLinked, Throttled, TooLarge
from .http import Request, Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .events.shapes import Change, Message, Tick, Upload
    from .once import idempotent

__all__ = [
    "Change", "Conflict", "HttpError", "Message", "NotFound", "NotLinked", "Request", "Response", "Throttled", "Tick",
    "TooLarge", "Upload", "idempotent", "links",
]  # fmt: skip

_HOMES = {"Change": "events.shapes", "Message": "events.shapes", "Tick": "events.shapes", "Upload": "events.shapes",
          "idempotent": "once"}  # fmt: skip
"""Where the names are that are imported on first use."""


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(__import__(f"{__name__}.{home}", fromlist=[name]), name)
    return value
