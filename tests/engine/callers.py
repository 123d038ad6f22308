"""Calling a deployed gateway, once or all the time, and looking at what is left of a deployment on this machine."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


def call(url: str, *, headers: Mapping[str, str] | None = None) -> tuple[int, Any]:
    """One GET on a connection of its own: status, and the body as JSON (or as text)."""
    with contextlib.closing(_connection(url)) as connection:
        return _answer(connection, url, headers or {})


@dataclass
class Load:
    """What callers got who never stopped calling."""

    answers: Counter[str] = field(default_factory=Counter)
    """Status and body → how often."""
    failures: list[str] = field(default_factory=list)
    """Connections that broke."""

    @property
    def statuses(self) -> set[int]:
        """Every status that came."""
        return {int(answer.split()[0]) for answer in self.answers}

    def check(self) -> None:
        """Every call was answered with 200, and there were some."""
        assert self.failures == []
        assert self.statuses == {200}, self.answers
        assert self.answers.total() > 20


@contextlib.contextmanager
def load(*urls: str, callers: int = 2) -> Iterator[Load]:
    """Calls each url all the time while the block runs: by some callers on lasting connections, by some on new ones."""
    found, stop, lock = Load(), threading.Event(), threading.Lock()

    def work(url: str, lasting: bool) -> None:
        connection = _connection(url)
        while not stop.wait(0.002):
            try:
                status, body = _answer(connection, url, {})
                with lock:
                    found.answers[f"{status} {json.dumps(body)}"] += 1
            except (OSError, http.client.HTTPException) as error:
                with lock:
                    found.failures.append(f"{url}: {error!r}")
                connection.close()
            if not lasting:
                connection.close()
        connection.close()

    threads = [threading.Thread(target=work, args=(url, n % 2 == 0)) for url in urls for n in range(callers)]
    for thread in threads:
        thread.start()
    try:
        yield found
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)


def processes_of(folder: Path) -> dict[int, str]:
    """The running processes whose command line names something below `folder`: gateways and workers."""
    listed = subprocess.run(["ps", "-axww", "-o", "pid=,command="], capture_output=True, text=True, check=True).stdout
    rows = (line.strip().partition(" ") for line in listed.splitlines())
    mine = (os.getpid(), os.getppid())
    return {int(pid): command for pid, _, command in rows if str(folder) in command and int(pid) not in mine}


def kill(pid: int) -> None:
    """Ends a process at once."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _connection(url: str) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    return http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)


def _answer(connection: http.client.HTTPConnection, url: str, headers: Mapping[str, str]) -> tuple[int, Any]:
    connection.request("GET", urlsplit(url).path, headers=dict(headers))
    response = connection.getresponse()
    content = response.read()
    try:
        return response.status, json.loads(content)
    except ValueError:
        return response.status, content.decode()
