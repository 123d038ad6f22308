"""Secrets of the ways in: one that handlers could read by its name, or one that is read anew when callers ask."""

from __future__ import annotations

from threading import Lock
from time import monotonic

from .. import log
from ..errors import HttpError, NotLinked, ServiceError
from .way import Misconfigured

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

FRESH = 60.0
"""Seconds that a value is used before it is read again."""

STALE = 600.0
"""Seconds that a value serves while a newer one can't be read."""

RETRY = 2.0
"""Seconds before it is tried again after a failure."""


def named(name: str) -> str:
    """The secret of that name, as handlers read it: a minute old at most. Raises HttpError 503 where it can't be had
    now, Misconfigured where it never can."""
    from .. import links

    try:
        value = links.secret(name)
    except NotLinked as error:
        raise Misconfigured(f"the deployment does not say where the secret {name!r} is") from error
    except ServiceError:  # told to the log by who fetches it
        raise unavailable() from None
    if not value:
        raise Misconfigured(f"the secret {name!r} is empty")
    return value


class Held:
    """The secret that the platform knows by `ref`, which may be read again sooner than others are."""

    def __init__(self, ref: str, read: Callable[[str], str] | None = None) -> None:
        """`read` (default: the platform's) fetches it."""
        self._ref = ref
        self._read = read or _of_platform
        self._value = ""
        self._at = self._failed = float("-inf")
        self._reading = Lock()

    @property
    def current(self) -> bool:
        """Whether `value` would give what is held."""
        return monotonic() - self._at <= FRESH

    def value(self, *, younger_than: float = FRESH) -> str:
        """The value, not older than so many seconds where it can be had. One thread reads it; others go on with what is
        held, or wait for it where they want a younger one. Raises HttpError 503 where there is none."""
        came = monotonic()
        if came - self._at > younger_than:
            waits = younger_than < FRESH or came - self._at > STALE
            if self._reading.acquire(blocking=waits):
                try:
                    if self._at < came and monotonic() - self._failed > RETRY:
                        self._refresh()
                finally:
                    self._reading.release()
        if monotonic() - self._at > STALE:
            raise unavailable()
        return self._value

    def _refresh(self) -> None:
        try:
            self._value = self._read(self._ref)
        except Exception as error:  # whatever the platform answers
            self._failed = monotonic()
            log.failure("a secret of the ways in can't be read", error)
        else:
            self._at = monotonic()


def unavailable() -> HttpError:
    """For a caller of whom nothing can be told now."""
    return HttpError(503, "the server can't tell who calls at the moment", headers={"retry-after": "2"})


def _of_platform(ref: str) -> str:
    from .. import services

    return services.secret(ref)
