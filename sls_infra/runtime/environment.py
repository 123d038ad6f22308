"""Environment variables whose values are secrets: filled in before the handlers are imported, and kept current."""

from __future__ import annotations

from _thread import allocate_lock
from os import environ
from time import monotonic

from . import deployed, log, services
from .errors import HttpError, SecretsMissing, ServiceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PAUSE = 5.0
"""Seconds before it is tried again to have what could not be had."""


class Environment:
    """The variables of one function. For any number of threads."""

    def __init__(self, variables: Mapping[str, str], clock: Callable[[], float] = monotonic) -> None:
        """`variables`: name of the variable → name of the secret."""
        self._variables = variables
        self._clock = clock
        self._lock = allocate_lock()
        self._due = 0.0
        self.is_filled = False
        """Whether all variables have had a value."""

    def fill(self) -> None:
        """Puts the secrets' values into `os.environ`, all or none, fetched at once. Raises SecretsMissing where one
        can't be had; it takes some seconds to find that out."""
        with self._lock:
            if not self.is_filled:
                self._fill()

    def check(self) -> None:
        """To be called for each request. While the variables are not filled it tries that again, now and then, and
        raises an HttpError, 503. Later it sees to it that they are fetched anew once they are old, in the background:
        on a platform that stops a function between its requests, that goes on with the next one."""
        if self._clock() < self._due:
            if not self.is_filled:
                raise _unavailable()
            return
        if not self.is_filled:
            try:
                self.fill()
            except SecretsMissing as error:
                log.failure("the function's environment can't be filled", error)
                raise _unavailable() from None
        elif self._lock.acquire(False):
            from threading import Thread

            Thread(target=self._refresh, name="secret environment", daemon=True).start()

    def _refresh(self) -> None:
        try:
            self._fill()
        except SecretsMissing as error:
            log.failure("the function's environment can't be renewed, the last values go on", error)
        finally:
            self._lock.release()

    def _fill(self) -> None:
        try:
            values = self._values()
            self._due = self._clock() + services.platform().fresh_environment
        except BaseException as error:
            self._due = self._clock() + PAUSE
            if isinstance(error, ServiceError):
                raise SecretsMissing(str(error)) from None
            raise
        environ.update({variable: values[name] for variable, name in self._variables.items()})
        self.is_filled = True

    def _values(self) -> dict[str, str]:
        """Secret → value. One thread a secret beyond the first: they are fetched in the time of one."""
        refs = {name: _ref(name) for name in self._variables.values()}
        values: dict[str, str] = {}
        errors: list[ServiceError] = []

        def fetch(name: str, ref: str) -> None:
            try:
                values[name] = _storable(name, services.cached_secret(ref))
            except ServiceError as error:
                errors.append(error)
            except BaseException as error:
                errors.append(ServiceError(f"secret {name}: {type(error).__name__}"))

        (name, ref), *others = refs.items()
        threads = []
        if others:
            from threading import Thread

            threads = [Thread(target=fetch, args=other, daemon=True) for other in others]
        for thread in threads:
            thread.start()
        fetch(name, ref)
        for thread in threads:
            thread.join()
        if errors:
            raise ServiceError("; ".join(sorted(map(str, errors))))
        return values


def of(variables: Mapping[str, str] | None) -> Environment | None:
    """That of a manifest's `env`; None where it asks for none."""
    return Environment(variables) if variables else None


def _ref(name: str) -> str:
    ref = deployed.secret_ref(name)
    if ref is None:
        raise ServiceError(f"secret {name}: this function was given none of that name: deploy it again")
    return ref


def _storable(name: str, value: str) -> str:
    if "\0" in value:
        raise ServiceError(f"secret {name}: its value has a NUL in it, which no environment variable can hold")
    return value


def _unavailable() -> HttpError:
    return HttpError(503, "the function is not ready", headers={"retry-after": str(int(PAUSE))})
