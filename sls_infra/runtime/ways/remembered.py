"""Verified tokens, kept until they expire."""

from __future__ import annotations

from threading import Lock
from time import time

ENTRIES = 1024
MAX_LENGTH = 4096
"""Characters of a token, and of its claims. Longer ones are verified anew each time, so that what is kept stays below
some 8 MB."""


class Remembered:
    """Token → claims as JSON, of one way in. Bounded: the one that came first goes first."""

    def __init__(self) -> None:
        self._entries: dict[str, tuple[float, int, str]] = {}
        self._adding = Lock()

    def get(self, token: str, generation: int) -> str | None:
        """The claims of a token that was verified with keys of this generation and has not expired."""
        known = self._entries.get(token)
        if known is None or known[1] != generation or known[0] <= time():
            return None
        return known[2]

    def add(self, token: str, until: float, generation: int, claims: str) -> None:
        """Keeps a verified token `until` then, in seconds since 1970."""
        if len(token) > MAX_LENGTH or len(claims) > MAX_LENGTH:
            return
        with self._adding:
            entries = self._entries
            entries.pop(token, None)
            while len(entries) >= ENTRIES:
                del entries[next(iter(entries))]
            entries[token] = (until, generation, claims)

    def __len__(self) -> int:
        return len(self._entries)
