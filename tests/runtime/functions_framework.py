"""A bundle on functions-framework, Google's own, in a process of its own: called over a socket as by Cloud Run."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

Headers = list[tuple[str, str]]
_WAIT = 30.0
"""Seconds for it to answer at first, for each call after, and to end."""


class FunctionsFramework:
    """A running function; a context manager. What it prints is in `log` once it has ended."""

    def __init__(
        self, folder: Path, *, env: dict[str, str] | None = None, python: str = sys.executable, threads: int = 4,
        source: str = "sls_main.py", target: str = "handle",
    ) -> None:  # fmt: skip
        """`folder` holds an unpacked bundle, `python` is an interpreter whose environment has functions-framework."""
        self._port = 0
        self._command = [python, "-P", "-m", "functions_framework", "--source", source, "--target", target]
        self._folder = folder
        self._env = {"PATH": os.environ.get("PATH", ""), "THREADS": str(threads), "LOG_EXECUTION_ID": "true"}
        self._env |= {"PYTHONDONTWRITEBYTECODE": "1", **(env or {})}
        self.log = ""

    def __enter__(self) -> FunctionsFramework:
        for _ in range(5):  # the port is free now, and may be taken by the time that it is bound
            self._start()
            if self._is_up():
                return self
            self.__exit__(None, None, None)
            if "Connection in use" not in self.log:
                break
        raise RuntimeError(f"functions-framework did not start:\n{self.log}")

    def _start(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self._log = (self._folder.parent / f"functions-framework-{self._port}.log").open("wb+")
        self._process = subprocess.Popen(
            [*self._command, "--host", "127.0.0.1", "--port", str(self._port)],
            cwd=self._folder, env=self._env, stdin=subprocess.DEVNULL, stdout=self._log, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip

    def _is_up(self) -> bool:
        end = time.monotonic() + _WAIT
        while time.monotonic() < end and self._process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self._port), 1):
                return True
            time.sleep(0.02)
        return False

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        try:
            self._process.wait(_WAIT)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)  # its own session: master and workers
            self._process.wait(_WAIT)
        self._log.seek(0)
        self.log = self._log.read().decode("utf-8", "replace")
        self._log.close()

    def call(
        self, method: str, target: str, headers: Iterable[tuple[str, str]] = (), body: bytes | None = None
    ) -> tuple[int, Headers, bytes]:
        """One request, every byte of it as given, on a connection of its own: status, headers in lower case, body.

        A body is framed by Content-Length unless the headers frame it.
        """
        headers = list(headers)
        names = {name.lower() for name, _ in headers}
        if "host" not in names:
            headers.insert(0, ("Host", "shop-abc123-ew.a.run.app"))
        if body is not None and not names & {"content-length", "transfer-encoding"}:
            headers.append(("Content-Length", str(len(body))))
        lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers), "Connection: close"]
        return parsed(self.raw("\r\n".join([*lines, "", ""]).encode("latin-1") + (body or b"")))

    def raw(self, request: bytes, *, end: bool = False) -> bytes:
        """Whatever it answers to these bytes until it closes the connection. `end`: they are said to be all."""
        with socket.create_connection(("127.0.0.1", self._port), _WAIT) as connection:
            connection.sendall(request)
            if end:
                connection.shutdown(socket.SHUT_WR)
            chunks = []
            with contextlib.suppress(ConnectionResetError):
                while chunk := connection.recv(1 << 16):
                    chunks.append(chunk)
        return b"".join(chunks)


def parsed(answer: bytes) -> tuple[int, Headers, bytes]:
    """Status, headers and body of an answer. Raises ValueError for what is none, or whose length is not as it says."""
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    found = re.fullmatch(r"HTTP/1\.[01] (\d{3}) .*", first)
    if found is None:
        raise ValueError(f"no answer: {answer[:200]!r}")
    fields = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    named = dict(fields)
    if named.get("transfer-encoding") == "chunked":
        body = _unchunked(body)
    elif "content-length" in named and int(named["content-length"]) != len(body):
        raise ValueError(f"the body has {len(body)} bytes and says it has {named['content-length']}")
    return int(found[1]), fields, body


def _unchunked(body: bytes) -> bytes:
    whole = b""
    while body:
        size, _, rest = body.partition(b"\r\n")
        length = int(size, 16)
        if length == 0:
            return whole
        whole, body = whole + rest[:length], rest[length + 2 :]
    raise ValueError("a chunked body without an end")
