"""Everything that CI runs, in one go: ruff, mypy, import contracts, then pytest, whose closing line comes last."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent

STATIC = {
    "ruff": ["ruff", "check", "--quiet", "."],
    "ruff format": ["ruff", "format", "--check", "--quiet", "."],
    "mypy": ["mypy"],
    "mypy, stacks": ["mypy", "--explicit-package-bases", "stacks"],
    "import contracts": ["lint-imports"],
}
WORKERS = ["-n", "auto", "--maxprocesses", "4", "--dist", "loadfile"]
"""A file's tests stay together: they share what is slow to set up."""


def main(argv: list[str]) -> int:
    """0 where all is well. Static checks all run before the first failure ends it."""
    failed = [name for name, command in STATIC.items() if not _run(name, command)]
    if failed:
        print(f"failed: {', '.join(failed)}")
        return 1
    if "--static" in argv:
        return 0
    return subprocess.run([str(BIN / "python"), "-m", "pytest", *WORKERS, *argv], cwd=ROOT, check=False).returncode


def _run(name: str, command: list[str]) -> bool:
    start = time.monotonic()
    done = subprocess.run([str(BIN / command[0]), *command[1:]], cwd=ROOT, check=False, capture_output=True, text=True)
    good = done.returncode == 0
    print(f"{name}: {'well' if good else 'failed'} ({time.monotonic() - start:.1f} s)", flush=True)
    if not good:
        print(done.stdout + done.stderr, flush=True)
    return good


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
