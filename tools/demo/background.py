"""A program that goes on after the demo has ended, and is found again by the next run."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from .place import ROOT, DemoError, shown

Announced = Callable[[str], str | None]
"""What a program said so far → its address, once it has told it."""


class Background:
    """One program, with its process id, address and log in a folder.

    The program inherits a locked file, so that the lock is held for exactly as long as it lives: a process id alone may
    be another program's by now.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name
        self._lock = folder / f"{name}.lock"
        self._state = folder / f"{name}.json"
        self.log = folder / f"{name}.log"

    def address(self) -> str | None:
        """Its address, if it runs."""
        return self._told()["address"] if self._lives() else None

    def last_address(self) -> str | None:
        """Its address when it ran last, if ever."""
        return self._told().get("address")

    def start(self, command: Sequence[str], announced: Announced, timeout: float) -> str:
        """Starts it, and returns its address once it has told it. Raises `DemoError` after `timeout` seconds."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._lock.open("w") as lock, self.log.open("w") as log:
            fcntl.flock(lock, fcntl.LOCK_EX)
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=ROOT, start_new_session=True,
                pass_fds=[lock.fileno()],
            )  # fmt: skip
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            address = announced(self.log.read_text())
            if address is not None:
                self._state.write_text(json.dumps({"pid": process.pid, "address": address}))
                return address
            if process.poll() is not None:
                raise DemoError(f"the {self._name} did not start: {self.log.read_text().strip() or 'it said nothing'}")
            time.sleep(0.02)
        process.kill()
        process.wait()
        raise DemoError(f"the {self._name} did not answer in {timeout:.0f} s; its log: {shown(self.log)}")

    def stop(self, timeout: float = 10) -> bool:
        """Ends it, and waits for its end; False where it did not run."""
        if not self._lives():
            return False
        for number in (signal.SIGTERM, signal.SIGKILL):
            os.kill(int(self._told()["pid"]), number)
            deadline = time.monotonic() + timeout
            while time.monotonic() < deadline:
                if not self._lives():
                    return True
                time.sleep(0.02)
        raise DemoError(f"the {self._name} does not end: process {self._told()['pid']}")

    def _lives(self) -> bool:
        if not self._lock.exists() or "pid" not in self._told():
            return False
        with self._lock.open() as lock:
            return not _take(lock)

    def _told(self) -> dict[str, str]:
        try:
            told: dict[str, str] = json.loads(self._state.read_text())
        except (OSError, ValueError):
            return {}
        return told


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Two runs at once would be in each other's way. Raises `DemoError` for the second."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        if not _take(file):
            raise DemoError("another `make demo` or `make demo-down` is running: wait for it, then try again")
        yield


def _take(file: IO[str]) -> bool:
    """Locks a file until it is closed; False where somebody else has."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
