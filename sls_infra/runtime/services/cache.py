"""Values that are fetched once a minute at the most, and outlive an outage of where they come from."""

from __future__ import annotations

from _thread import allocate_lock
from time import monotonic

from .. import log
from ..errors import ServiceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

STALE = 600.0
"""Seconds after its last fetch for which a value goes on being given while it can't be fetched."""

PAUSE = 5.0
"""Seconds after a failure before it is tried again: callers don't each wait for a platform that is out of order."""


class _Entry:
    __slots__ = ("due", "error", "fetched", "lock", "value")

    def __init__(self) -> None:
        self.lock = allocate_lock()
        self.value: str | None = None
        self.fetched = 0.0
        self.due = 0.0
        """When it is to be fetched again."""
        self.error = ""


class Cache:
    """Values by ref. For any number of threads: one fetches, while others are given the last value if there is one."""

    def __init__(self, fetch: Callable[[str], str], fresh: float, clock: Callable[[], float] = monotonic) -> None:
        """`fetch` gives a value or raises ServiceError; `fresh`: seconds for which one is current."""
        self._fetch = fetch
        self._fresh = fresh
        self._clock = clock
        self._entries: dict[str, _Entry] = {}

    def get(self, ref: str) -> str:
        """The value. Raises ServiceError where there is none, or none that is fresh enough."""
        entry = self._entries.get(ref)
        if entry is None:
            entry = self._entries.setdefault(ref, _Entry())
        now = self._clock()
        usable = entry.value is not None and now <= entry.fetched + STALE
        if now >= entry.due and entry.lock.acquire(not usable):  # who has nothing to go on with waits for it
            try:
                if self._clock() >= entry.due:  # nobody else has just done it
                    self._renew(ref, entry)
            finally:
                entry.lock.release()
        value = entry.value
        if value is None or self._clock() > entry.fetched + STALE:
            raise ServiceError(entry.error or "it could not be fetched")
        return value

    def _renew(self, ref: str, entry: _Entry) -> None:
        try:
            value = self._fetch(ref)
        except ServiceError as error:
            entry.error = str(error)
            entry.due = self._clock() + PAUSE
            log.failure("a secret can't be fetched", error)
        else:
            now = self._clock()
            entry.value, entry.fetched, entry.due, entry.error = value, now, now + self._fresh, ""
