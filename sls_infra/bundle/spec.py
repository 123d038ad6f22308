"""What goes into a bundle, and what comes out: plain values, checked where they are used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class SizeLimit:
    """The size that a cloud refuses to go over."""

    bytes: int
    """The largest size that is still accepted, in bytes."""
    what: str
    """What the cloud counts, as it is read after "the limit of": `AWS Lambda for a zip in a direct upload`."""
    source: str
    """Where the vendor says so: the address of a page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleSpec:
    """Everything that decides the bytes of one function's bundle."""

    function: str
    """The function's name. For messages only: two functions that differ in nothing else share a zip."""
    code: Path
    """The directory of the user's code. Its content lands at the root of the zip."""
    python: str
    """The Python that will run it: `3.12`."""
    platform: str | None
    """What dependencies are chosen for, as `uv --python-platform` names it (`aarch64-manylinux2014`). None: the
    machine that builds, for the local target."""
    requirements: Path | tuple[str, ...] | None = None
    """A file (`uv.lock`, `pyproject.toml`, or one in pip's requirements format) or a list of requirements. None: the
    first of `uv.lock`, `pyproject.toml` and `requirements.txt` that `code` itself holds; folders above are not
    searched."""
    platform_requirements: tuple[str, ...] = ()
    """What the platform's own worker needs beside the code (`functions-framework==3.10.2`): resolved together with the
    user's requirements, so that there is one version of each package that suits both."""
    dependencies: Literal["installed", "listed"] = "installed"
    """`installed`: unpacked into the zip. `listed`: no package is in the zip; a `requirements.txt` at its root names
    every one, pinned and with hashes, for a cloud that installs them in a build of its own. Files at the root that
    would have that build install something else (`listing.LEFT_OUT`) are then left out."""
    include: tuple[str, ...] = ()
    """Globs as in a .gitignore, relative to `code`: what to take. Empty: everything."""
    exclude: tuple[str, ...] = ()
    """Globs as in a .gitignore, relative to `code`: what to leave out, after `selection.DEFAULT_EXCLUDES`. A leading
    `!` takes back what an earlier pattern left out."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """Generated files (path in the zip → content): the manifest, an entry module."""
    entries: tuple[str, ...] = ()
    """The runtime's entry modules to ship: `("aws",)` is `sls_infra/runtime/entry/aws.py`. Others are left out."""
    dependencies_in: str = ""
    """The folder of the zip that installed dependencies go into. Empty: its root."""
    max_zip: SizeLimit | None = None
    """How large the zip may be. None: not checked."""
    max_unpacked: SizeLimit | None = None
    """How large the unpacked content may be. None: not checked."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A finished zip in the cache."""

    path: Path
    """The zip. It is shared and may be made again: copy it, never change it."""
    sha256: str
    """Of the zip's bytes, in hexadecimal."""
    size: int
    """Of the zip, in bytes."""
    unpacked: int
    """The sum of its files' sizes, in bytes."""
