"""A worker process of the local target: answers the requests that its gateway sends over a socket.

A frame is two lengths, a JSON head, and the body as it is: `!II`, the bytes that follow and those of the head. Heads:

    request    [number, id, method, raw path, raw query, [[header, value], …], claims or null, client ip, route]
    answer     [number, status, [[header, value], …]]
    handed back [number, 0, []]
    hello      [HELLO, PROTOCOL, ""] once every handler is imported, or [FAILED, PROTOCOL, "why not"]

The gateway sends several requests ahead, so that a worker never waits for the next one, and puts one token a request into
a pipe. A worker takes a token before it begins a request; where there is none left, the gateway has taken that request
back to give it to another worker, and this one hands its number back unanswered. So a request is run once at most, a slow
one holds nobody up, and after a crash it is known which one was running.
"""

from __future__ import annotations

import os
import sys
from json import dumps, loads
from struct import Struct

from ..dispatch import Dispatcher
from ..http import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from socket import socket
    from typing import Any

PROTOCOL = 1
"""Gateway and bundle may come from different versions of this package: they must agree on this."""

HELLO = -1
FAILED = -2
LENGTHS = Struct("!II")
MAX_FRAME = 1 << 30
"""Bytes. A longer one is none of ours: the stream is broken."""

_RECEIVE = 1 << 18


def encode(head: object, body: bytes = b"") -> bytes:
    """A frame."""
    text = dumps(head, separators=(",", ":")).encode("ascii")
    return LENGTHS.pack(len(text) + len(body), len(text)) + text + body


def decode(buffer: bytearray) -> Iterator[tuple[list[Any], bytes]]:
    """Takes the complete frames off the buffer's start. Raises ValueError where it holds something else."""
    at, end = 0, len(buffer)
    try:
        while end - at >= 8:
            size, split = LENGTHS.unpack_from(buffer, at)
            if split > size or size > MAX_FRAME:
                raise ValueError("the stream of frames is broken")
            start, after = at + 8, at + 8 + size
            if after > end:
                break
            at = after
            yield loads(buffer[start : start + split]), bytes(buffer[start + split : after])
    finally:
        del buffer[:at]


class Worker:
    """One connection to the gateway, and the handlers behind it."""

    def __init__(self, dispatcher: Dispatcher, connection: socket, tokens: int) -> None:
        self._dispatcher = dispatcher
        self._connection = connection
        self._tokens = tokens
        self._send: Callable[[bytes], object] = connection.sendall

    def serve(self, concurrency: int = 1) -> None:
        """Answers until the gateway closes the connection, `concurrency` requests at once."""
        answer: Callable[[list[Any], bytes], object] = self._answer
        if concurrency > 1:
            answer = self._in_threads(concurrency)
        buffer = bytearray()
        while chunk := self._connection.recv(_RECEIVE):
            buffer += chunk
            for head, body in decode(buffer):
                try:
                    os.read(self._tokens, 1)
                except BlockingIOError:
                    self._send(encode([head[0], 0, []]))
                else:
                    answer(head, body)

    def _answer(self, head: list[Any], body: bytes) -> None:
        number, id, method, path, query, headers, claims, client_ip, route = head
        pairs = [(name, value) for name, value in headers]
        host = next((value for name, value in pairs if name == "host"), "")
        request = Request(
            method,
            path,
            query,
            pairs,
            body,
            claims=claims,
            client_ip=client_ip,
            id=id,
            url=f"http://{host}{path}?{query}" if query else f"http://{host}{path}",
        )
        response = self._dispatcher.handle(request, route=route)
        self._send(encode([number, response.status, response.headers], response.body))

    def _in_threads(self, concurrency: int) -> Callable[[list[Any], bytes], object]:
        from concurrent.futures import ThreadPoolExecutor
        from threading import Lock

        pool, lock, sendall = ThreadPoolExecutor(concurrency), Lock(), self._connection.sendall

        def send(frame: bytes) -> None:
            with lock:
                sendall(frame)

        self._send = send
        return lambda head, body: pool.submit(self._answer, head, body)


def end_with(lifeline: int) -> None:
    """Ends this process when the other end of that pipe is closed, in the midst of a handler too.

    Nothing is ever written to it, so that its only signal, SIGIO, comes from its end; which nobody handles, and ends us.
    """
    import fcntl
    import signal

    signal.signal(signal.SIGIO, signal.SIG_DFL)
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)


def load(manifest: str) -> Dispatcher:
    """The dispatcher of that manifest's file, every handler imported. Raises what goes wrong."""
    with open(manifest, encoding="utf-8") as file:
        dispatcher = Dispatcher(loads(file.read()))
    dispatcher.warm()
    return dispatcher


def check(manifest: str) -> None:
    """Imports the handlers, and ends the process: with status 1 and the reason on stderr where that fails."""
    try:
        load(manifest)
    except BaseException as error:
        sys.stderr.write(f"{error}" or type(error).__name__)
        sys.stderr.flush()
        os._exit(1)
    os._exit(0)  # threads that a module has started are not waited for


def main(manifest: str, connection_fd: int, tokens: int, lifeline: int, concurrency: int) -> None:
    """Imports the handlers, says hello, and serves. The gateway starts it, with the descriptors it made."""
    import socket

    for fd in (connection_fd, tokens, lifeline):
        os.set_inheritable(fd, False)  # what a handler starts must not hold them open
    end_with(lifeline)
    connection = socket.socket(fileno=connection_fd)
    me = os.getpid()
    # A handler that forks and lets the child return must not answer twice.
    os.register_at_fork(after_in_child=connection.close)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(line_buffering=True, errors="backslashreplace")
    try:
        dispatcher = load(manifest)
    except BaseException as error:
        connection.sendall(encode([FAILED, PROTOCOL, f"{error}" or type(error).__name__]))
        return
    connection.sendall(encode([HELLO, PROTOCOL, ""]))
    try:
        Worker(dispatcher, connection, tokens).serve(concurrency)
    except OSError:
        if os.getpid() != me:
            os._exit(1)
