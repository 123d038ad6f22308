"""The files that uv installed, each with the distribution that it belongs to.

Left out is what differs from one machine to the next or runs only where it was installed: compiled bytecode; records of
the installation (https://packaging.python.org/en/latest/specifications/recording-installed-packages/), which name this
machine's paths; `bin`, whose scripts start with the path of this machine's Python. Metadata and licenses stay.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path

_RECORDS = {
    "RECORD", "RECORD.jws", "RECORD.p7s", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", "uv_build.json"
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Installed:
    """One file of a dependency."""

    path: Path
    owner: str
    """The distribution's name and version: `httpx 0.28.1`."""


def disputed(folder: Path) -> bool:
    """Whether two distributions in `folder` brought different files for one path that goes into a bundle."""
    claims: dict[str, str] = {}
    for _, recorded in _distributions(folder):
        for path, digest in recorded.items():
            if _ships(path, folder) and (not digest or claims.get(path, digest) != digest) and path in claims:
                return True
            claims[path] = digest
    return False


def collect(folders: Iterable[Path]) -> dict[str, Installed]:
    """Path → file, of all `folders`; where two hold a path, the later one's."""
    files: dict[str, Installed] = {}
    for folder in folders:
        owners = {path: name for name, recorded in _distributions(folder) for path in recorded}
        for file in folder.rglob("*"):
            path = file.relative_to(folder).as_posix()
            if file.is_file() and _ships(path, folder):
                files[path] = Installed(file, owners.get(path, "other"))
    return files


def _ships(path: str, folder: Path) -> bool:
    parts = path.split("/")
    if path.endswith(".pyc") or "__pycache__" in parts or parts[0] in ("..", ".lock"):
        return False
    if parts[0] == "bin" and not (folder / "bin" / "__init__.py").is_file():
        return False
    return not (len(parts) == 2 and parts[0].endswith(".dist-info") and parts[1] in _RECORDS)


def _distributions(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Name and version of each, and its recorded paths with their digests."""
    for info in sorted(folder.glob("*.dist-info")):
        with (info / "METADATA").open(encoding="utf-8", errors="replace") as file:
            headers = HeaderParser().parse(file, headersonly=True)
        with (info / "RECORD").open(encoding="utf-8", newline="") as file:
            recorded = {row[0]: row[1] if len(row) > 1 else "" for row in csv.reader(file) if row}
        yield f"{headers['Name']} {headers['Version']}", recorded
