"""Load on a server on 127.0.0.1, over connections that are kept: by wrk where that is installed, else by this module
in a process of its own. Either way one thread, requests one after another on each connection.

    python -m benchmarks.loadgen PORT PATH CONNECTIONS SECONDS [TOKEN]      prints JSON
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Load:
    """What came of one run."""

    rps: float
    """Answers a second."""
    p99_ms: float
    """So long took 99 of 100 requests at most, in milliseconds."""
    failed: int
    """Requests that were not answered with 200, or not at all."""


def generator() -> str:
    """What makes the load on this machine."""
    return "wrk" if shutil.which("wrk") else "asyncio"


def run(port: int, path: str, connections: int, seconds: float, token: str = "") -> Load:
    """Drives a server for so long."""
    if generator() == "wrk":
        return _wrk(port, path, connections, seconds, token)
    command = [sys.executable, "-m", "benchmarks.loadgen", str(port), path, str(connections), str(seconds), token]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=seconds + 60)
    return Load(**json.loads(done.stdout))


def _wrk(port: int, path: str, connections: int, seconds: float, token: str) -> Load:
    header = ["-H", f"Authorization: Bearer {token}"] if token else []
    command = [
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{max(1, round(seconds))}s",
        "--timeout",
        "30s",
        "--latency",
        *header,
    ]
    done = subprocess.run(
        [*command, f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True, check=True, timeout=seconds + 60
    )
    said = done.stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    late = re.search(r"99%\s+([\d.]+)(us|ms|s|m)\b", said)
    if rate is None or late is None:
        raise RuntimeError(f"wrk said what is not understood:\n{said}")
    failed = sum(map(int, re.findall(r"Non-2xx or 3xx responses: (\d+)", said)))
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", said)
    failed += sum(map(int, errors.groups())) if errors else 0
    scale = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}[late[2]]
    return Load(float(rate[1]), float(late[1]) * scale, failed)


class _Client(asyncio.Protocol):
    """One connection: sends a request, takes its answer, sends the next one."""

    def __init__(self, request: bytes, taken: list[float], failures: list[str], until: float) -> None:
        self.request, self.taken, self.failures, self.until = request, taken, failures, until
        self.done = asyncio.get_running_loop().create_future()
        self.received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self._send()

    def _send(self) -> None:
        self.sent = time.perf_counter()
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, blank, body = self.received.partition(b"\r\n\r\n")
        if not blank:
            return
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        if length is None or len(body) < int(length[1]):
            if length is None:
                self.failures.append("no length")
                self.transport.close()
            return
        now = time.perf_counter()
        self.received = b""
        if head[9:12] == b"200":
            self.taken.append(now - self.sent)
        else:
            self.failures.append(head[9:12].decode())
        if now < self.until:
            self._send()
        else:
            self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if time.perf_counter() < self.until:
            self.failures.append("closed")
        if not self.done.done():
            self.done.set_result(None)


async def _drive(port: int, path: str, connections: int, seconds: float, token: str) -> Load:
    loop = asyncio.get_running_loop()
    header = f"Authorization: Bearer {token}\r\n" if token else ""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{header}\r\n".encode()
    taken, failures = list[float](), list[str]()
    began = time.perf_counter()
    clients = []
    for _ in range(connections):
        _, client = await loop.create_connection(
            lambda: _Client(request, taken, failures, began + seconds), "127.0.0.1", port
        )
        clients.append(client)
    async with asyncio.timeout(seconds + 40):
        await asyncio.gather(*(client.done for client in clients))
    lasted = time.perf_counter() - began
    taken.sort()
    late = taken[int(len(taken) * 0.99)] if taken else 0.0
    return Load(len(taken) / lasted, late * 1000, len(failures))


def at_once(port: int, path: str, count: int, token: str = "") -> tuple[int, float]:
    """So many requests at once, each over a connection of its own: how many were answered with 200, in what time."""
    header = f"Authorization: Bearer {token}\r\n" if token else ""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{header}Connection: close\r\n\r\n".encode()
    began, connections, answered = time.perf_counter(), [], 0
    for _ in range(count):
        connection = socket.create_connection(("127.0.0.1", port), timeout=60)
        connection.sendall(request)
        connections.append(connection)
    for connection in connections:
        with connection:
            answered += connection.recv(64).startswith(b"HTTP/1.1 200 ")
    return answered, time.perf_counter() - began


def main(arguments: list[str]) -> None:
    """Drives, and prints what came of it."""
    import uvloop

    port, path, connections, seconds, *token = arguments
    load = uvloop.run(_drive(int(port), path, int(connections), float(seconds), token[0] if token else ""))
    print(json.dumps(asdict(load)))


if __name__ == "__main__":
    main(sys.argv[1:])
