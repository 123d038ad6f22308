"""Messages that came already: the same one again is refused for as long as its signature holds."""

from __future__ import annotations

from threading import Lock

ENTRIES = 10_000
"""Messages that are kept. Only what was signed by who holds the secret gets in; past this, the oldest goes."""


class Replays:
    """Digest of a message → until when it is refused, in seconds since 1970.

    This is the memory of one process. It is empty in a new one, and no two share it: where several instances serve a
    function, or one is started anew, a message that was taken by another one is taken once more, within the tolerance
    of its timestamp. What must not happen twice at all is for the handler to see to, by the message's id.
    """

    def __init__(self) -> None:
        self._until: dict[bytes, float] = {}
        self._lock = Lock()

    def first(self, message: bytes, until: float, now: float) -> bool:
        """Whether it has not come before; and keeps it."""
        with self._lock:
            if self._until.get(message, now - 1) >= now:
                return False
            self._until.pop(message, None)
            if len(self._until) >= ENTRIES:
                self._until = {known: end for known, end in self._until.items() if end >= now}
            while len(self._until) >= ENTRIES:
                del self._until[next(iter(self._until))]
            self._until[message] = until
            return True

    def forget(self, message: bytes) -> None:
        """The message may come again: it was not dealt with."""
        with self._lock:
            self._until.pop(message, None)

    def __len__(self) -> int:
        return len(self._until)
