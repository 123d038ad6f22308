"""Microsoft's own Python worker for Azure Functions, run on an unpacked bundle.

    with AzureWorker(folder) as worker:
        answer = worker.call({"method": "GET", "url": "https://app/_sls/orders", "headers": {…}})

It needs Python 3.13, and gets an environment of its own below `.sls/`, made once from the package registry: `python()`
says with `Missing` where there is neither. See azure_host.py for what the host makes of requests and answers.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import functools
import itertools
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any

PACKAGES = ("azure-functions-runtime==1.3.0", "azure-functions==2.3.0", "protobuf==6.33.6")
ROOT = Path(__file__).parents[2] / ".sls" / "azure-worker"
START = 60.0
"""Seconds that the worker may take to list its functions."""


class Missing(Exception):
    """The worker can't be had on this machine; the message says why."""


class Failed(AssertionError):
    """The worker did not start, ended, or answered that the call failed."""


@functools.cache
def python() -> Path:
    """The interpreter of an environment with the worker's library. Raises Missing."""
    found = ROOT / "bin" / "python"
    wanted = "\n".join(PACKAGES)
    marker = ROOT / "made-of"
    ROOT.parent.mkdir(exist_ok=True)
    with ROOT.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (marker.exists() and marker.read_text() == wanted and _runs(found)):
            shutil.rmtree(ROOT, ignore_errors=True)
            _make()
            marker.write_text(wanted)
    return found


def _make() -> None:
    base = next((path for path in _candidates() if _runs(path)), None)
    if base is None:
        raise Missing("Azure's worker library needs Python 3.13, and there is none on this machine")
    commands: tuple[list[str | Path], ...] = (
        [base, "-m", "venv", "--without-pip", ROOT],
        [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", ROOT / "bin" / "python", *PACKAGES],
    )
    for command in commands:
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        except subprocess.TimeoutExpired:
            raise Missing(f"Azure's worker library could not be installed within 300 s: {command[0]}") from None
        if done.returncode:
            raise Missing(f"Azure's worker library could not be installed: {done.stderr.strip()[-500:]}")


def _candidates() -> Iterator[Path]:
    """Interpreters that may be Python 3.13, the likeliest first."""
    if named := shutil.which("python3.13"):
        yield Path(named)
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
    # uv's own search ends at the first that can't be run; its list goes on.
    command = [sys.executable, "-m", "uv", "python", "list", "--only-installed", "--output-format", "json", "3.13"]
    with contextlib.suppress(OSError, ValueError, subprocess.TimeoutExpired):
        listed = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment)
        for known in json.loads(listed.stdout):
            yield Path(known["path"])
    yield from sorted(Path.home().glob(".pyenv/versions/3.13*/bin/python3.13"))


def _runs(path: Path) -> bool:
    command: list[str | Path] = [path, "-c", "import sys; sys.exit(sys.version_info[:2] != (3, 13))"]
    try:
        return subprocess.run(command, capture_output=True, timeout=30, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


class AzureWorker:
    """A worker process for the app in `folder`. `env` is added to its environment; `how`: "init", or "reload" for a
    placeholder's start, which is given its app, as on a cold start. Raises Missing, and Failed where it can't start."""

    def __init__(self, folder: Path, *, env: Mapping[str, str] | None = None, how: str = "init") -> None:
        self._folder = folder
        self._env = env or {}
        self._how = how
        self._numbers = itertools.count(1)
        self._waiting: dict[int, Future[dict[str, Any]]] = {}
        self._lock = threading.Lock()
        self._lines: list[str] = []
        self.functions: list[dict[str, Any]] = []
        """What it found: name, id, bindings (JSON texts)."""

    def __enter__(self) -> AzureWorker:
        interpreter = python()
        self._socket, theirs = socket.socketpair()
        self._written = tempfile.TemporaryFile()  # closed by __exit__
        try:
            self._process = subprocess.Popen(
                [interpreter, "-I", "-B", Path(__file__).with_name("azure_worker_child.py"),
                 str(theirs.fileno()), str(self._folder), self._how],
                env={"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8", **self._env},
                pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stdout=self._written, stderr=subprocess.STDOUT,
            )  # fmt: skip
        finally:
            theirs.close()
        self._stream = self._socket.makefile("rb")
        self._socket.settimeout(START)
        try:
            hello = self._stream.readline()
        except TimeoutError:
            hello = b""
        self._socket.settimeout(None)
        if not hello:
            self.__exit__()
            raise Failed("the worker did not start:\n" + "\n".join(self._lines))
        self.functions = json.loads(hello)["functions"]
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._process.kill()
        self._process.wait(10)
        if hasattr(self, "_reader"):
            self._reader.join(10)
        self._lines = self._log()
        self._written.close()
        self._stream.close()
        self._socket.close()

    def call(self, http: Mapping[str, Any], timeout: float = 30.0) -> dict[str, Any]:
        """The RpcHttp that it answers to this one: status_code, headers, cookies, body. Bodies are bytes. Raises Failed
        where the call failed. Several threads may call at once."""
        answered = self.begin(http).result(timeout)
        if "failed" in answered:
            raise Failed(answered["failed"])
        answer: dict[str, Any] = answered["http"]
        return {**answer, "body": base64.b64decode(answer["body"])}

    def begin(self, http: Mapping[str, Any]) -> Future[dict[str, Any]]:
        """As `call`, without waiting: {"http": …} with the body in base64, or {"failed": why}."""
        asked = dict(http)
        if "body" in asked:
            asked["body"] = base64.b64encode(asked["body"]).decode()
        return self._begin({"http": asked})

    def trigger(self, function: str, given: Mapping[str, Any], retries: int = 0, timeout: float = 30.0) -> None:
        """Calls the function of another trigger with what that gives: {"parameter": its name, "data": TypedData,
        "metadata": TypedData by name}, TypedData as {"string": …}. `retries`: so often the host has called it again.
        Raises Failed where the call failed, as the host would see it."""
        event = {"metadata": {}, **given, "function": function, "retries": retries}
        answered = self._begin({"event": event}).result(timeout)
        if "failed" in answered:
            raise Failed(answered["failed"])

    def _begin(self, asked: Mapping[str, Any]) -> Future[dict[str, Any]]:
        number = next(self._numbers)
        future = self._waiting[number] = Future()
        with self._lock:
            self._socket.sendall(json.dumps({"number": number, **asked}).encode() + b"\n")
        return future

    def log(self) -> list[str]:
        """The lines that the worker has written so far."""
        return self._lines if self._written.closed else self._log()

    def _log(self) -> list[str]:
        # pread: the descriptor's position is the worker's too.
        size = os.fstat(self._written.fileno()).st_size
        return os.pread(self._written.fileno(), size, 0).decode("utf-8", "replace").splitlines()

    def _read(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            while line := self._stream.readline():
                answered = json.loads(line)
                self._waiting.pop(answered["number"]).set_result(answered)
        for future in self._waiting.values():
            future.set_exception(Failed("the worker ended"))
