"""Where a gateway keeps what it knows of its event sources: a folder named by its urn, which outlives its own one, that
is made anew after a kill."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from ..files import EVENTS, release_root, remove


def events_folder(root: Path, urn: str) -> Path:
    """The folder of the gateway of that urn; nothing is made."""
    return root / EVENTS / sha256(urn.encode()).hexdigest()[:16]


def remove_events(root: Path, urn: str) -> None:
    """Removes it, if it is there."""
    remove(events_folder(root, urn))
    release_root(root)
