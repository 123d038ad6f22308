"""Building the engine from its Go module.

`go install …@version` refuses a module with `replace` lines, and asks for the list of versions, which not every proxy
serves. A module of our own (`go.mod`, `go.sum` beside this file) that requires the exact version needs neither, and
its checksums are checked.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from .command import run, say
from .place import VERSION, EngineError

PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
"""Left unset, the engine says it is a development version, and the SDKs refuse it."""
DOWNLOAD = 900.0
BUILD = 3600.0
"""Seconds: four minutes on two cores, so that one slow core is enough."""


def build(staging: Path, log: Path, *, go: str | None = None) -> Path:
    """Build the engine; returns the folder, below `staging`, that holds it. `go` is the Go command, if not on PATH."""
    command = go or _go()
    module = staging / "module"
    module.mkdir(parents=True, exist_ok=True)
    for name in ("go.mod", "go.sum"):
        shutil.copy(Path(__file__).with_name(name), module / name)
    env = _environment()
    say(f"building Pulumi {VERSION} from its Go module with {command}: some minutes, once")
    listed = run(
        [command, "list", "-deps", PACKAGE],
        log=log, what="fetching modules", progress=_modules, timeout=DOWNLOAD, cwd=module, env=env,
    )  # fmt: skip
    total = _count(listed)
    flags = f"-s -w -X {VERSION_VARIABLE}={VERSION}"
    target = staging / "built"
    run(
        [command, "build", "-v", "-trimpath", "-ldflags", flags, "-o", str(target / "pulumi"), PACKAGE],
        log=log, what=f"building Pulumi {VERSION}", progress=lambda said: _packages(said, total),
        timeout=BUILD, cwd=module, env=env,
    )  # fmt: skip
    return target


def _go() -> str:
    """Go on PATH, or where its own installation instructions put it."""
    found = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")
    if found is None:
        raise EngineError("no `go` on PATH")
    return found


def _environment() -> dict[str, str]:
    """The user's environment (proxies, caches), without what would turn the build into another one."""
    ours = {"GOFLAGS": "-mod=mod -buildvcs=false", "GOWORK": "off", "GO111MODULE": "on", "CGO_ENABLED": "0"}
    return {**{k: v for k, v in os.environ.items() if k not in ("GOOS", "GOARCH")}, **ours}


def _modules(said: str) -> str:
    return f"{said.count('go: downloading')} modules"


def _packages(said: str, total: int) -> str:
    return f"{min(_count(said), total)} of {total} packages"


def _count(said: str) -> int:
    """How many packages `go` named, one a line, among its other messages."""
    return sum(not line.startswith("go: ") for line in said.splitlines())
