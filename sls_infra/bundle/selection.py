"""Which of the user's files go into a bundle.

Everything in `code` that `include` names (nothing named: all of it), but not what `DEFAULT_EXCLUDES` or `exclude` leave
out. Both are read as one .gitignore, defaults first: `exclude=["!.env.example"]` takes something back.

- **Secrets.** `.env` and its like are the names by which tools keep a developer's own secrets: left out by default.
  `*.pem` and `*.key` are as often public certificates that a handler needs, so they are taken, and a file whose content
  starts as a private key is refused with an error, neither shipped nor dropped in silence.
- **Tests, documents, `pyproject.toml`** are taken: they can be what the code reads. Leave them out by name.
- **Virtual environments** are left out whatever they are called: a folder with a `pyvenv.cfg`.
- **Links** are followed as long as they stay in `code`; the zip holds files, never links. Empty folders are left out.
- **Names** are written in Unicode's composed form (NFC), which is what Python looks for when it imports and what git
  checks out, whatever form the file system keeps. Names that differ in nothing but case are refused: they are one file
  on half of the world's machines.
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import BundleError
from .globs import Globs

DEFAULT_EXCLUDES: tuple[str, ...] = (
    # made by Python and its tools, differently on every machine
    "__pycache__/",
    "*.pyc",
    "*.pyo",
    "*.egg-info/",
    ".venv/",
    ".tox/",
    ".nox/",
    ".mypy_cache/",
    ".pytest_cache/",
    ".ruff_cache/",
    ".hypothesis/",
    ".ipynb_checkpoints/",
    ".coverage",
    # version control, editors, desktops
    ".git",
    ".gitignore",
    ".gitattributes",
    ".hg/",
    ".svn/",
    ".idea/",
    ".vscode/",
    ".DS_Store",
    "Thumbs.db",
    "node_modules/",
    # a developer's own secrets
    ".env",
    ".env.*",
    ".envrc",
    # the deployment's own state; a stack's file holds encrypted secrets
    ".sls/",
    "/Pulumi.yaml",
    "/Pulumi.*.yaml",
    # names what was installed, and changes with every development tool
    "/uv.lock",
)


@dataclass(frozen=True, slots=True)
class Source:
    """One of the user's files."""

    name: str
    """Its path in the zip."""
    path: Path
    """Where it is read from."""
    sha256: str
    """Of its content when it was selected."""

    def read(self) -> bytes:
        """The content; BundleError when it is no longer what was selected."""
        try:
            data = self.path.read_bytes()
        except OSError as error:
            raise BundleError(f"{self.name} can't be read: {error.strerror}") from None
        if hashlib.sha256(data).hexdigest() != self.sha256:
            raise BundleError(f"{self.name} changed while it was being packed: run the command again")
        return data


def select(code: Path, include: Iterable[str], exclude: Iterable[str]) -> list[Source]:
    """The user's files, sorted by name. Raises BundleError for what can't go into a zip that is the same everywhere."""
    if not code.is_dir():
        raise BundleError(f"its code is not a folder: {code}; `code` takes the one that holds the handler's package")
    include = tuple(include)
    walk = _Walk(
        code.resolve(),
        Globs(map(_composed, include)) if include else None,
        Globs(map(_composed, (*DEFAULT_EXCLUDES, *exclude))),
    )
    try:
        sources = [walk.source(name, path) for name, path in walk.files()]
    except OSError as error:
        raise BundleError(f"{error.filename} can't be read: {error.strerror}") from None
    if include and not sources:
        raise BundleError(f"include={list(include)} takes no file of {code}: patterns are relative to that folder")
    sources.sort(key=lambda source: source.name)
    _refuse_twins(sources)
    return sources


@dataclass(frozen=True, slots=True)
class _Walk:
    root: Path
    wanted: Globs | None
    unwanted: Globs

    def files(self) -> Iterator[tuple[str, Path]]:
        """Name in the zip and real path of each file that is meant."""
        return self._folder(self.root, "", (self.root,))

    def _folder(self, folder: Path, prefix: str, chain: tuple[Path, ...]) -> Iterator[tuple[str, Path]]:
        """`folder` is real, and so are those of `chain`: the ones being walked, outermost first."""
        with os.scandir(folder) as entries:
            for entry in entries:
                name = prefix + _composed(entry.name)
                if self._left_out(name, folder=entry.is_dir()):
                    continue
                _refuse_unportable(name)
                path = self._target(Path(entry.path), name) if entry.is_symlink() else Path(entry.path)
                if entry.is_file():
                    yield name, path
                elif not entry.is_dir():
                    raise BundleError(f"{name} is neither a file nor a folder: exclude it")
                elif path in chain:
                    raise BundleError(f"{name} is a link to a folder that it lies in: exclude it")
                elif not (path / "pyvenv.cfg").exists():
                    yield from self._folder(path, name + "/", (*chain, path))

    def _left_out(self, name: str, *, folder: bool) -> bool:
        if self.unwanted.decide(name, folder=folder):
            return True
        return not folder and self.wanted is not None and not self.wanted.covers(name)

    def _target(self, link: Path, name: str) -> Path:
        try:
            target = link.resolve(strict=True)
        except (OSError, RuntimeError):
            raise BundleError(f"{name} is a link that leads nowhere (to {os.readlink(link)}): exclude it") from None
        if not target.is_relative_to(self.root):
            raise BundleError(
                f"{name} is a link that leaves the code's folder (to {target}): put a copy in its place, or exclude it"
            )
        return target

    def source(self, name: str, path: Path) -> Source:
        data = path.read_bytes()
        if _PRIVATE_KEY.match(data) and self.unwanted.decide(name, folder=False) is None:
            raise BundleError(
                f"{name} is a private key, and whoever may see the function may read its code: keep it in a Secret and "
                f'write exclude=["{name}"] (or exclude=["!{name}"] to ship it all the same)'
            )
        return Source(name, path, hashlib.sha256(data).hexdigest())


_PRIVATE_KEY = re.compile(rb"\s*-----BEGIN [A-Z ]*PRIVATE KEY-----")


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


_UNPORTABLE = re.compile(r"[\x00-\x1f\x7f\\]")


def _refuse_unportable(name: str) -> None:
    try:
        name.encode()
    except UnicodeEncodeError:
        raise BundleError(f"{name!r} is not a file name in UTF-8: rename or exclude it") from None
    if _UNPORTABLE.search(name):
        raise BundleError(f"{name!r} has a backslash or a control character in its name: rename or exclude it")


def _refuse_twins(sources: Iterable[Source]) -> None:
    """Refuse files and folders that are one on a file system that ignores case or composes characters."""
    spellings: dict[str, str] = {}
    files: set[str] = set()
    for source in sources:
        if source.name in files:
            raise BundleError(f"two files are named {source.name}, in composed and decomposed Unicode: rename one")
        files.add(source.name)
        parts = source.name.split("/")
        for depth in range(1, len(parts) + 1):
            spelling = "/".join(parts[:depth])
            other = spellings.setdefault(spelling.casefold(), spelling)
            if other != spelling:
                raise BundleError(f"{other} and {spelling} are one name where case is ignored: rename one")
