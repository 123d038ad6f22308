"""A worker of the local target in a thread of this process, asked by its own frames."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

from sls_infra.local.call import Answer, Lost
from sls_infra.local.events.delivering import event_head
from sls_infra.runtime import dispatch
from sls_infra.runtime.dispatch import Dispatcher
from sls_infra.runtime.entry.local import Worker, decode, encode, load
from sls_infra.runtime.errors import HandlerError

TIMEOUT = 30.0
"""Seconds for an answer."""
NO_START = "the function does not start"
"""What the gateway says of a process that ends before its hello."""


class Asked:
    """The gateway's end of the connection."""

    def __init__(self, connection: socket.socket, tokens: int, *, starts: bool) -> None:
        self._connection = connection
        self._tokens = tokens
        self._starts = starts

    async def call(self, function: str, event: str, body: bytes) -> Answer:
        """As the gateway calls it: see `local.events.consuming.Call`."""
        if not self._starts:
            raise Lost(502, NO_START)
        return await asyncio.to_thread(self._asked, event, body)

    def _asked(self, event: str, body: bytes) -> Answer:
        os.write(self._tokens, b"x")
        self._connection.sendall(encode(1, 0, event_head(event), body))
        buffer = bytearray()
        while True:
            chunk = self._connection.recv(1 << 16)
            assert chunk, "the worker has ended"
            buffer += chunk
            for _, status, _, content in decode(buffer):
                return Answer(status, [], content)


@contextmanager
def working(manifest: Any) -> Iterator[Asked]:
    """One of that manifest. Its end is waited for."""
    try:
        dispatcher: Dispatcher | None = load(manifest, start=True)
    except HandlerError:  # the process tells why, and ends
        dispatcher = None
    ours, theirs = socket.socketpair()
    ours.settimeout(TIMEOUT)
    tokens_read, tokens_write = os.pipe()
    os.set_blocking(tokens_read, False)

    def serve() -> None:
        if dispatcher is not None:
            Worker(dispatcher, theirs, tokens_read, manifest["events"]).serve()
        dispatch.close()

    thread = Thread(target=serve)
    thread.start()
    try:
        yield Asked(ours, tokens_write, starts=dispatcher is not None)
    finally:
        ours.close()
        thread.join(TIMEOUT)
        theirs.close()
        os.close(tokens_read)
        os.close(tokens_write)
        assert not thread.is_alive()
