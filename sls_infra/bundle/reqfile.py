"""Files in pip's requirements format: what they name beside requirements.

uv reads them itself. This finds what it will read, so that a change anywhere in it is seen, and what it must not do:
build something (`-e`). https://pip.pypa.io/en/stable/reference/requirements-file-format/
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from ..errors import BundleError


@dataclass(slots=True)
class Found:
    """What a requirements file, and the files that it names, hold."""

    requirements: list[str] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    """Which indexes to ask, a line each, with absolute paths."""
    inputs: dict[str, str] = field(default_factory=dict)
    """Each file that has a say: as it is named → the digest of its content."""


def read(file: Path) -> Found:
    """Read `file` and what it includes. Raises BundleError where a file is missing, or asks for an editable install."""
    found = Found()
    _read(file, file.parent, found, constraint=False)
    return found


_OPTION = re.compile(r"(--[a-z-]+|-[a-z])(?:\s*=\s*|\s*)(.*)", re.DOTALL)
_CONSTRAINTS = {"-c", "--constraint"}
_NESTED = {"-r", "--requirement", *_CONSTRAINTS}
_EDITABLE = {"-e", "--editable"}
_INDEXES = {"-i", "--index-url", "--extra-index-url", "-f", "--find-links", "--no-index"}


def _read(file: Path, base: Path, found: Found, *, constraint: bool) -> None:
    label = Path(os.path.relpath(file, base)).as_posix()
    if label in found.inputs:
        return
    try:
        content = file.read_bytes()
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise BundleError(f"the requirements file {file} can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BundleError(f"the requirements file {file} is not UTF-8") from None
    found.inputs[label] = hashlib.sha256(content).hexdigest()
    for line in _lines(text):
        option = _OPTION.fullmatch(line)
        name, value = (option[1], option[2].strip("\"' ")) if option else ("", line)
        if name in _EDITABLE:
            raise BundleError(
                f"{label} asks for an editable install ({value}), which can't be put into a zip: build a wheel "
                "(`uv build --wheel`) and name its path"
            )
        if name in _NESTED and "://" not in value and "${" not in value:
            _read(file.parent / value, base, found, constraint=constraint or name in _CONSTRAINTS)
        elif name in _INDEXES:
            found.options.append(_absolute(name, value, file.parent))
        elif not name:
            found.inputs |= local_wheel(line, file.parent) | local_wheel(line, base)
            if not constraint:
                found.requirements.append(line)


def _lines(text: str) -> Iterator[str]:
    for line in re.sub(r"\\\r?\n", " ", text).splitlines():
        if stripped := re.sub(r"(^|\s+)#.*", "", line).strip():
            yield stripped


def _absolute(option: str, value: str, folder: Path) -> str:
    path = folder / value
    return f"{option} {path if value and '://' not in value and path.exists() else value}".rstrip()


_WHEEL = re.compile(r"(?:[^@/\\]*@\s*)?(?:file:(?://)?)?(\S+\.whl)(?=$|[\s;#])")


def local_wheel(requirement: str, folder: Path) -> dict[str, str]:
    """The digest of the wheel among this machine's files that a requirement names; nothing where it names none."""
    wheel = _WHEEL.match(requirement)
    path = folder / unquote(wheel[1]) if wheel and "://" not in wheel[1] else None
    if path is None or not path.is_file():
        return {}
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest()}


_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")


def name_of(requirement: str) -> str:
    """The normalized name that a requirement starts with: `Sls_Infra[local]>=1` is `sls-infra`."""
    found = _NAME.match(requirement)
    return re.sub(r"[-_.]+", "-", found[1]).lower() if found else ""
