"""A worker process of the local target: answers the requests that its gateway sends over a socket.

A frame is `!iHII` (number, status, bytes of the head, bytes of the body), the head, and the body as it is. A head is
fields with a NUL between each two, which nothing in HTTP can hold:

    request      number, 0; id, method, raw path, raw query, client ip, route, claims (JSON) or "", header, value, …
    answer       its number, status; header, value, …
    handed back  its number, 0
    hello        HELLO, the protocol's version, once every handler is imported
    failed       FAILED, the protocol's version; why not

The gateway sends several requests ahead, so that a worker never waits for the next one, and puts one token a request
into a pipe. A worker takes a token before it begins a request; where there is none left, the gateway has taken that
request back to give it to another worker, and this one hands its number back unanswered. So a request is run once at
most, a slow one holds nobody up, and after a crash it is known which one was running.
"""

from __future__ import annotations

import os
import sys
from json import loads
from struct import Struct

from .. import links, log, services
from ..dispatch import Dispatcher
from ..errors import SecretsMissing
from ..http import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from socket import socket
    from typing import Any

PROTOCOL = 2
"""Gateway and bundle may come from different versions of this package: they must agree on this. 1: no events."""

AUTHORIZE = "POST /_sls/authorize/"
"""What the route of a gateway's own question begins with: whom an authorizer lets in. No caller's request has such a
route, whatever its path is: the gateway sends it the route that it has matched, and no route begins with /_sls."""

EVENTS = "POST /_sls/events/"
"""What the route begins with by which the gateway delivers events, followed by the name of their source. No caller's
request has such a route either."""

HELLO = -1
FAILED = -2
PREFIX = Struct("!iHII")
MAX_FRAME = 1 << 30
"""Bytes. A longer one is none of ours: the stream is broken."""

_RECEIVE = 1 << 18

_SHUTDOWN = 1.5
"""Seconds that ASGI apps have to shut down: the gateway kills a worker that is still there after 2."""


def encode(number: int, status: int, head: bytes, body: bytes = b"") -> bytes:
    """A frame."""
    return PREFIX.pack(number, status, len(head), len(body)) + head + body


def decode(buffer: bytearray) -> Iterator[tuple[int, int, bytes, bytes]]:
    """Takes the complete frames off the buffer's start. Raises ValueError where it holds something else."""
    at, end = 0, len(buffer)
    try:
        while end - at >= PREFIX.size:
            number, status, size, more = PREFIX.unpack_from(buffer, at)
            if size + more > MAX_FRAME:
                raise ValueError("the stream of frames is broken")
            start = at + PREFIX.size
            middle = start + size
            if middle + more > end:
                break
            at = middle + more
            yield number, status, bytes(buffer[start:middle]), bytes(buffer[middle:at])
    finally:
        del buffer[:at]


class Worker:
    """One connection to the gateway, and the handlers behind it."""

    def __init__(
        self, dispatcher: Dispatcher, connection: socket, tokens: int, events: Mapping[str, Any] | None = None
    ) -> None:
        """`events`: those of the manifest."""
        self._dispatcher = dispatcher
        self._events = events or {}
        self._connection = connection
        self._tokens = tokens
        self._send: Callable[[bytes], object] = connection.sendall

    def serve(self, concurrency: int = 1) -> None:
        """Answers until the gateway closes the connection, `concurrency` requests at once."""
        answer: Callable[[int, bytes, bytes], object] = self._answer
        if concurrency > 1:
            answer = self._in_threads(concurrency)
        buffer = bytearray()
        while chunk := self._connection.recv(_RECEIVE):
            buffer += chunk
            for number, _, head, body in decode(buffer):
                try:
                    os.read(self._tokens, 1)
                except BlockingIOError:
                    self._send(encode(number, 0, b""))
                else:
                    answer(number, head, body)

    def _answer(self, number: int, head: bytes, body: bytes) -> None:
        id, method, path, query, client_ip, route, claims, *fields = head.decode("latin-1").split("\0")
        if route.startswith(AUTHORIZE):
            from ..ways import custom

            self._send(encode(number, 200, b"", custom.answer(self._dispatcher, body)))
            return
        if route.startswith(EVENTS):
            from . import local_events

            status, told = local_events.answer(self._dispatcher, route[len(EVENTS) :], self._events, body)
            self._send(encode(number, status, b"", told))
            return
        names = iter(fields)
        headers = list(zip(names, names, strict=True))
        request = Request(
            method, path, query, headers, body,
            claims=loads(claims) if claims else None, client_ip=client_ip, id=id, url=url_of(headers, path, query),
        )  # fmt: skip
        if not route.isascii():
            route = route.encode("latin-1").decode("utf-8")
        response = self._dispatcher.handle(request, route=route)
        answer = "\0".join([part for pair in response.headers for part in pair])
        self._send(encode(number, response.status, answer.encode("latin-1"), response.body))

    def _in_threads(self, concurrency: int) -> Callable[[int, bytes, bytes], object]:
        from concurrent.futures import ThreadPoolExecutor
        from threading import Lock

        pool, lock, sendall = ThreadPoolExecutor(concurrency), Lock(), self._connection.sendall

        def send(frame: bytes) -> None:
            with lock:
                sendall(frame)

        self._send = send
        return lambda number, head, body: pool.submit(self._answer, number, head, body)


