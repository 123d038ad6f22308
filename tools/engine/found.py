"""Engines that are already there: on PATH, or put into the project's folder by an earlier run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

from .host import is_ours
from .place import LANGUAGE_HOST, MINIMUM, EngineError, Place, parse_version


def on_path(place: Place, search: str | None = None) -> tuple[Path, str]:
    """The usable `pulumi` on PATH (or on `search`, as PATH is written) and its version; `EngineError` says why none.

    The project's own folders are passed over, so that what is in it counts only with its stamp.
    """
    path = os.environ.get("PATH", "") if search is None else search
    found = shutil.which("pulumi", path=_without(place.bin, _without(place.linked, path)))
    if found is None:
        raise EngineError("no `pulumi` there")
    return Path(found), answers(Path(found))


def own(place: Place) -> str:
    """The version of the engine in the project's folder; `EngineError` where there is none, or only part of one."""
    try:
        stamp = json.loads(place.stamp.read_text())
        version, size = str(stamp["version"]), int(stamp["size"])
    except (OSError, ValueError, KeyError, TypeError):
        raise EngineError("none was put there before") from None
    if not os.access(place.pulumi, os.X_OK) or place.pulumi.stat().st_size != size:
        raise EngineError("what was put there is damaged")
    if (parse_version(version) or (0, 0, 0)) < MINIMUM:
        raise EngineError(f"it is {version}, too old")
    return version


def answers(pulumi: Path) -> str:
    """The version that this program says it is; `EngineError` if it doesn't answer or is too old."""
    env = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        result = subprocess.run(
            [str(pulumi), "version"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, env=env
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EngineError(f"{pulumi} does not answer: {error}") from None
    version = parse_version(result.stdout)
    if result.returncode != 0 or version is None:
        said = (result.stderr or result.stdout).strip()[:200]
        raise EngineError(f"{pulumi} does not answer `version` (exit code {result.returncode}): {said}")
    if version < MINIMUM:
        needed = ".".join(map(str, MINIMUM))
        raise EngineError(f"{pulumi} is {result.stdout.strip()}, and {needed} or newer is needed")
    return result.stdout.strip().removeprefix("v")


def language_host(place: Place, pulumi: Path, search: str | None = None) -> Path | None:
    """The official Python language host: beside the engine (links followed) or on PATH; None where it is missing."""
    elsewhere = _without(place.bin, _without(place.linked, os.environ.get("PATH", "") if search is None else search))
    beside = [str(folder / LANGUAGE_HOST) for folder in (pulumi.parent, pulumi.resolve().parent)]
    for name in [*beside, LANGUAGE_HOST]:
        found = shutil.which(name, path=elsewhere)
        if found is not None and not is_ours(Path(found)):
            return Path(found)
    return None


def _without(folder: Path, search: str) -> str:
    kept = (entry for entry in search.split(os.pathsep) if entry and Path(entry).resolve() != folder.resolve())
    return os.pathsep.join(kept)
