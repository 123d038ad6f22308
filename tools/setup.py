"""Makes .venv and installs what a command needs: `python tools/setup.py local aws test`. Seconds when nothing changed.

Names are extras (local, aws) and dependency groups (test, bench) of pyproject.toml. Standard library only: it runs
before anything is installed.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "sls-installed.json"
PINS = ROOT / "constraints.txt"
EXTRAS = ("local", "aws", "azure", "gcp")
GROUPS = ("test", "bench", "judges")
OPTIONAL = ("judges",)
"""What is built from source, and so is not to be had everywhere: the tests that need it say so, and are skipped."""


def main(wanted: list[str]) -> int:
    """Installs what is wanted and not there yet. Exit code 1 and one message where it can't."""
    if sys.version_info < (3, 11):  # noqa: UP036 - it is what runs first, on whatever Python there is
        return _fail(f"Python 3.11 or later is needed, this is {sys.version.split()[0]}", "PYTHON=python3.12 make …")
    unknown = [name for name in wanted if name not in (*EXTRAS, *GROUPS)]
    if unknown:
        return _fail(f"there is no {', '.join(unknown)} to install", f"use some of {', '.join((*EXTRAS, *GROUPS))}")
    installed = _installed()
    missing = [name for name in wanted if name not in installed]
    if PYTHON.exists() and installed and not missing:
        return 0
    try:
        _install(sorted({*installed, *wanted}))
    except subprocess.CalledProcessError as error:
        return _fail(f"{' '.join(map(str, error.cmd[:4]))} … failed", "see above; is a package index reachable?")
    except OSError as error:
        return _fail(f"no virtual environment can be made here: {error}", "on Debian: apt-get install python3-venv")
    STAMP.write_text(json.dumps({"inputs": _inputs(), "installed": sorted({*installed, *wanted})}))
    return 0


def _install(names: list[str]) -> None:
    if not PYTHON.exists():
        print(f"making {VENV.name} with Python {sys.version.split()[0]}", flush=True)
        venv.create(VENV, with_pip=True)
    print(f"installing {', '.join(names)}", flush=True)
    pins = ["-c", str(PINS)]
    _run(PYTHON, "-m", "pip", "install", "--quiet", "uv", *pins)
    extras = ",".join(name for name in names if name in EXTRAS)
    groups = [word for name in names if name in GROUPS and name not in OPTIONAL for word in ("--group", name)]
    project = ["-e", f".[{extras}]" if extras else "."]
    uv, install = VENV / "bin" / "uv", ("pip", "install", "--quiet", "--python", str(PYTHON), *pins)
    _run(uv, *install, *project, *groups)
    for name in OPTIONAL:
        if name in names:
            _try(uv, *install, "--group", name)


def _try(program: Path, *arguments: str) -> None:
    """Goes on without what can't be had."""
    done = subprocess.run([str(program), *arguments], check=False, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["without a word"]
        print(f"{arguments[-1]} could not be installed, what needs it is skipped: {said[-1][:200]}", flush=True)


def _run(program: Path, *arguments: str) -> None:
    subprocess.run([str(program), *arguments], check=True, cwd=ROOT)


def _inputs() -> str:
    """What decides the environment: the interpreter, the project's dependencies, the pins."""
    digest = hashlib.sha256(sys.version.encode())
    for file in (ROOT / "pyproject.toml", PINS):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _installed() -> list[str]:
    """What was installed from the same inputs as there are now."""
    try:
        found = json.loads(STAMP.read_text())
        return [str(name) for name in found["installed"]] if found["inputs"] == _inputs() else []
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _fail(what: str, fix: str) -> int:
    print(f"set-up: {what}\n    fix: {fix}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
