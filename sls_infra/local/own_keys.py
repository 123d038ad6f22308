"""The key of tokens of one's own making: a secret's value, which may change while the gateway runs."""

from __future__ import annotations

import time
from collections.abc import Callable

from ..errors import LocalError
from ..runtime.errors import HttpError
from ..runtime.ways.signatures import SYMMETRIC, OwnKey, SharedKey
from ..runtime.ways.way import Misconfigured
from .keys import Key

FRESH = 1.0
"""Seconds after which the secret is looked at again: it lies on this machine."""

Secrets = Callable[[str], str]
"""Gives the value of a secret by its name. Raises LocalError where there is none."""


class OwnKeys:
    """As `keys.Keys`, of a secret. Raises LocalError for one that can't verify signatures of these algorithms."""

    def __init__(self, secret: str, algorithms: tuple[str, ...], secrets: Secrets) -> None:
        self.secret = secret
        self._algorithms = algorithms
        self._secrets = secrets
        self._generation = 0
        self._value: str | None = None
        self._error = ""
        self._looked = float("-inf")
        self._look()
        if self._error:
            raise LocalError(f"secret {secret!r}: {self._error}")

    @property
    def generation(self) -> int:
        """Grows when the key has changed: what was verified with an older one does not hold any more."""
        if time.monotonic() - self._looked > FRESH:
            self._look()
        return self._generation

    async def find(self, kid: str | None, algorithm: str) -> list[Key]:
        """The key, whatever id a token gives it. Raises HttpError 500 where it can't be used."""
        _ = self.generation
        if self._value is None:
            raise HttpError(500, "the key that tokens are verified with can't be used")
        return [Key(None, "", None, None, self._value)]

    def _look(self) -> None:
        self._looked = time.monotonic()
        self._error = ""
        try:
            value: str | None = self._secrets(self.secret)
            if value is not None and value != self._value:
                _check(value, self._algorithms)
        except (LocalError, Misconfigured) as error:
            value, self._error = None, str(error)
        if value != self._value:
            self._value = value
            self._generation += 1


def _check(value: str, algorithms: tuple[str, ...]) -> None:
    """Raises Misconfigured for a key that the runtime would not take either: too short, or of another kind."""
    known = frozenset(algorithms)
    (SharedKey if known <= SYMMETRIC else OwnKey)(value, known)
