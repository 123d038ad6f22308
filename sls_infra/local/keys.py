"""An issuer's signing keys: fetched, kept, and fetched again when they change."""

from __future__ import annotations

import asyncio
import json
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import jwt

from ..errors import LocalError
from ..runtime.errors import HttpError
from ..runtime.ways.signatures import KINDS

FRESH = 300.0
"""Seconds after which keys are fetched again, beside the requests that still use them."""

STALE = 24 * 3600.0
"""Seconds that keys serve while their issuer can't be reached."""

UNKNOWN = 60.0
"""Seconds between two fetches that tokens with unknown keys ask for."""

RETRY = 1.0
"""Seconds before an issuer that could not be reached is asked again."""

FETCH_TIMEOUT = 5.0
MAX_DOCUMENT = 1 << 20
MIN_RSA_BITS = 2048

_PUBLIC_MEMBERS = ("kty", "n", "e", "crv", "x", "y")


@dataclass(frozen=True, slots=True)
class Key:
    """One usable key of a set."""

    kid: str | None
    kind: str
    curve: str | None
    algorithm: str | None
    """The only algorithm it is for; None: any of its kind."""
    material: Any

    def fits(self, algorithm: str) -> bool:
        """Whether a signature by that algorithm can be this key's."""
        kind, curves = KINDS[algorithm]
        return self.kind == kind and (not curves or self.curve in curves) and self.algorithm in (None, algorithm)


def read_keys(document: Mapping[str, Any]) -> list[Key]:
    """The usable keys of a JWKS. Others (encryption, symmetric, too short, broken) are left out, as RFC 7517 asks.
    Raises ValueError for what is no JWKS."""
    entries, keys = document.get("keys"), []
    if not isinstance(entries, list):
        raise ValueError("the document of keys holds no list of them")
    for entry in entries:
        try:
            key = _read_key(entry)
        except (jwt.PyJWTError, ValueError, TypeError, KeyError, AttributeError):
            continue
        if key is not None:
            keys.append(key)
    return keys


def _read_key(entry: Mapping[str, Any]) -> Key | None:
    kind, uses, operations = entry["kty"], entry.get("use"), entry.get("key_ops")
    if kind not in ("RSA", "EC", "OKP") or uses not in (None, "sig"):
        return None
    if operations is not None and "verify" not in operations:
        return None
    kid, algorithm = entry.get("kid"), entry.get("alg")
    if algorithm is not None and algorithm not in KINDS:
        return None
    if kid is not None and not isinstance(kid, str):
        return None
    # Only the public half, in case somebody published more.
    public = {name: entry[name] for name in _PUBLIC_MEMBERS if name in entry}
    material = jwt.PyJWK(public).key
    if kind == "RSA" and material.key_size < MIN_RSA_BITS:
        return None
    return Key(kid, kind, entry.get("crv"), algorithm, material)


class Keys:
    """The keys of one issuer. `find` may wait for a fetch; all who need the same one wait for it together."""

    def __init__(self, issuer: str, jwks_uri: str | None, report: Callable[[str], None]) -> None:
        self.issuer = issuer
        self._report = report
        self.jwks_uri = jwks_uri
        self.generation = 0
        """Grows when the set has changed: what was verified with an older one may not hold any more."""
        self.error = ""
        """Why the last fetch failed; empty after one that did not."""
        self._keys: list[Key] = []
        self._documents: object = None
        self._fetched = self._tried = self._asked = float("-inf")
        self._running: asyncio.Task[None] | None = None

    async def find(self, kid: str | None, algorithm: str) -> list[Key]:
        """The keys that may have made a signature. Raises HttpError 503 where they can't be known now."""
        now = time.monotonic()
        age = now - self._fetched
        if age > STALE:
            await self._fetch()
        elif age > FRESH and now - self._tried > RETRY:
            self._begin()
        found = self._match(kid, algorithm)
        if not found and now - self._asked >= UNKNOWN and self._fetched < now:
            self._asked = now
            await self._fetch(even_so=True)
            found = self._match(kid, algorithm)
        if not found and self.error:
            raise self._unavailable()
        return found

    def _match(self, kid: str | None, algorithm: str) -> list[Key]:
        return [key for key in self._keys if (kid is None or key.kid == kid) and key.fits(algorithm)]

    def _begin(self) -> asyncio.Task[None]:
        if self._running is None or self._running.done():
            self._running = asyncio.get_running_loop().create_task(self._refresh())
        return self._running

    async def _fetch(self, even_so: bool = False) -> None:
        """Fetches; raises HttpError 503 where there are no keys to be had. `even_so`: soon after a failure too."""
        running = self._running is not None and not self._running.done()
        if running or even_so or time.monotonic() - self._tried > RETRY:
            await asyncio.shield(self._begin())
        if time.monotonic() - self._fetched > STALE:
            raise self._unavailable()

    async def _refresh(self) -> None:
        try:
            document = await asyncio.to_thread(self._load)
            keys = read_keys(document)
        except Exception as error:  # whatever an issuer sends, or fails to
            self.error = f"{type(error).__name__}: {error}"
            self._report(f"the signing keys of {self.issuer!r} can't be had: {self.error}")
        else:
            self.error = ""
            self._fetched = time.monotonic()
            if document != self._documents:
                self.generation += 1
                self._keys, self._documents = keys, document
        self._tried = time.monotonic()

    def _load(self) -> dict[str, Any]:
        uri = self.jwks_uri
        if uri is None:
            discovery = get_json(self.issuer.rstrip("/") + "/.well-known/openid-configuration")
            if discovery["issuer"] != self.issuer:
                raise ValueError(f"the discovery document is that of {discovery['issuer']!r}, not of {self.issuer!r}")
            uri = discovery["jwks_uri"]
        return get_json(uri)

    def _unavailable(self) -> HttpError:
        return HttpError(503, "the issuer's signing keys can't be had at the moment", headers={"retry-after": "2"})


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Keys come from where the issuer says, over the scheme it says, or not at all."""

    def redirect_request(self, *_: object, **__: object) -> None:
        return None


def is_loopback(host: str | None) -> bool:
    """Whether this names the machine itself."""
    return host == "localhost" or host == "::1" or (host or "").startswith("127.")


def check_uri(uri: str) -> None:
    """Raises LocalError for an issuer, or a place of keys, that can't be trusted over the wire."""
    try:
        parts = urlsplit(uri)
        trusted = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))
    except ValueError:
        trusted = False
    if not trusted:
        raise LocalError(f"{uri!r} is neither https nor http on this machine: tokens' keys can't be fetched from there")


def get_json(uri: str) -> dict[str, Any]:
    """Fetches a JSON object, over https, or http from this machine itself. Raises OSError or ValueError."""
    check_uri(uri)
    handlers: list[urllib.request.BaseHandler] = [_NoRedirects()]
    if is_loopback(urlsplit(uri).hostname):
        handlers.append(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(uri, headers={"accept": "application/json"})  # noqa: S310  # the scheme was checked
    with urllib.request.build_opener(*handlers).open(request, timeout=FETCH_TIMEOUT) as response:
        content = response.read(MAX_DOCUMENT + 1)
    if len(content) > MAX_DOCUMENT:
        raise ValueError(f"{uri!r} is longer than {MAX_DOCUMENT} bytes")
    value = json.loads(content)
    if not isinstance(value, dict):
        raise ValueError(f"{uri!r} is no JSON object")
    return value
