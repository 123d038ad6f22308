"""Running a long command: all it says goes to a log, and a line now and then tells how far it is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from .place import EngineError

INTERVAL = 10.0
"""Seconds between two progress lines."""


def say(message: str) -> None:
    """One line for the user, on stderr: stdout is for what other programs read."""
    print(f"engine: {message}", file=sys.stderr, flush=True)


def run(
    argv: Sequence[str],
    *,
    log: Path,
    what: str,
    progress: Callable[[str], str],
    timeout: float,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    interval: float = INTERVAL,
) -> str:
    """Run `argv` to its end and return what it said (stdout and stderr together), appended to `log` too.

    `progress` is given what was said so far and returns how far that is. `timeout` is in seconds. Raises `EngineError`
    with the last lines if the command fails, cannot be started, or takes too long.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with log.open("ab") as out:
        out.write(f"$ {' '.join(argv)}\n".encode())
        out.flush()
        start = out.tell()
        try:
            process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=cwd, env=env, start_new_session=True
            )
        except OSError as error:
            raise EngineError(f"{what}: {argv[0]} does not start: {error}") from None
        try:
            _wait(process, began + timeout, interval, lambda: _tell(what, progress, _since(log, start), began))
        except subprocess.TimeoutExpired:
            raise EngineError(f"{what} was not done after {timeout:.0f} s; its log: {log}") from None
        finally:
            _stop(process)
    said = _since(log, start)
    if process.returncode != 0:
        raise EngineError(f"{what} failed (exit code {process.returncode}):\n{_tail(said)}\nthe whole log: {log}")
    return said


def _wait(process: subprocess.Popen[bytes], deadline: float, interval: float, tell: Callable[[], None]) -> None:
    while True:
        left = deadline - time.monotonic()
        try:
            process.wait(max(0.0, min(interval, left)))
            return
        except subprocess.TimeoutExpired:
            if left <= interval:
                raise
            tell()


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the command with all that it started, if it still runs: it leads a session of its own."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _tell(what: str, progress: Callable[[str], str], said: str, began: float) -> None:
    minutes, seconds = divmod(int(time.monotonic() - began), 60)
    say(f"{what}: {progress(said)} ({minutes}:{seconds:02d})")


def _since(log: Path, start: int) -> str:
    with log.open("rb") as file:
        file.seek(start)
        return file.read().decode(errors="replace")


def _tail(said: str, lines: int = 8) -> str:
    return "\n".join(f"    {line}" for line in said.strip().splitlines()[-lines:])
