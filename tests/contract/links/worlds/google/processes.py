"""Running the emulators: on 127.0.0.1 alone, and no longer than who started them."""

from __future__ import annotations

import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..world import Unavailable

STARTING = 30.0
"""Seconds."""


@contextmanager
def telling(command: list[str]) -> Iterator[str]:
    """A process that prints its address, and ends when its standard input does."""
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        address = process.stdout.readline().strip()
        if not address:
            raise Unavailable(f"{Path(command[-1]).name} ended as it started")
        yield address
    finally:
        process.stdin.close()
        try:
            process.wait(10)
        finally:
            process.kill()
            process.stdout.close()


@contextmanager
def storage(program: Path, log: Path) -> Iterator[str]:
    """fake-gcs-server; its URL."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [str(program), "-backend", "memory", "-scheme", "http", "-host", "127.0.0.1", "-port", str(port)]
    command += ["-external-url", url, "-public-host", f"127.0.0.1:{port}", "-log-level", "warn"]
    with log.open("w") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    try:
        _answers(url, process)
        yield url
    finally:
        process.terminate()
        try:
            process.wait(10)
        finally:
            process.kill()


def _answers(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + STARTING
    while time.monotonic() < deadline and process.poll() is None:
        with (
            suppress(OSError, urllib.error.URLError),
            urllib.request.urlopen(f"{url}/storage/v1/b?project=p", timeout=2),
        ):
            return
        time.sleep(0.05)
    raise Unavailable("fake-gcs-server does not answer")
