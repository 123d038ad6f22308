"""One worker process, seen from the gateway: what it was given, what it has begun, and how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from typing import TYPE_CHECKING, Protocol, cast

from ..runtime.entry.local import FAILED, HELLO, PROTOCOL, decode, encode
from .call import Answer, Call, Lost

if TYPE_CHECKING:
    from .launch import Launch

WINDOW = 8
"""Requests sent at most to a worker that runs one at a time: one at first, more as answers come fast."""

MAX_LINE = 1 << 16
"""Bytes of a line that a handler prints; the rest goes on the next line."""


class Owner(Protocol):
    """Who is told what happens to a worker."""

    def ready(self, worker: Worker) -> None: ...
    def progressed(self, worker: Worker) -> None: ...
    def ended(self, worker: Worker, unbegun: list[Call]) -> None: ...
    def printed(self, worker: Worker, stream: str, line: str) -> None: ...


class Worker(asyncio.Protocol):
    """A process and the socket to it. `start` makes one; `owner` hears of it from then on."""

    def __init__(self, launch: Launch, owner: Owner) -> None:
        self.launch = launch
        self.owner = owner
        self.is_ready = False
        self.was_ready = False
        self.is_closing = False
        self.is_lost = False
        """Whether its connection has ended."""
        self.served = 0
        self.error = ""
        """Why it did not become ready, in its own words."""
        self.pid = 0
        self.inflight: dict[int, Call] = {}
        """What it was given and has not answered, in order."""
        self.progress = 0.0
        """When it last began something, by the loop's clock, as far as is known here."""
        self.looks = 0
        """How often in a row it was found on the same request."""
        self.exited: asyncio.Future[None]
        self._handed_back: set[int] = set()
        """Numbers taken back that the worker has yet to drop."""
        self._number = 0
        self._seen = 0
        self._buffer = bytearray()
        self._frames: list[bytes] = []
        self._window = launch.concurrency

    async def start(self) -> None:
        """Starts the process. Raises OSError where there is none to be had."""
        loop = self._loop = asyncio.get_running_loop()
        self.exited = loop.create_future()
        ours, theirs = socket.socketpair()
        tokens_read, tokens_write = os.pipe()
        lifeline_read, lifeline_write = os.pipe()
        self._tokens_read, self._tokens_write, self._lifeline = tokens_read, tokens_write, lifeline_write
        os.set_blocking(tokens_read, False)
        ours.setblocking(False)
        self._spare = ours.dup()
        given = (theirs.fileno(), tokens_read, lifeline_read)
        call = f"main({self.launch.manifest!r},{','.join(map(str, given))},{self.launch.concurrency})"
        try:
            self._process, _ = await loop.subprocess_exec(
                lambda: _Process(self),
                *self.launch.command(call),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                cwd=self.launch.folder,
                env=self.launch.environment(),
                pass_fds=given,
                start_new_session=True,
            )
            self.pid = self._process.get_pid()
            await loop.create_connection(lambda: self, sock=ours)
        except BaseException:
            ours.close()
            self._release()
            self._cut_lifeline()
            raise
        finally:
            theirs.close()
            os.close(lifeline_read)

    @property
    def stalled(self) -> bool:
        """Whether it is on one request for so long that no other should wait behind it."""
        return self.looks > 0

    def room(self) -> int:
        """How many more requests it takes now: none while it is stalled, or has yet to drop what was taken back."""
        if not self.is_ready or self.is_closing or self.looks or self._handed_back:
            return 0
        return self._window - len(self.inflight)

    def look(self) -> None:
        """Notices a stall: the same request as at the last look. (Not by the clock, for a gateway that was busy itself
        would think so of each of its workers.)"""
        oldest = next(iter(self.inflight), 0)
        if oldest == self._seen != 0 and self.launch.concurrency == 1:
            self.looks += 1
            self._window = 1
        self._seen = oldest

    def give(self, call: Call, now: float) -> None:
        """Sends a request ahead. Only where there is `room`."""
        if not self.inflight:
            self.progress = now
        self._number = number = self._number + 1
        self.inflight[number] = call
        call.started = now
        if not self._frames:
            self._loop.call_soon(self._flush)
        self._frames.append(encode(number, 0, call.head, call.body))

    def _flush(self) -> None:
        """Sends what was given since the last turn of the loop, at once: system calls are what costs most here."""
        frames, self._frames = self._frames, []
        if frames and self._tokens_write >= 0:
            os.write(self._tokens_write, b"." * len(frames))
            self._transport.write(b"".join(frames))

    def take_back(self) -> list[Call]:
        """What was sent ahead and not begun, oldest first: now no longer this worker's."""
        self._flush()
        try:
            unbegun = len(os.read(self._tokens_read, 1 << 12))
        except OSError:  # none left, or the pipe is closed
            return []
        numbers = list(self.inflight)[len(self.inflight) - unbegun :]
        self._handed_back.update(numbers)
        return [self.inflight.pop(number) for number in numbers]

    def overdue(self, now: float) -> int | None:
        """The number of a request that has taken longer than the function's timeout."""
        if self.launch.concurrency == 1:
            late = now - self.progress > self.launch.timeout
            return next(iter(self.inflight), None) if late else None
        return next((n for n, call in self.inflight.items() if now - call.started > self.launch.timeout), None)

    def close(self) -> None:
        """Lets the process end in good order: it does once it sees that the socket is closed."""
        if not self.is_closing:
            self.is_closing = True
            self._transport.close()

    def retire(self) -> None:
        """Takes no more requests, and ends the process once those that run beside a hung one are answered."""
        self.is_closing = True
        if not self.inflight or self.launch.concurrency == 1:
            self.kill()

    def kill(self) -> None:
        """Ends the process, and what it has started, at once."""
        self.is_closing = True
        self._kill_group()

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self.error:
            return
        self._buffer += data
        try:
            for frame in decode(self._buffer):
                self._received(*frame)
        except Exception as error:  # whatever a handler wrote into our socket: this worker can't be trusted any more
            self.error = f"it sent what is no answer ({error})"
            self.kill()

    def _received(self, number: int, status: int, head: bytes, body: bytes) -> None:
        if not self.is_ready:
            self._greeted(number, status, head)
            return
        if status == 0:
            self._handed_back.discard(number)
        else:
            call = self.inflight.pop(number, None)
            self.progress = self._loop.time()
            self.looks = 0
            if self._window < WINDOW and self.launch.concurrency == 1:
                self._window *= 2
            if call is not None:
                self.served += 1
                fields = iter(head.split(b"\0") if head else ())
                call.finish(Answer(status, list(zip(fields, fields, strict=True)), body))
        if self.is_closing and not self.inflight:
            self.kill()
        self.owner.progressed(self)

    def _greeted(self, kind: int, protocol: int, head: bytes) -> None:
        if kind == HELLO and protocol == PROTOCOL:
            self.is_ready = self.was_ready = True
            self.owner.ready(self)
        elif kind == FAILED:
            self.error = head.decode("utf-8", "replace")
        else:
            self.error = f"its bundle speaks protocol {protocol}, not {PROTOCOL}: deploy it again"
            self.kill()

    def connection_lost(self, error: Exception | None) -> None:
        self.is_lost = True
        self._drain()
        unbegun = self.take_back()
        self.is_ready = False
        for call in self.inflight.values():
            call.fail(Lost(502, "the function's process ended before it answered"))
        self.inflight.clear()
        self._release()
        if not self.is_closing:
            self.kill()  # without its socket, nothing that it still does can be of use
        self.owner.ended(self, unbegun)

    def _drain(self) -> None:
        """Reads the answers that came before the end: a write to a dead socket ends the transport too soon for them."""
        with contextlib.suppress(OSError):
            while data := self._spare.recv(1 << 18):
                self.data_received(data)

    def _release(self) -> None:
        self._spare.close()
        os.close(self._tokens_read)
        os.close(self._tokens_write)
        self._tokens_read = self._tokens_write = -1

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    def _cut_lifeline(self) -> None:
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1

    def process_exited(self) -> None:
        """The process is gone: so is the connection, even where something that it started still holds it open."""
        if not self.exited.done():
            self.exited.set_result(None)
            self._kill_group()  # what it has started ends with it
            self._cut_lifeline()
            if hasattr(self, "_transport"):
                self._transport.abort()


class _Process(asyncio.SubprocessProtocol):
    """Collects what the process prints, line by line, and notices its end."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self.lines = {1: bytearray(), 2: bytearray()}

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        buffer = self.lines[fd]
        buffer += data
        *lines, rest = buffer.split(b"\n")
        while len(rest) > MAX_LINE:
            lines.append(rest[:MAX_LINE])
            rest = rest[MAX_LINE:]
        self.lines[fd] = rest
        for line in lines:
            self._printed(fd, line)

    def pipe_connection_lost(self, fd: int, error: Exception | None) -> None:
        rest = self.lines.get(fd)
        if rest:
            self._printed(fd, rest)
            rest.clear()

    def _printed(self, fd: int, line: bytearray) -> None:
        text = line[:MAX_LINE].decode("utf-8", "replace").rstrip("\r")
        if text:
            self.worker.owner.printed(self.worker, "stdout" if fd == 1 else "stderr", text)

    def process_exited(self) -> None:
        self.worker.process_exited()
