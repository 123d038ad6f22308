"""The local gateway, deployed for real from what is rendered, and called octet by octet over TCP."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..contract.local import Local
from ..contract.local_stack import deployed
from .api import api
from .model import Answer, Shot
from .world import World

TIMEOUT = 20.0
"""Seconds that an answer may take."""
IDLE = 0.3
"""Seconds of silence after which nothing more is expected on a connection that is kept open."""


class LocalGateway:
    """Its process, its workers, and a socket a shot."""

    name = "local"

    def __init__(self, world: World) -> None:
        self.world = world
        self.runs: Path
        self._port = 0

    @contextmanager
    def running(self, folder: Path) -> Iterator[None]:
        """Deployed, in a folder of its own."""
        self.runs = folder / "runs"
        self._folder = folder
        made, cloud = api(self.world, self.runs), Local()
        with deployed(cloud.planned(made), cloud.rendered(made), folder / "stack") as stack:
            self._port = int(stack.url.rpartition(":")[2])
            self.world.keys.update(stack.keys)
            yield

    def send(self, shot: Shot) -> Answer:
        """What comes back; a whole message is answered more than once, perhaps."""
        if shot.raw is not None:
            return parsed(self._exchange(shot.raw.replace(b"HOST", self._host), idle=IDLE))
        lines = [f"{shot.method} {shot.target} HTTP/1.1".encode(), b"Host: " + self._host, b"Connection: close"]
        lines += [f"{name}: {value}".encode() for name, value in shot.headers if name != "connection"]
        if shot.body and not any(name == "content-length" for name, _ in shot.headers):
            lines.append(b"Content-Length: %d" % len(shot.body))
        return parsed(self._exchange(b"\r\n".join([*lines, b"", shot.body])))

    def logs(self) -> str:
        """Everything that the gateway and its workers have written so far."""
        return "\n".join(path.read_text(errors="replace") for path in self._folder.rglob("log") if path.is_file())

    @property
    def _host(self) -> bytes:
        return b"127.0.0.1:%d" % self._port

    def _exchange(self, message: bytes, idle: float = TIMEOUT) -> bytes:
        received = bytearray()
        with socket.create_connection(("127.0.0.1", self._port), timeout=TIMEOUT) as connection:
            try:
                connection.sendall(message)
                while part := connection.recv(1 << 16):
                    received += part
                    connection.settimeout(idle)
            except (TimeoutError, ConnectionError):
                pass
        return bytes(received)


def parsed(received: bytes) -> Answer:
    """The first answer of what came back, and the rest. Status 0: none."""
    while received.startswith(b"HTTP/1.1 1"):
        received = received.partition(b"\r\n\r\n")[2]
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    if not first.startswith("HTTP/1."):
        return Answer(0, (), b"", received)
    pairs = (line.partition(":") for line in lines)
    headers = tuple((name.strip().lower(), value.strip()) for name, _, value in pairs)
    length = next((int(value) for name, value in headers if name == "content-length"), len(body))
    return Answer(int(first.split(" ")[1]), headers, body[:length], body[length:])
