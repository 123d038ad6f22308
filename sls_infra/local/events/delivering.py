"""How events go to a worker: as a request of the gateway's own. See `sls_infra.runtime.entry.local_events`."""

from __future__ import annotations

import itertools
import os

from ...runtime.entry.local import EVENTS

_prefix = os.urandom(6).hex()
_count = itertools.count(1)


def event_head(event: str) -> bytes:
    """The head of a frame that holds events of that source."""
    id = f"{_prefix}{next(_count):08x}"
    return "\0".join((id, "POST", f"/_sls/events/{event}", "", "", f"{EVENTS}{event}", "")).encode("latin-1")