def url_of(headers: list[tuple[str, str]], path: str, query: str) -> str:
    """The address of a request as the caller wrote it."""
    host = next((value for name, value in headers if name == "host"), "")
    return f"http://{host}{path}?{query}" if query else f"http://{host}{path}"


def end_with(lifeline: int) -> None:
    """Ends this process when the other end of that pipe is closed, in the midst of a handler too.

    Nothing is ever written to it, so that its only signal, SIGIO, comes from its end; which nobody handles, and so
    ends the process.
    """
    import fcntl
    import signal

    signal.signal(signal.SIGIO, signal.SIG_DFL)
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)


def read(manifest: str) -> Any:
    """The manifest in that file."""
    with open(manifest, encoding="utf-8") as file:
        return loads(file.read())


def load(known: Any, *, start: bool) -> Dispatcher:
    """The dispatcher of that manifest, every handler imported, and ASGI apps started if asked for. Raises what goes
    wrong; one that is to start goes on without the secrets of its environment, and answers 503 meanwhile."""
    services.use("local")
    dispatcher = Dispatcher(known)
    dispatcher.fill(known.get("env"))
    links.serve(known.get("function", ""), known.get("links"))
    try:
        dispatcher.warm(start=start)
    except SecretsMissing as error:
        if not start:
            raise
        log.failure("the function's environment can't be filled", error)
    return dispatcher


def why(error: BaseException) -> str:
    """What went wrong, and in which line of the function's code: relative to the working directory, the bundle's."""
    text = str(error) or type(error).__name__
    trace, place = (error.__cause__ or error).__traceback__, ""
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if os.path.isabs(file) and not file.startswith((os.path.dirname(os.path.dirname(__file__)), sys.base_prefix)):
            place = f"\n  at {os.path.relpath(os.path.realpath(file))}, line {trace.tb_lineno}"
        trace = trace.tb_next
    return text + place


def check(manifest: str) -> None:
    """Imports the handlers, and ends the process: with status 1 and the reason on stderr where that fails."""
    try:
        load(read(manifest), start=False)
    except BaseException as error:
        sys.stderr.write(why(error))
        sys.stderr.flush()
        os._exit(1)
    os._exit(0)  # threads that a module has started are not waited for


def main(manifest: str, connection_fd: int, tokens: int, lifeline: int, concurrency: int) -> None:
    """Imports the handlers, says hello, and serves until the gateway closes the connection. The gateway starts it, with
    the descriptors it made."""
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
        known = read(manifest)
        dispatcher = load(known, start=True)
    except BaseException as error:
        connection.sendall(encode(FAILED, PROTOCOL, why(error).encode("utf-8", "replace")))
        return
    connection.sendall(encode(HELLO, PROTOCOL, b""))
    try:
        Worker(dispatcher, connection, tokens, known.get("events")).serve(concurrency)
    except OSError:
        if os.getpid() != me:
            os._exit(1)
    dispatcher.close(_SHUTDOWN)
