"""The keys that an issuer signs by: published ones, fetched, kept and fetched again; or one's own, out of a secret.

Both tell their `generation`, which grows when the keys have changed: what was verified with older ones may not hold any
more; and whether they are `current`: known well enough that nothing has to be asked.
"""

from __future__ import annotations

from threading import Lock
from time import monotonic

from .. import log
from ..errors import HttpError
from .fetching import check_issuer, get_json
from .held import named
from .jwk import PublishedKey, read_keys
from .signatures import SYMMETRIC, OwnKey, SharedKey
from .way import Misconfigured

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Protocol

    from .signatures import Key

    class Source(Protocol):
        """Where keys come from."""

        @property
        def generation(self) -> int:
            """Grows when the keys have changed."""

        @property
        def current(self) -> bool:
            """Whether what is known of the keys may be relied on without asking."""

        def find(self, kid: str | None, algorithm: str) -> tuple[int, Sequence[Key]]:
            """The generation, and its keys that may have made such a signature. May wait. Raises HttpError 503 where
            they can't be known now, Misconfigured where they never can."""


FRESH = 300.0
"""Seconds after which published keys are fetched again; one caller waits for it, the others go on with those kept."""

STALE = 24 * 3600.0
"""Seconds that keys serve while their issuer can't be reached."""

UNKNOWN = 60.0
"""Seconds between two fetches that tokens with unknown keys ask for."""

RETRY = 1.0
"""Seconds before an issuer that could not be reached is asked again, while there are no keys."""

PATIENT = 30.0
"""The same, while the keys that are there still serve: an issuer that hangs costs one caller in so many seconds."""


class Published:
    """The keys that an issuer publishes. Many threads that need the same fetch wait for one."""

    def __init__(self, issuer: str, jwks_uri: str | None, algorithms: frozenset[str]) -> None:
        self.issuer = issuer
        self.jwks_uri = jwks_uri
        self._algorithms = algorithms
        self._loopback = check_issuer(issuer, jwks_uri)
        self._known: tuple[int, list[PublishedKey]] = (0, [])
        self._document: object = None
        self._error = ""
        """Why the last fetch failed; empty after one that did not."""
        self._fetched = self._tried = self._asked = float("-inf")
        self._fetching = Lock()

    @property
    def generation(self) -> int:
        return self._known[0]

    @property
    def current(self) -> bool:
        return monotonic() - self._fetched <= FRESH

    def find(self, kid: str | None, algorithm: str) -> tuple[int, Sequence[Key]]:
        came = monotonic()
        age = came - self._fetched
        if age > STALE:
            self._first(came)
        elif age > FRESH and came - self._tried > PATIENT and self._fetching.acquire(blocking=False):
            try:
                self._fetch()
            finally:
                self._fetching.release()
        generation, found = self._match(kid, algorithm)
        if not found and self._fetched < came:
            self._unknown(came)
            generation, found = self._match(kid, algorithm)
        if not found and self._error:
            raise _unavailable()
        return generation, found

    def _first(self, came: float) -> None:
        """Fetches, or waits for whoever does. Raises HttpError 503 where there are no keys to be had."""
        with self._fetching:
            if self._tried < came and monotonic() - self._tried > RETRY:
                self._fetch()
        if monotonic() - self._fetched > STALE:
            raise _unavailable()

    def _unknown(self, came: float) -> None:
        """Fetches for a key that is in none of the sets seen: it may be new. At most once in a while, whatever
        callers send; those who come while it is under way wait for it."""
        with self._fetching:
            if self._fetched < came and came - self._asked >= UNKNOWN:
                self._asked = came
                self._fetch()

    def _match(self, kid: str | None, algorithm: str) -> tuple[int, list[PublishedKey]]:
        generation, keys = self._known
        return generation, [key for key in keys if (kid is None or key.kid == kid) and key.fits(algorithm)]

    def _fetch(self) -> None:
        try:
            document = self._load()
            keys = read_keys(document, self._algorithms)
        except Misconfigured:
            raise
        except Exception as error:  # whatever an issuer sends, or fails to
            self._error = f"{type(error).__name__}: {error}"
            log.failure(f"the signing keys of {self.issuer!r} can't be had", error)
        else:
            if document != self._document:
                self._known, self._document = (self._known[0] + 1, keys), document
            self._error = ""
            self._fetched = monotonic()
        finally:
            self._tried = monotonic()

    def _load(self) -> dict[str, Any]:
        uri = self.jwks_uri
        if uri is None:
            at = self.issuer.rstrip("/") + "/.well-known/openid-configuration"
            discovery = get_json(at, loopback=self._loopback)
            if discovery.get("issuer") != self.issuer:
                raise ValueError(f"the discovery document is that of {discovery.get('issuer')!r}")
            uri = discovery["jwks_uri"]
            if not isinstance(uri, str):
                raise ValueError("the discovery document has no jwks_uri")
        return get_json(uri, loopback=self._loopback)


CHECKED = 1.0
"""Seconds after which a secret is looked at again; who reads it keeps it a minute."""


class Own:
    """The key of tokens of one's own making: a secret's value, which may change."""

    def __init__(self, secret: str, algorithms: frozenset[str]) -> None:
        self._name = secret
        self._checked = float("-inf")
        self._algorithms = algorithms
        self._known: tuple[int, str, list[Key]] = (0, "", [])
        self._changing = Lock()

    @property
    def generation(self) -> int:
        return self._known[0]

    @property
    def current(self) -> bool:
        return monotonic() - self._checked <= CHECKED

    def find(self, kid: str | None, algorithm: str) -> tuple[int, Sequence[Key]]:
        secret = named(self._name)
        self._checked = monotonic()
        known = self._known
        if known[1] != secret:
            with self._changing:
                if self._known[1] != secret:
                    shared = self._algorithms <= SYMMETRIC
                    key = (SharedKey if shared else OwnKey)(secret, self._algorithms)
                    self._known = (self._known[0] + 1, secret, [key])
                known = self._known
        return known[0], known[2]


def _unavailable() -> HttpError:
    return HttpError(503, "the issuer's signing keys can't be had at the moment", headers={"retry-after": "2"})
