"""Puts the stand-in language host where the engine finds it."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from .place import LANGUAGE_HOST, Place

SCRIPT = """#!/bin/sh
# Stand-in for Pulumi's Python language host, where the official one is missing. Made by tools/engine.
own={python}
[ -x "$own" ] || own=python3
exec "${{PULUMI_PYTHON_CMD:-$own}}" {host} "$@"
"""


def install_host(place: Place, folder: Path) -> Path:
    """Write the stand-in as an executable script into `folder`; returns its path.

    It runs on PULUMI_PYTHON_CMD, the official host's own variable, or else on the project's `.venv`, or else on
    `python3`; the `virtualenv` option of Pulumi.yaml wins over all, as with the official host.
    """
    python = place.root / ".venv" / "bin" / "python"
    text = SCRIPT.format(python=shlex.quote(str(python)), host=shlex.quote(str(_program())))
    script = folder / LANGUAGE_HOST
    if script.is_file() and os.access(script, os.X_OK) and script.read_text() == text:
        return script
    folder.mkdir(parents=True, exist_ok=True)
    fresh = script.with_name(f".{LANGUAGE_HOST}.{os.getpid()}")
    fresh.write_text(text)
    fresh.chmod(0o755)
    fresh.replace(script)
    return script


def remove_host(folder: Path) -> None:
    """Take the stand-in out of `folder`, if it is there: the official host has come to this machine."""
    if is_ours(folder / LANGUAGE_HOST):
        (folder / LANGUAGE_HOST).unlink(missing_ok=True)


def is_ours(script: Path) -> bool:
    """Is this the stand-in, not the official host?"""
    try:
        with script.open("rb") as file:
            return b"Stand-in for Pulumi's Python language host" in file.read(300)
    except OSError:
        return False


def _program() -> Path:
    return Path(__file__).resolve().with_name("language_host.py")
