"""What a gateway writes down: one JSON line a request, what functions print, and its own events."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from json.encoder import encode_basestring_ascii as quoted
from pathlib import Path
from typing import Any, Protocol

FLUSH = 0.1
"""Seconds that lines are kept before they are written together."""

MAX_LOG = 32 * 1024 * 1024
"""Bytes after which a log becomes `log.1`, in place of the one before it."""


MAX_PATH = 2048
"""Characters of a request's path that are written down."""


class Journal(Protocol):
    """Where a gateway's lines go."""

    def request(self, id: str, method: str, path: str, route: str, status: int, seconds: float, function: str) -> None:
        """A request was answered."""

    def refused(self, line: Mapping[str, Any]) -> None:
        """The gateway refused a call: who, what, why, by which rule, as `sls_infra.runtime.audit` has it."""

    def printed(self, function: str, pid: int, stream: str, line: str) -> None:
        """A function's process printed a line."""

    def event(self, level: str, message: str) -> None:
        """Something happened to the gateway itself."""

    def handled(self, event: str, function: str, count: int, failed: Sequence[tuple[str, str]], seconds: float) -> None:
        """A function was called with so many events of a source; id and reason of those that failed."""


class Lines:
    """A journal of JSON lines. `write` gets whole lines, several at once, from the loop's thread."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._kept: list[str] = []
        self._timer: asyncio.TimerHandle | None = None

    def request(self, id: str, method: str, path: str, route: str, status: int, seconds: float, function: str) -> None:
        self._keep(
            f'{{"time":{time.time():.3f},"id":"{id}","method":"{method}","path":{quoted(path[:MAX_PATH])},"route":{quoted(route)},'
            f'"status":{status},"ms":{seconds * 1000:.2f},"function":{quoted(function)}}}\n'
        )

    def refused(self, line: Mapping[str, Any]) -> None:
        self._keep(json.dumps(line) + "\n")

    def printed(self, function: str, pid: int, stream: str, line: str) -> None:
        said: dict[str, Any] = {"message": line}
        if line.startswith("{"):
            with contextlib.suppress(ValueError, RecursionError):
                said = json.loads(line)
        self._object({"function": function, "pid": pid, "stream": stream, **said})

    def event(self, level: str, message: str) -> None:
        self._object({"level": level, "message": message})

    def handled(self, event: str, function: str, count: int, failed: Sequence[tuple[str, str]], seconds: float) -> None:
        line = f'{{"time":{time.time():.3f},"event":{quoted(event)},"function":{quoted(function)},"count":{count},'
        told = json.dumps([{"id": id, "reason": reason} for id, reason in failed]) if failed else "[]"
        self._keep(f'{line}"failed":{told},"ms":{seconds * 1000:.2f}}}\n')

    def _object(self, content: dict[str, Any]) -> None:
        self._keep(json.dumps({"time": round(time.time(), 3), **content}) + "\n")

    def _keep(self, line: str) -> None:
        self._kept.append(line)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH, self.flush)

    def flush(self) -> None:
        """Writes what was kept."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        kept, self._kept = self._kept, []
        if kept:
            self._write("".join(kept))


class LogFile:
    """A file that lines are added to, this process's stdout and stderr too, so that no word of it is lost."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open()

    def _open(self) -> None:
        fd = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.dup2(fd, 1)
        os.dup2(fd, 2)
        os.close(fd)
        self._size = os.fstat(1).st_size

    def write(self, text: str) -> None:
        """Adds text. A full disk, or a folder that is gone, does not stop the gateway."""
        with contextlib.suppress(OSError):
            if self._size > MAX_LOG:
                os.replace(self._path, self._path.with_name(self._path.name + ".1"))
                self._open()
            content = text.encode()
            self._size += len(content)
            os.write(1, content)
