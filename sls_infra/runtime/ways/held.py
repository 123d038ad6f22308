"""A secret's value, held for a while: read by one caller, used by all, and outliving a moment's failure to read it."""

from __future__ import annotations

from threading import Lock
from time import monotonic

from .. import log
from ..errors import HttpError, NotLinked
from .way import Misconfigured

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

STALE = 600.0
"""Seconds that a value serves while a newer one can't be read."""

RETRY = 2.0
"""Seconds before it is tried again after a failure."""


def of_name(name: str) -> Callable[[], str]:
    """Reads the secret of that name, as handlers do."""

    def read() -> str:
        from .. import links

        return links.secret(name)

    return read


def of_ref(ref: str) -> Callable[[], str]:
    """Reads the secret that the platform knows by `ref`."""

    def read() -> str:
        from .. import services

        return services.secret(ref)

    return read


class Held:
    """What `read` gave, for `fresh` seconds."""

    def __init__(self, read: Callable[[], str], fresh: float) -> None:
        self._read = read
        self._fresh = fresh
        self._value: str | None = None
        self._at = self._failed = float("-inf")
        self._reading = Lock()

    @property
    def current(self) -> bool:
        """Whether `value` would give what is held."""
        return monotonic() - self._at <= self._fresh

    def value(self, *, younger_than: float | None = None) -> str:
        """The value, read again where what is held is not fresh, or not `younger_than` so many seconds.

        Raises HttpError 503 where none can be had, Misconfigured where none ever can.
        """
        fresh = self._fresh if younger_than is None else younger_than
        if monotonic() - self._at > fresh:
            came = monotonic()
            with self._reading:
                if self._at < came and monotonic() - self._failed > RETRY:
                    self._refresh()
        if self._value is None or monotonic() - self._at > max(STALE, self._fresh):
            raise HttpError(503, "the server can't tell who calls at the moment", headers={"retry-after": "2"})
        return self._value

    def _refresh(self) -> None:
        try:
            value = self._read()
            if not isinstance(value, str) or not value:
                raise Misconfigured("the secret is empty")
        except Misconfigured:
            self._value = None
            raise
        except NotLinked as error:
            raise Misconfigured(f"the deployment does not say where its secret is: {error}") from error
        except Exception as error:  # whatever the platform answers
            self._failed = monotonic()
            log.failure("a secret of the ways in can't be read", error)
        else:
            self._value, self._at = value, monotonic()
