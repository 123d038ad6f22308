"""The order in which an engine is looked for, and how one is put in place for good."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from . import found, gobuild, installer
from .command import say
from .host import install_host, remove_host
from .place import VERSION, Engine, EngineError, Place

Source = Callable[[Path, Path], Path]
"""Makes an engine below a folder, logging to a file; returns the folder that holds it."""

SOURCES: tuple[tuple[str, Source], ...] = (
    ("the official installer", installer.install),
    ("a build from its Go module", gobuild.build),
)


def obtain(root: Path, *, search: str | None = None, sources: Sequence[tuple[str, Source]] | None = None) -> Engine:
    """An engine for the project in `root`: there already, or put below `<root>/.sls/engine` now.

    `search` stands for PATH, `sources` for SOURCES. Raises `EngineError` that says what was tried, why each failed,
    and what to do.
    """
    place = Place(root.resolve())
    refusals: list[tuple[str, Exception]] = []
    try:
        pulumi, version = found.on_path(place, search)
        return _with_host(place, pulumi, version, "found on PATH", search)
    except EngineError as error:
        refusals.append(("on PATH", error))
    try:
        return _with_host(place, place.pulumi, found.own(place), "put there by an earlier run", search)
    except EngineError as error:
        refusals.append((f"in {place.bin}", error))
    with _locked(place):
        try:  # another run may have done it while this one waited for the lock
            return _with_host(place, place.pulumi, found.own(place), "put there by an earlier run", search)
        except EngineError:
            return _make(place, search, SOURCES if sources is None else sources, refusals)


def _make(
    place: Place, search: str | None, sources: Sequence[tuple[str, Source]], refusals: list[tuple[str, Exception]]
) -> Engine:
    place.log.unlink(missing_ok=True)
    for name, make in sources:
        shutil.rmtree(place.staging, ignore_errors=True)
        try:
            version = _settle(place, make(place.staging, place.log), name)
        except (EngineError, OSError) as error:
            say(f"{name}: {error}")
            refusals.append((name, error))
            continue
        finally:
            shutil.rmtree(place.staging, ignore_errors=True)
        return _with_host(place, place.pulumi, version, f"put there by {name}", search)
    raise EngineError(_advice(refusals))


def _settle(place: Place, made: Path, source: str) -> str:
    """Move what was made into place, the engine after its helpers and the stamp last, once it has answered."""
    version = found.answers(made / "pulumi")
    place.stamp.unlink(missing_ok=True)
    place.bin.mkdir(parents=True, exist_ok=True)
    for file in sorted(made.iterdir(), key=lambda file: file.name == "pulumi"):
        file.replace(place.bin / file.name)
    stamp = {"version": version, "size": place.pulumi.stat().st_size, "source": source}
    fresh = place.stamp.with_suffix(".new")
    fresh.write_text(json.dumps(stamp))
    fresh.replace(place.stamp)
    return version


def _with_host(place: Place, pulumi: Path, version: str, source: str, search: str | None) -> Engine:
    """The engine with a language host: the official one where there is one, else the stand-in beside the engine."""
    if found.language_host(place, pulumi, search) is not None:
        remove_host(pulumi.parent)
        return Engine(pulumi.parent, version, source)
    folder = place.bin if pulumi == place.pulumi else place.linked
    install_host(place, folder)
    if pulumi != place.pulumi:
        link = folder / f".pulumi.{os.getpid()}"
        link.symlink_to(pulumi)
        link.replace(folder / "pulumi")
    return Engine(folder, version, f"{source}, with a stand-in for the Python language host")


@contextmanager
def _locked(place: Place) -> Iterator[None]:
    place.home.mkdir(parents=True, exist_ok=True)
    with place.lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another run is getting the engine: waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _advice(refusals: list[tuple[str, Exception]]) -> str:
    tried = "\n".join(f"  - {where}: {why}" for where, why in refusals)
    return (
        f"no Pulumi engine can be had on this machine. Tried:\n{tried}\n"
        "What to do, one of these, then run this again:\n"
        "  - install Pulumi so that `pulumi` is on PATH: https://www.pulumi.com/docs/install/\n"
        f"  - give this machine access to {installer.URL}\n"
        f"  - install Go 1.24 or newer (https://go.dev/dl/), with a Go module proxy in reach, to build {VERSION}"
    )
