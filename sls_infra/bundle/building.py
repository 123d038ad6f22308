"""From a spec to a zip, doing only what was not done before."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ..errors import BundleError
from . import archive, dependencies, listing, requirements, selection, shipped, sizes
from .cache import Cache, Kept, default_root
from .contents import Contents
from .spec import Bundle, BundleSpec

_FORMAT = 1
"""Raised when the same input is packed differently."""


def fingerprint(spec: BundleSpec) -> str:
    """A digest of everything that decides the bundle: contents, requirements, runtime, target. Builds nothing.

    All files are read each time, as time stamps lie: git, archives and copies set them as they please. Raises
    BundleError for code that can't be packed.
    """
    with _about(spec):
        return _gather(spec).fingerprint


def build(spec: BundleSpec, *, cache: Path | None = None, progress: Callable[[str], None] | None = None) -> Bundle:
    """The spec's zip: the one in the cache where nothing changed, else a new one.

    `cache` is a folder (default: `cache.default_root`). `progress` is given a line when dependencies are fetched, and
    nothing otherwise (default: to stderr). Raises BundleError for code or requirements that can't be packed, and for a
    bundle over a limit.
    """
    say = progress or _to_stderr
    with _about(spec):
        inputs = _gather(spec)
        store = Cache(cache or default_root())
        kept = store.find("bundles", inputs.fingerprint)
        if kept is None:
            kept = _make(spec, inputs, store, lambda line: say(f'function "{spec.function}": {line}'))
            store.prune(("bundles", "dependencies"))
        bundle = Bundle(kept.path, kept.sha256, kept.path.stat().st_size, kept.about["unpacked"])
        sizes.check(spec.max_zip, bundle.size, kept.about["parts"], zipped=True)
        sizes.check(spec.max_unpacked, bundle.unpacked, kept.about["parts"], zipped=False)
        return bundle


@dataclass(frozen=True, slots=True)
class _Inputs:
    sources: list[selection.Source]
    files: dict[str, bytes]
    """The runtime and what was generated."""
    request: requirements.Request | None
    fingerprint: str


def _gather(spec: BundleSpec) -> _Inputs:
    if spec.dependencies_in and not _plain(spec.dependencies_in):
        raise BundleError(f"dependencies_in={spec.dependencies_in!r} is not a folder in the bundle")
    listed = spec.dependencies == "listed"
    sources = selection.select(spec.code, spec.include, (*spec.exclude, *(listing.LEFT_OUT if listed else ())))
    files = shipped.files(spec.entries)
    for name, content in spec.files.items():
        if not _plain(name) or name in files:
            raise BundleError(f"the generated file {name!r} has no place of its own in the bundle")
        files[name] = content
    if listed and listing.FILE in files:
        raise BundleError(f"the generated file {listing.FILE!r} has no place of its own in the bundle")
    _refuse_taken(sources, files)
    request = requirements.find(spec.code, spec.requirements, spec.platform_requirements)
    digested = [
        [_FORMAT, archive.COMPRESSOR, spec.dependencies_in],
        [[source.name, source.sha256] for source in sources],
        sorted([name, hashlib.sha256(content).hexdigest()] for name, content in files.items()),
        None if request is None else dependencies.key(request, spec.python, spec.platform),
        *([["listed", *listing.places(request)]] if listed else []),
    ]
    return _Inputs(sources, files, request, hashlib.sha256(json.dumps(digested).encode()).hexdigest())


def _plain(path: str) -> bool:
    """Whether a path is relative, and written as a zip writes it."""
    parts = PurePosixPath(path).parts
    return bool(parts) and "/".join(parts) == path and ".." not in parts


def _refuse_taken(sources: list[selection.Source], files: dict[str, bytes]) -> None:
    taken = {name.casefold(): name for name in files}
    for source in sources:
        name = source.name.casefold()
        if name.split("/")[0] in (shipped.PACKAGE, f"{shipped.PACKAGE}.py"):
            raise BundleError(
                f"{source.name} is where the runtime goes: rename it, or exclude it (a copy of sls-infra is not needed)"
            )
        if name in taken:
            raise BundleError(f"{source.name} is where the generated file {taken[name]} goes: rename or exclude it")


def _make(spec: BundleSpec, inputs: _Inputs, store: Cache, say: Callable[[str], None]) -> Kept:
    fetched, listed = None, None
    if inputs.request is not None and spec.dependencies == "listed":
        listed = dependencies.listed(inputs.request, spec.python, spec.platform, store, say)
    elif inputs.request is not None:
        fetched = dependencies.fetch(inputs.request, spec.python, spec.platform, store, say)
    with ExitStack() as stack:
        contents = Contents()
        for source in inputs.sources:
            contents.add_source(source)
        for name, content in inputs.files.items():
            contents.add_file(name, content)
        if listed is not None:
            contents.add_file(listing.FILE, listed)
        if fetched is not None:
            contents.add_dependencies(stack.enter_context(archive.Reader(fetched.path)), spec.dependencies_in)
        made = stack.enter_context(store.scratch()) / "bundle.zip"
        with made.open("wb") as zipped:
            archive.write(zipped, contents.members())
        about = {"unpacked": contents.unpacked, "parts": sizes.largest(contents.parts.values())}
        return store.keep("bundles", inputs.fingerprint, made, about)


@contextmanager
def _about(spec: BundleSpec) -> Iterator[None]:
    """Say which function an error is about."""
    try:
        yield
    except BundleError as error:
        raise BundleError(f'function "{spec.function}": {error}') from None


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
