"""Gets the emulators once, by Go's and npm's own clients, into `.sls/emulators/google`."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from ..world import Unavailable

HERE = Path(__file__).parent
ROOT = HERE.parents[4]
BUILD = 1200
"""Seconds."""


def pstest() -> Path:
    """Google's fake of Pub/Sub."""
    return _built("pstest", "pstest.go")


def storage() -> Path:
    """fake-gcs-server."""
    return _built("fake-gcs-server", "github.com/fsouza/fake-gcs-server")


def firestore() -> Path:
    """The script that runs the Firestore emulator; `node` runs it."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        raise Unavailable("the Firestore emulator needs node and npm, which are not here")
    return _put("firestore", ("package.json", "firestore.mjs"), _install) / "firestore.mjs"


def _built(name: str, package: str) -> Path:
    if shutil.which("go") is None:
        raise Unavailable(f"{name} is built with Go, which is not here")

    def build(folder: Path) -> None:
        _run(["go", "build", "-trimpath", "-o", name, package], folder)

    return _put(name, ("go.mod", "go.sum", "pstest.go"), build) / name


def _install(folder: Path) -> None:
    _run(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"], folder)


def _put(name: str, files: tuple[str, ...], make: object) -> Path:
    """The folder of what `make` makes of these files: made once for each content, by one at a time."""
    contents = b"".join((HERE / file).read_bytes() for file in files)
    folder = ROOT / ".sls" / "emulators" / f"{name}-{hashlib.sha256(contents).hexdigest()[:12]}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            making = folder.with_name(f"{folder.name}.making")
            shutil.rmtree(making, ignore_errors=True)
            making.mkdir()
            for file in files:
                shutil.copy(HERE / file, making)
            assert callable(make)
            make(making)
            making.rename(folder)
    return folder


def _run(command: list[str], folder: Path) -> None:
    environment = {**os.environ, "GOFLAGS": "-mod=mod", "CGO_ENABLED": "0", "GOWORK": "off"}
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=BUILD, check=False
        )
    except subprocess.TimeoutExpired:
        raise Unavailable(f"{' '.join(command[:2])} took longer than {BUILD} s") from None
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["without a word"]
        raise Unavailable(f"{' '.join(command[:2])} failed: {lines[-1][:300]}")
