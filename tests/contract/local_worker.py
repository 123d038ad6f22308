"""A worker process of the local target without its gateway: what it answers to any frame that one could send."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from sls_infra.local.launch import Launch
from sls_infra.runtime.dispatch import MANIFEST_NAME
from sls_infra.runtime.entry.local import HELLO, decode, encode

from .model import Answer, Call, Headers


class LocalWorker:
    """The connection to it."""

    def __init__(self, connection: socket.socket, tokens: int) -> None:
        self._connection = connection
        self._tokens = tokens

    def hello(self) -> None:
        """Returns once it has imported its handlers."""
        number, _, _, body = self._frame()
        assert number == HELLO, body.decode()

    def answer(self, route: str, call: Call, headers: Headers, claims: Mapping[str, Any] | None) -> Answer:
        """Its answer to a call for which its gateway has matched this route."""
        fields = ["id-1", call.method, call.path, call.query, call.client_ip, route]
        fields.append("" if claims is None else json.dumps(claims))
        fields += [part for pair in headers for part in pair]
        os.write(self._tokens, b"x")
        self._connection.sendall(encode(1, 0, "\0".join(fields).encode(), call.body))
        _, status, head, body = self._frame()
        parts = head.decode("latin-1").split("\0") if head else []
        pairs = zip(parts[::2], parts[1::2], strict=True)
        return Answer(status, tuple((name.lower(), value) for name, value in pairs), body)

    def _frame(self) -> tuple[int, int, bytes, bytes]:
        buffer = bytearray()
        while True:
            chunk = self._connection.recv(1 << 16)
            assert chunk, "the worker has ended"
            buffer += chunk
            for frame in decode(buffer):
                return frame


@contextmanager
def local_worker(function: str, folder: Path) -> Iterator[LocalWorker]:
    """A worker of the bundle unpacked there, started as the gateway starts it."""
    launch = Launch(function=function, paths=(str(folder),), manifest=str(folder / MANIFEST_NAME))
    ours, theirs = socket.socketpair()
    tokens_read, tokens_write = os.pipe()
    lifeline_read, lifeline_write = os.pipe()
    os.set_blocking(tokens_read, False)
    given = (theirs.fileno(), tokens_read, lifeline_read)
    ours.settimeout(30)
    with ExitStack() as stack:
        stack.callback(ours.close)
        for fd in (tokens_read, tokens_write, lifeline_write):
            stack.callback(os.close, fd)
        process = subprocess.Popen(
            launch.command(f"main({launch.manifest!r},{','.join(map(str, given))},1)"),
            cwd=launch.folder,
            env=launch.environment(),
            pass_fds=given,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        theirs.close()
        os.close(lifeline_read)
        stack.callback(process.wait, 10)
        stack.callback(process.kill)
        worker = LocalWorker(ours, tokens_write)
        worker.hello()
        yield worker
