"""What was made before, found by what it was made from.

    <root>/<kind>/<key>.json    a record: the key of the input → the digest of the result, and what is known of it
    <root>/<kind>/<digest>…     the result itself, named by its own SHA-256
    <root>/scratch/             work in progress, on the same file system, so that a finished result is moved in at once

A result is looked at before it is handed out: a digest that no longer fits, a record that can't be read or a missing
file means that there is nothing, and it is made again. Writers need no lock: two that make the same move the same bytes
into the same place, and a reader sees all of a file or none of it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import BundleError

_MONTH = 30 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Kept:
    """A result in the cache."""

    path: Path
    sha256: str
    about: Mapping[str, Any]
    """What was recorded with it: JSON."""


def default_root() -> Path:
    """`$SLS_INFRA_CACHE`, else `$XDG_CACHE_HOME/sls-infra`, else `~/.cache/sls-infra`."""
    if chosen := os.environ.get("SLS_INFRA_CACHE"):
        return Path(chosen).absolute()
    home = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(home) if os.path.isabs(home) else Path.home() / ".cache") / "sls-infra"


class Cache:
    """A folder of results. It may be deleted at any time; it is private to its user."""

    def __init__(self, root: Path) -> None:
        self._root = root = root.absolute()
        try:
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
            (root / "scratch").mkdir(exist_ok=True)
        except OSError as error:
            raise BundleError(
                f"the cache at {root} can't be written ({error.strerror}): set SLS_INFRA_CACHE to a folder that can"
            ) from None

    def find(self, kind: str, key: str) -> Kept | None:
        """The result made from `key`, whole and unharmed; or None."""
        record = self._root / kind / f"{key}.json"
        try:
            fields = json.loads(record.read_bytes())
            kept = Kept(record.with_name(fields["file"]), fields["sha256"], fields["about"])
            if _sha256(kept.path) != kept.sha256:
                return None
            for path in (record, kept.path):
                os.utime(path)
        except (OSError, ValueError, LookupError, TypeError):
            return None
        return kept

    def keep(self, kind: str, key: str, made: Path, about: Mapping[str, Any]) -> Kept:
        """Move the file `made`, from `scratch`, in. A result's name keeps its suffix."""
        sha256 = _sha256(made)
        folder = self._root / kind
        folder.mkdir(exist_ok=True)
        kept = Kept(folder / (sha256 + made.suffix), sha256, about)
        os.replace(made, kept.path)
        with self.scratch() as scratch:
            record = scratch / "record.json"
            fields = {"file": kept.path.name, "sha256": sha256, "about": about}
            record.write_text(json.dumps(fields), encoding="utf-8")
            os.replace(record, folder / f"{key}.json")
        return kept

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """An empty folder to work in, removed afterwards."""
        with tempfile.TemporaryDirectory(dir=self._root / "scratch", ignore_cleanup_errors=True) as folder:
            yield Path(folder)

    def prune(self, kinds: tuple[str, ...], *, now: float | None = None) -> None:
        """Remove what of `kinds` was not asked for in 30 days, and what builders that were killed left behind."""
        oldest = (time.time() if now is None else now) - _MONTH
        for kind in (*kinds, "scratch"):
            for path in (self._root / kind).glob("*"):
                with suppress(OSError):
                    if path.stat().st_mtime < oldest:
                        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
