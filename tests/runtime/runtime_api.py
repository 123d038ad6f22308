"""AWS's own Lambda runtime client for Python (awslambdaric), run on an unpacked bundle.

    responses = run_on_awslambdaric(bundle, [event, other_event])

    with running_on_awslambdaric(bundle) as function:
        response = function.invoke(event)

The client talks to a Lambda Runtime API, which is served here on loopback: it hands out one event after the other and
takes what the function answers. The process sees the bundle, the standard library and the client, no other package but,
where `boto3` says so, that one, which Lambda's runtime has too.
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import queue
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

HANDLER = "sls_infra.runtime.entry.aws.handler"
VERSION = "/2018-06-01/runtime"
CLIENT = ("awslambdaric", "runtime_client", "simplejson", "snapshot_restore_py")
BOTO3 = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six")
DEADLINE = 30
"""Seconds that a call is told it has."""


@dataclass(frozen=True)
class Failed:
    """A call that raised. `error` is what the client reported: errorMessage, errorType, stackTrace."""

    error: dict[str, Any]


class InitError(AssertionError):
    """The function could not be loaded at all, or its process ended. The message holds what it wrote."""


def run_on_awslambdaric(
    bundle: Path,
    events: Sequence[Any],
    *,
    handler: str = HANDLER,
    env: Mapping[str, str] | None = None,
    log: list[str] | None = None,
    timeout: float = 60.0,
) -> list[Any]:
    """What the function answers to each event, in one process, one after the other: its result, or Failed.

    `log` is extended by the lines that the function wrote to stdout and stderr. Raises InitError where the function
    can't be loaded or its process ends, TimeoutError after `timeout` seconds in all.
    """
    with _started(bundle, handler, env, log, events) as (api, process):
        failure = _wait(api, process, timeout)
        if failure:
            raise failure
        return [api.results[str(index)] for index in range(len(events))]


class Running:
    """A function whose process is up. For one thread."""

    def __init__(self, api: _RuntimeApi, process: subprocess.Popen[bytes]) -> None:
        self._api = api
        self._process = process
        self._count = 0

    def invoke(self, event: Any, *, timeout: float = 30.0) -> Any:
        """What it answers to an event: its result, or Failed. Raises as `run_on_awslambdaric` does."""
        number = str(self._count)
        self._count += 1
        self._api.waiting.put((number, event))
        until = time.monotonic() + timeout
        while number not in self._api.results:
            if failure := _failure(self._api, self._process):
                raise failure
            if time.monotonic() > until:
                raise TimeoutError(f"no answer after {timeout} s")
            self._api.answered.wait(0.05)
            self._api.answered.clear()
        return self._api.results.pop(number)


@contextlib.contextmanager
def running_on_awslambdaric(
    bundle: Path,
    *,
    handler: str = HANDLER,
    env: Mapping[str, str] | None = None,
    log: list[str] | None = None,
    boto3: bool = False,
) -> Iterator[Running]:
    """The function, to be called again and again. `handler`, `env` and `log` are as for `run_on_awslambdaric`."""
    with _started(bundle, handler, env, log, (), boto3) as (api, process):
        yield Running(api, process)


@contextlib.contextmanager
def _started(
    bundle: Path,
    handler: str,
    env: Mapping[str, str] | None,
    log: list[str] | None,
    events: Sequence[Any],
    boto3: bool = False,
) -> Iterator[tuple[_RuntimeApi, subprocess.Popen[bytes]]]:
    """The client's process and its API. What it wrote is added to `log`, and to an error that is raised meanwhile."""
    with _RuntimeApi(events) as api, tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as written:
        process = subprocess.Popen(
            [sys.executable, "-S", "-m", "awslambdaric", handler],
            cwd=bundle,
            env={**_environment(bundle, _packages(Path(folder), boto3), api.address), **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
        )
        failure: Exception | None = None
        try:
            yield api, process
        except (InitError, TimeoutError) as error:
            failure = error
        finally:
            process.kill()
            process.wait(10)
            written.seek(0)
            lines = written.read().decode("utf-8", "replace").splitlines()
            if log is not None:
                log.extend(lines)
        if failure:
            raise type(failure)("\n".join([str(failure), *lines]))


def _wait(api: _RuntimeApi, process: subprocess.Popen[bytes], timeout: float) -> Exception | None:
    until = time.monotonic() + timeout
    while not api.done.wait(0.02):
        if failure := _failure(api, process):
            return failure
        if time.monotonic() > until:
            return TimeoutError(f"{len(api.results)} of {len(api.events)} events answered after {timeout} s")
    return None


def _failure(api: _RuntimeApi, process: subprocess.Popen[bytes]) -> Exception | None:
    if api.init_error is not None:
        return InitError(f"the function could not be loaded: {api.init_error}")
    if process.poll() is not None:
        return InitError(f"the function's process ended with {process.returncode}")
    return None


def _packages(folder: Path, boto3: bool) -> Path:
    """A folder with nothing but the client, and boto3, so that no other package of this environment is found."""
    for name in (*CLIENT, *(BOTO3 if boto3 else ())):
        spec = importlib.util.find_spec(name)
        assert spec is not None, f"{name} is missing: install awslambdaric and boto3"
        assert spec.origin is not None
        origin = Path(spec.origin)
        target = origin.parent if origin.name == "__init__.py" else origin
        (folder / target.name).symlink_to(target)
    return folder


def _environment(bundle: Path, client: Path, address: str) -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", ""),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(client),
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_LAMBDA_RUNTIME_API": address,
        "AWS_LAMBDA_FUNCTION_NAME": "shop",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "AWS_REGION": "eu-west-1",
        "LAMBDA_TASK_ROOT": str(bundle),
    }


