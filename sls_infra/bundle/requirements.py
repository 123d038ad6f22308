"""What a function depends on, as its author wrote it down.

Looked for in the code's own folder, first that is there: `uv.lock` (with its `pyproject.toml`), `pyproject.toml` with
`[project].dependencies`, `requirements.txt`. A function may name a file or a list instead. Groups, extras and
development dependencies are not taken. `sls-infra` itself is left out wherever it is asked for, with what only it
needs: its runtime is in every bundle.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from ..errors import BundleError
from . import pyproject, reqfile

OURS = "sls-infra"
"""The distribution that is never installed into a bundle."""


@dataclass(frozen=True, slots=True)
class Request:
    """Where a function's dependencies are written, and everything there that has a say in what is installed."""

    kind: Literal["lock", "project", "file", "list"]
    folder: Path
    """Relative paths in it are relative to this."""
    file: Path | None
    lines: tuple[str, ...]
    """The requirements of a list."""
    options: tuple[str, ...]
    """Lines of a requirements file that say which indexes to ask: needed again when what was resolved is fetched."""
    indexes: tuple[str, ...]
    """`name=url` of the indexes that `[[tool.uv.index]]` keeps for the packages that name them."""
    inputs: Mapping[str, str]
    """What was read (a label → the digest of its content)."""
    platform: tuple[str, ...] = ()
    """What the platform's own worker needs beside it."""

    @property
    def label(self) -> str:
        """For messages: `uv.lock`."""
        if self.file is not None:
            return self.file.name
        return "the list in `requirements`" if self.lines else "the platform's own requirements"


def find(code: Path, asked: Path | tuple[str, ...] | None, platform: tuple[str, ...] = ()) -> Request | None:
    """What `code` depends on, and `platform` beside it; None where that is nothing. Raises BundleError for what can't
    be read."""
    request = _of_user(code, asked)
    if not platform:
        return request
    request = request or Request("list", code, None, (), (), (), {})
    digest = hashlib.sha256("\n".join(platform).encode()).hexdigest()
    return replace(request, platform=platform, inputs={**request.inputs, "platform's": digest})


def _of_user(code: Path, asked: Path | tuple[str, ...] | None) -> Request | None:
    if isinstance(asked, tuple):
        return _list(code, asked)
    if asked is not None:
        file = code / asked
        if not file.is_file():
            raise BundleError(f"its requirements are not a file: {file}")
        return _file(file)
    candidates = [code / name for name in ("uv.lock", "pyproject.toml", "requirements.txt")]
    for file in candidates:
        if file.is_file() and (file.name != "pyproject.toml" or pyproject.declares(file, instead=candidates[-1])):
            return _file(file)
    return None


def _file(file: Path) -> Request | None:
    if file.name == "uv.lock":
        return _lock(file)
    if file.name == "pyproject.toml":
        return _project(file)
    found = reqfile.read(file)
    if not _foreign(found.requirements):
        return None
    return Request("file", file.parent, file, (), tuple(found.options), (), found.inputs)


def _lock(file: Path) -> Request:
    project = file.with_name("pyproject.toml")
    if not project.is_file():
        raise BundleError(f"{file} has no pyproject.toml beside it: uv needs both")
    read = pyproject.read(project)
    pyproject.refuse_stale(read, pyproject.read(file), file)
    return Request("lock", file.parent, file, (), (), pyproject.explicit_indexes(read), _digests(file, project))


def _project(file: Path) -> Request | None:
    read = pyproject.read(file)
    if not _foreign(pyproject.dependencies(read, file)):
        return None
    return Request("project", file.parent, file, (), (), pyproject.explicit_indexes(read), _digests(file))


def _list(code: Path, lines: tuple[str, ...]) -> Request | None:
    for line in lines:
        if line.lstrip().startswith("-") or "\n" in line:
            raise BundleError(f"{line!r} is no requirement: a list takes requirements, a file takes options as well")
    if not _foreign(lines):
        return None
    inputs: dict[str, str] = {"requirements": hashlib.sha256("\n".join(lines).encode()).hexdigest()}
    for line in lines:
        inputs |= reqfile.local_wheel(line, code)
    return Request("list", code, None, lines, (), (), inputs)


def _foreign(requirements: Iterable[str]) -> bool:
    return any(reqfile.name_of(line) != OURS for line in requirements)


def _digests(*files: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(_bytes(file)).hexdigest() for file in files}


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise BundleError(f"{file} can't be read: {error.strerror}") from None
