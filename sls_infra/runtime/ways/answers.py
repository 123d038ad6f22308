"""Answers of an authorizer, kept for a while."""

from __future__ import annotations

import hashlib
from threading import Lock
from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from ..http import Request

ENTRIES = 1024
MAX_LENGTH = 16 * 1024
"""Characters of claims as JSON that are kept; longer ones are asked for again."""

REFUSALS = 10.0
"""Seconds at most that a refusal is kept: who was unknown may be known soon."""


class Answers:
    """Key of a call → claims as JSON, or "" where nobody is let in; for `ttl` seconds, 0 for none at all."""

    def __init__(self, ttl: int) -> None:
        self.ttl = ttl
        self._entries: dict[bytes, tuple[float, str]] = {}
        self._adding = Lock()

    def get(self, key: bytes) -> str | None:
        """The answer, None where there is none, or none any more."""
        known = self._entries.get(key)
        return None if known is None or known[0] <= monotonic() else known[1]

    def add(self, key: bytes, text: str) -> None:
        """Keeps an answer. The one that came first goes first."""
        if len(text) > MAX_LENGTH:
            return
        seconds = float(self.ttl) if text else min(self.ttl, REFUSALS)
        with self._adding:
            self._entries.pop(key, None)
            while len(self._entries) >= ENTRIES:
                del self._entries[next(iter(self._entries))]
            self._entries[key] = (monotonic() + seconds, text)

    def __len__(self) -> int:
        return len(self._entries)


def digest(request: Request, without: Collection[str]) -> bytes:
    """Of all that an authorizer may tell callers and calls by, but for the headers of these names.

    Each part goes in with its length, so that no two requests read alike; repeated headers keep their order.
    """
    parts = [request.method, request.raw_path, request.raw_query, request.client_ip, request.url]
    headers = [(name.lower(), value) for name, value in request.headers.items()]
    for name, value in sorted(headers, key=lambda header: header[0]):
        if name not in without:
            parts += (name, value)
    hashed = hashlib.sha256()
    for part in parts:
        content = part.encode("utf-8", "surrogatepass")
        hashed.update(b"%d:" % len(content) + content)
    return hashed.digest()