class _RuntimeApi:
    """The Runtime API for one process and its events: those given, and those put into `waiting` later."""

    def __init__(self, events: Sequence[Any]) -> None:
        self.events = events
        self.results: dict[str, Any] = {}
        self.init_error: dict[str, Any] | None = None
        self.done = threading.Event()
        """Set when nothing waits."""
        self.answered = threading.Event()
        self.closing = threading.Event()
        self.waiting: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        for index, event in enumerate(events):
            self.waiting.put((str(index), event))
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handlers())
        self._server.daemon_threads = True
        self.address = f"127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    def __enter__(self) -> _RuntimeApi:
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def take(self) -> tuple[str, Any] | None:
        """The next event, as soon as there is one; None once all of this is over."""
        while not self.closing.is_set():
            with contextlib.suppress(queue.Empty):
                return self.waiting.get_nowait()
            self.done.set()
            with contextlib.suppress(queue.Empty):
                return self.waiting.get(timeout=0.1)
        return None

    def _handlers(self) -> type[BaseHTTPRequestHandler]:
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                if self.path != f"{VERSION}/invocation/next":
                    return self._answer(404)
                taken = api.take()
                if taken is None:
                    self.close_connection = True
                    return None
                number, event = taken
                return self._answer(200, json.dumps(event).encode(), dict(_invocation_headers(number)))

            def do_POST(self) -> None:
                content = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"null")
                found = re.fullmatch(VERSION + r"/(?:invocation/(\d+)/(response|error)|init/error)", self.path)
                if found is None:
                    return self._answer(404)
                number, outcome = found.groups()
                if outcome is None:
                    api.init_error = content
                else:
                    api.results[number] = Failed(content) if outcome == "error" else content
                    api.answered.set()
                return self._answer(202, b'{"status":"OK"}')

            def _answer(self, status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
                self.send_response(status)
                for name, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler


def _invocation_headers(number: str) -> Iterator[tuple[str, str]]:
    yield "Content-Type", "application/json"
    yield "Lambda-Runtime-Aws-Request-Id", number
    yield "Lambda-Runtime-Deadline-Ms", str(int((time.time() + DEADLINE) * 1000))
    yield "Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-west-1:123456789012:function:shop"
    yield "Lambda-Runtime-Trace-Id", "Root=1-5e9f0c65-1de4d666d4dd26aced652b6c;Sampled=0"
