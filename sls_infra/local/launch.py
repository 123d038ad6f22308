"""How a function's worker processes are started: their command line and their environment."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import LocalError
from ..runtime.dispatch import MANIFEST_NAME
from .model import FunctionSpec

PASSED_ON = ("PATH", "HOME", "LANG", "TZ")
"""What a worker gets of the environment of who deploys: that one holds passphrases and credentials."""

MAX_WORKERS = 8
"""Worker processes of a function whose spec says nothing."""

START_TIMEOUT = 60.0
"""Seconds in which a worker must have imported its handlers."""

_ENTRY = "import sys;sys.path[:0]={paths!r};from sls_infra.runtime.entry.local import {call}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """One revision of a function, ready to be started. Equal ones are served by the same processes."""

    function: str
    paths: tuple[str, ...]
    """Folders put before all others on `sys.path`, absolute."""
    manifest: str
    """The manifest's file."""
    env: tuple[tuple[str, str], ...] = ()
    isolated: bool = True
    """Whether only the bundle and the standard library can be imported, as on a cloud."""
    min_workers: int = 1
    max_workers: int = MAX_WORKERS
    concurrency: int = 1
    timeout: float = 25
    """Seconds a call may take."""
    revision: int = 0
    """Tells apart what is otherwise equal: a working tree before and after a change."""

    @classmethod
    def of(cls, spec: FunctionSpec, given: Mapping[str, str] | None = None) -> Launch:
        """That of a staged function. `given`: environment variables besides its own."""
        maximum = max(1, spec.max_instances if spec.max_instances is not None else max(MAX_WORKERS, spec.min_instances))
        return cls(
            function=spec.name,
            paths=(spec.folder,),
            manifest=str(Path(spec.folder) / MANIFEST_NAME),
            env=tuple(sorted({**spec.env, **(given or {})}.items())),
            min_workers=min(max(1, spec.min_instances), maximum),
            max_workers=maximum,
            concurrency=max(1, spec.concurrency),
            timeout=spec.timeout,
        )

    def command(self, call: str) -> list[str]:
        """The command line that makes this call in `sls_infra.runtime.entry.local`."""
        flags = ["-I", "-S"] if self.isolated else ["-I", "-B"]
        entry = _ENTRY.format(paths=list(self.paths), call=call.partition("(")[0])
        return [sys.executable, *flags, "-X", "utf8", "-c", f"{entry};{call}"]

    def environment(self) -> dict[str, str]:
        """All that a worker sees of an environment."""
        return {**environment(os.environ), **dict(self.env)}

    @property
    def folder(self) -> str:
        """The working directory: the first of `paths`."""
        return self.paths[0]

    def check(self) -> None:
        """Imports the handlers in a fresh process. Raises LocalError with the handler's own error where that fails."""
        try:
            done = subprocess.run(
                self.command(f"check({self.manifest!r})"),
                cwd=self.folder,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=START_TIMEOUT,
                start_new_session=True,
                umask=0o077,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise LocalError(
                f"function {self.function!r}: importing its handlers took longer than {START_TIMEOUT:.0f} s; "
                "move slow work out of the modules and into the handlers"
            ) from None
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip() or f"its process ended with status {done.returncode}"
            raise LocalError(f"function {self.function!r} does not start:\n{said[-4000:]}")


def environment(source: Mapping[str, str], *more: str) -> dict[str, str]:
    """The variables of `source` that are passed on, with those named in `more`."""
    return {name: source[name] for name in (*PASSED_ON, *more) if name in source}
