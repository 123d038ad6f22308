"""A function's dependencies: pinned once, fetched once, kept as a zip to copy from.

**Pinned.** A `uv.lock` says exactly what to install, on every machine and at any time: use one. Other requirements are
resolved the first time that this machine sees them for a target, to exact versions with hashes, which are kept in the
cache and hold for as long as the requirements' text stays the same. So building again never brings other versions, but
a machine with an empty cache (CI, a colleague's) may resolve `httpx>=0.27` to a newer one. Requirements that are all
`==`, their own requirements included, come out the same everywhere too.

**Wheels only**, for the target: nothing is built, so that no code of a package runs on this machine, and nothing of
this machine's kind gets into a bundle. Indexes, credentials and proxies are uv's, configured as for any use of uv.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path

from . import archive, installed, listing, pinning
from .cache import Cache, Kept
from .requirements import Request
from .resolver import Resolver

_FORMAT = 1
"""Raised when what is kept is made differently."""


def key(request: Request, python: str, platform: str | None) -> str:
    """A digest of all that decides what is resolved."""
    inputs = [request.kind, sorted(request.inputs.items()), python, platform or _this_machine()]
    return hashlib.sha256(json.dumps(inputs).encode()).hexdigest()


def fetch(request: Request, python: str, platform: str | None, cache: Cache, say: Callable[[str], None]) -> Kept | None:
    """The dependencies as a zip whose names are `<name and version>/<path>`; None where nothing is left to install.

    `say` is called once, and only when the network is needed. Raises BundleError with uv's reason.
    """
    resolver = Resolver(python, platform)
    announce = _announce(request, resolver, say)
    with cache.scratch() as scratch:
        pins = _pins(request, python, platform, resolver, cache, scratch, announce)
        if not pinning.split(pins):
            return None
        wanted = json.dumps([_FORMAT, archive.COMPRESSOR, pins, python, platform or _this_machine()])
        unpacked = hashlib.sha256(wanted.encode()).hexdigest()
        kept = cache.find("dependencies", unpacked)
        if kept is None:
            announce()
            made = scratch / "dependencies.zip"
            with made.open("wb") as zipped:
                archive.write(zipped, _packed(_install(request, pins, resolver, scratch)))
            kept = cache.keep("dependencies", unpacked, made, {})
    return kept


def listed(
    request: Request, python: str, platform: str | None, cache: Cache, say: Callable[[str], None]
) -> bytes | None:
    """The dependencies as the text of a `requirements.txt`; None where nothing is left to install.

    `say` is called once, and only when the network is needed. Raises BundleError with uv's reason, and for what can't
    be installed anywhere but here.
    """
    resolver = Resolver(python, platform)
    announce = _announce(request, resolver, say)
    places = listing.places(request)
    with cache.scratch() as scratch:
        pins = _pins(request, python, platform, resolver, cache, scratch, announce)
        if not pinning.split(pins):
            return None
        text = listing.text(pins, request, places)
        if request.kind == "lock":  # it may hold what has no wheel for the target; the other kinds were chosen by that
            announce()
            resolver.install(
                pins, into=scratch / "nothing", indexes=request.indexes, folder=request.folder, dry_run=True
            )
        return text


def _pins(
    request: Request, python: str, platform: str | None, resolver: Resolver, cache: Cache, scratch: Path,
    announce: Callable[[], None],
) -> str:  # fmt: skip
    """What was resolved before, else now."""
    asked = key(request, python, platform)
    kept = cache.find("pins", asked)
    if kept is None:
        file = scratch / "pins.txt"
        file.write_text(pinning.resolve(request, resolver, scratch, announce), encoding="utf-8")
        kept = cache.keep("pins", asked, file, {})
    return kept.path.read_text(encoding="utf-8")


def _announce(request: Request, resolver: Resolver, say: Callable[[str], None]) -> Callable[[], None]:
    return _Once(say, f"fetching dependencies for {resolver.target} ({request.label})")


class _Once:
    def __init__(self, say: Callable[[str], None], line: str) -> None:
        self._say: Callable[[str], None] | None = say
        self._line = line

    def __call__(self) -> None:
        say, self._say = self._say, None
        if say is not None:
            say(self._line)


def _install(request: Request, pins: str, resolver: Resolver, scratch: Path) -> dict[str, installed.Installed]:
    def install(what: str, folder: Path) -> Path:
        text = "\n".join([*request.options, what])
        resolver.install(text, into=folder, indexes=request.indexes, folder=request.folder)
        return folder

    folder = install(pins, scratch / "together")
    if installed.disputed(folder):
        # Several wheels hold the same path, and which is on top was chance: each into a folder of its own, last by name
        # on top.
        apart = sorted(pinning.split(pins).values())
        return installed.collect(install(pin, scratch / f"apart{number}") for number, pin in enumerate(apart))
    return installed.collect([folder])


def _packed(files: dict[str, installed.Installed]) -> Iterator[archive.Member]:
    for path, file in sorted(files.items()):
        yield archive.member(f"{file.owner}/{path}", file.path.read_bytes())


def _this_machine() -> str:
    libc = os.confstr("CS_GNU_LIBC_VERSION") if "CS_GNU_LIBC_VERSION" in getattr(os, "confstr_names", {}) else ""
    return f"{sys.implementation.name} {sysconfig.get_platform()} {libc}"
